"""Calls the demo's helper in a process that pushes a context first: the mended twin of ``app_no_context``.

The helper needs a request as well as an app, so it is a test request context; its app context comes with it.
"""

from __future__ import annotations

import os

from flaskscope import FlaskScope
from flaskscope.demo.app import create_app, function_potentially_outside_context


def main() -> None:
    """Call the helper; what FlaskScope sees of it goes to the hub, if one is named in the environment."""
    app = create_app()
    if os.environ.get("FLASKSCOPE_HUB_URL"):
        FlaskScope(app)
    print("A context is pushed first. Calling the function:", flush=True)
    with app.test_request_context("/"):
        print(function_potentially_outside_context())


if __name__ == "__main__":
    main()
