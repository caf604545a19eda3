"""The commands that read recordings and tell what is in them, one to a module."""
