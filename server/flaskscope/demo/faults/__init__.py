"""What goes wrong with contexts, for real, and right after each fault its mended twin.

One module to a theme. A function that returns a sentence is run in a thread of its own; one that is in a ``ROUTES`` is
a view of the demo's app. Whatever a fault leaves behind ends with its thread, its process or its request.
"""
