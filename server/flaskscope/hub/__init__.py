"""Keeps the latest events, and hands them to whoever watches. It knows nothing of Flask or of what events mean."""
