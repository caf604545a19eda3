"""Records what happens to Flask's contexts. The only code that touches Flask's insides."""
