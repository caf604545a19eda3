"""An app of its own, in a process of its own, that changes its session: ``--key`` gives it a secret key."""

from __future__ import annotations

import secrets
import sys

from flask import Flask, session

from flaskscope import FlaskScope


def index() -> str:
    """Count a visit in the session."""
    session["visits"] = session.get("visits", 0) + 1
    return f"Visit {session['visits']}\n"


def main() -> int:
    """Send the app one request and return 0 if it was answered well."""
    app = Flask("flaskscope.demo.without_key", static_folder=None)
    app.secret_key = secrets.token_hex() if "--key" in sys.argv else None
    app.add_url_rule("/", view_func=index)
    FlaskScope(app)
    answer = app.test_client().get("/")
    print(f"GET / answered {answer.status}.")
    return 0 if answer.status_code == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
