"""The scenarios, by subject. Importing a module registers those that are in it."""
