"""Calls the demo's helper in a process in which nobody pushed a context.

``python -m flaskscope.demo.app_no_context`` ends with Flask's own RuntimeError and exit status 1.
"""

from __future__ import annotations

import os

from flaskscope import FlaskScope
from flaskscope.demo.app import create_app, function_potentially_outside_context


def main() -> None:
    """Call the helper; what FlaskScope sees of it goes to the hub, if one is named in the environment."""
    if os.environ.get("FLASKSCOPE_HUB_URL"):
        # Held to the end: an app that is let go is not recorded any more.
        app = create_app()
        FlaskScope(app)
    print("No context is pushed. Calling the function all the same:", flush=True)
    print(function_potentially_outside_context())


if __name__ == "__main__":
    main()
