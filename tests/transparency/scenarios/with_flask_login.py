"""A whole application with Flask-Login, which keeps its user in ``g`` and its marks in the session."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import flask
from flask import Flask, g, redirect, request, session, url_for

from tests.transparency.driving import Browser, send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, list[Any]]:
    """A site with a public page, a private one, and one for those who signed in just now."""
    # Here, not above: the tests themselves run where it is not installed.
    flask_login: Any = import_module("flask_login")

    app = Flask("app")
    app.secret_key = "secret"
    app.config.update(REMEMBER_COOKIE_NAME="remember", SESSION_PROTECTION="strong")
    manager = flask_login.LoginManager(app)
    manager.login_view = "login"
    manager.refresh_view = "login"
    heard: list[Any] = []

    class User(flask_login.UserMixin):  # type: ignore[misc]
        def __init__(self, name: str) -> None:
            self.id = name

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load_user(name: str) -> User | None:
        heard.append(["load", name])
        return User(name) if name in ("ada", "grace") else None

    @manager.request_loader  # type: ignore[untyped-decorator]
    def load_from_request(request: flask.Request) -> User | None:
        token = request.headers.get("Authorization")
        heard.append(["load from request", token])
        return User("grace") if token == "token" else None

    for name in (
        "user_logged_in",
        "user_logged_out",
        "user_unauthorized",
        "user_needs_refresh",
        "session_protected",
    ):
        signal = getattr(flask_login, name)
        signal.connect(
            lambda sender, name=name, **extra: heard.append([name, sender is app, sorted(extra)]),
            app,
            weak=False,
        )

    @app.get("/")
    def index() -> dict[str, Any]:
        user = flask_login.current_user
        return {
            "name": user.get_id(),
            "signed in": user.is_authenticated,
            "g": sorted(g),
            "session": sorted(session),
            "flashed": flask.get_flashed_messages(),
        }

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        if request.method == "GET":
            return {"next": request.args.get("next"), "flashed": flask.get_flashed_messages()}
        done = flask_login.login_user(User(request.form["name"]), remember="remember" in request.form)
        return redirect(url_for("index")) if done else ("refused", 401)

    @app.get("/private")
    @flask_login.login_required  # type: ignore[untyped-decorator]
    def private() -> str:
        return f"private {flask_login.current_user.id}"

    @app.get("/fresh")
    @flask_login.fresh_login_required  # type: ignore[untyped-decorator]
    def fresh() -> str:
        return f"fresh {flask_login.current_user.id}"

    @app.get("/logout")
    def logout() -> str:
        return str(flask_login.logout_user())

    app.add_url_rule("/public", "public", lambda: "public")
    return app, heard


@scenario
def a_visit(watch: Watch) -> Any:
    app, heard = _app()
    watch(app)
    browser = Browser(app.wsgi_app)
    agent = {"User-Agent": "one"}
    answers = []
    for path, more in (
        ("/", {}),
        ("/public", {}),
        ("/private", {}),
        ("/login?next=/private", {}),
        ("/login", {"method": "POST", "data": {"name": "ada"}}),
        ("/", {}),
        ("/private", {}),
        ("/fresh", {}),
        ("/public", {}),
        ("/logout", {}),
        ("/private", {}),
        ("/login", {"method": "POST", "data": {"name": "nobody"}}),
        ("/private", {}),
        ("/missing", {}),
    ):
        arguments: dict[str, Any] = {"headers": agent, **more}
        answers.append([path, browser.send(path, **arguments).plain, sorted(browser.cookies)])
    return [answers, heard]


@scenario
def one_that_is_remembered(watch: Watch) -> Any:
    app, heard = _app()
    watch(app)
    browser = Browser(app.wsgi_app)
    answers = [browser.send("/login", method="POST", data={"name": "ada", "remember": "1"}).plain]
    browser.cookies.pop("session")
    answers += [browser.send(path).plain for path in ("/private", "/fresh", "/private")]
    # Another browser with the same cookies: the session is protected against it.
    answers += [browser.send(path, headers={"User-Agent": "two"}).plain for path in ("/private", "/")]
    answers += [browser.send(path).plain for path in ("/logout", "/private")]
    return [answers, heard]


@scenario
def one_known_by_a_header(watch: Watch) -> Any:
    app, heard = _app()
    watch(app)
    headers = {"Authorization": "token"}
    return [
        [send(app.wsgi_app, path, headers=headers).plain for path in ("/private", "/", "/fresh")],
        [send(app.wsgi_app, "/private", headers={"Authorization": "wrong"}).plain],
        heard,
    ]


@scenario
def the_user_by_hand(watch: Watch) -> Any:
    flask_login: Any = import_module("flask_login")

    app, heard = _app()
    watch(app)
    seen: list[Any] = [repr(flask_login.current_user), raised(lambda: flask_login.current_user.name)]
    with app.test_request_context():
        seen.append([flask_login.current_user.is_anonymous, sorted(g), sorted(session)])
        seen.append(raised(lambda: flask_login.current_user.none).get("text"))
    with app.app_context():
        seen.append([raised(lambda: flask_login.current_user.is_anonymous).get("text"), sorted(g)])
    return [seen, heard]
