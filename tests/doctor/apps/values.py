"""Names in ``g`` that are missing where they are asked for."""

from __future__ import annotations

from flask import Flask, copy_current_request_context, g, render_template_string

from tests.doctor.apps.pair import Pair, in_thread


def copied_without_g(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.user = "ada"

        @copy_current_request_context
        def work() -> str:
            return str(g.user)

        in_thread(work)
        return "done"

    app.test_client().get("/")


def copied_with_what_it_needs(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.user = user = "ada"
        g.connection = "of the request"

        @copy_current_request_context
        def work() -> str:
            if "connection" not in g and g.get("connection") is None:
                g.connection = "of the copy"  # made when it is first needed
            return user

        in_thread(work)
        return "done"

    app.test_client().get("/")


def _user_or_nobody() -> str:
    """Ask in ways that have an answer where there is none, as what writes a log may do anywhere."""
    if hasattr(g, "user") and getattr(g, "user", None) is not None:
        return str(g.user)
    try:
        return str(g.user)
    except AttributeError:
        return "nobody"


def copied_and_nothing_found(app: Flask) -> None:
    """Nothing breaks: the copy goes on with nobody's receipt."""

    @app.get("/")
    def index() -> str:
        g.user = "ada"
        in_thread(copy_current_request_context(lambda: f"Receipt for {g.get('user')}"))
        return "done"

    app.test_client().get("/")


def copied_and_asked_with_a_default(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.user = "ada"
        in_thread(copy_current_request_context(_user_or_nobody))
        return "done"

    app.test_client().get("/")


def hidden_and_asked_with_a_default(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.user = "ada"
        with app.app_context():
            return _user_or_nobody() + str(g.get("user", "nobody"))

    app.test_client().get("/")


def _login_app(app: Flask) -> None:
    @app.get("/login")
    def login() -> str:
        g.user = "ada"
        return "welcome"


def forgotten(app: Flask) -> None:
    _login_app(app)

    @app.get("/page")
    def page() -> str:
        return str(g.user)

    client = app.test_client()
    client.get("/login")
    client.get("/page")


def forgotten_with_an_error_handler(app: Flask) -> None:
    @app.errorhandler(Exception)
    def apologise(error: Exception) -> tuple[str, int]:
        return "sorry", 500

    forgotten(app)


def forgotten_in_a_template(app: Flask) -> None:
    _login_app(app)

    @app.get("/page")
    def page() -> str:
        return render_template_string("Hello {{ g.user.name }}")

    client = app.test_client()
    client.get("/login")
    client.get("/page")


def asked_in_a_template(app: Flask) -> None:
    """Jinja writes nothing for what is not there, and complains about other things."""
    _login_app(app)

    @app.get("/page")
    def page() -> str:
        return render_template_string("{{ g.user }} {% if g.user %}in{% endif %} {{ session.user.name }}")

    client = app.test_client()
    client.get("/login")
    client.get("/page")


def asked_with_a_default(app: Flask) -> None:
    """Asking is no mistake, and neither is an attribute error of something else."""
    _login_app(app)

    @app.get("/page")
    def page() -> str:
        getattr(g, "user", None)
        return f"{g.get('user')} {object().nothing}"  # type: ignore[attr-defined]

    client = app.test_client()
    client.get("/login")
    client.get("/page")


def hidden(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        g.user = "ada"
        with app.app_context():
            return str(g.user)

    app.test_client().get("/")


def looked_for_by_a_teardown_function(app: Flask) -> None:
    """The way Flask's documentation closes a connection that may never have been opened."""

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        getattr(g, "connection", None)
        g.pop("connection", None)

    @app.get("/")
    def index() -> str:
        g.connection = "open"
        with app.app_context():
            if g.get("task") is None:
                g.task = "sum"
        return "done"

    app.test_client().get("/")


PAIRS = {
    "copied": Pair(copied_without_g, copied_with_what_it_needs, ("g-empty-in-copied-context",)),
    "copied, and nothing found": Pair(
        copied_and_nothing_found, copied_and_asked_with_a_default, ("g-empty-in-copied-context",)
    ),
    "hidden, with a default": Pair(hidden, hidden_and_asked_with_a_default, ("g-hidden-by-nested-context",)),
    "forgotten": Pair(forgotten, asked_with_a_default, ("g-forgotten",)),
    "forgotten, with an error handler": Pair(
        forgotten_with_an_error_handler, asked_with_a_default, ("g-forgotten",)
    ),
    "forgotten in a template": Pair(forgotten_in_a_template, asked_in_a_template, ("g-forgotten",)),
    "hidden": Pair(hidden, looked_for_by_a_teardown_function, ("g-hidden-by-nested-context",)),
}
