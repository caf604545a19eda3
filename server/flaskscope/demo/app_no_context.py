"""Calls the demo's helper in a process in which nobody pushed a context.

``python -m flaskscope.demo.app_no_context`` ends with Flask's own RuntimeError and exit status 1.
"""

from __future__ import annotations

from flaskscope.demo.app import function_potentially_outside_context


def main() -> None:
    """Call the helper."""
    print("No context is pushed. Calling the function all the same:", flush=True)
    print(function_potentially_outside_context())


if __name__ == "__main__":
    main()
