"""The demo: the article's application, and the scenarios behind the buttons of the page."""
