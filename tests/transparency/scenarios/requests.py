"""Requests: what is answered, to the byte, and what runs in which order."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import flask
from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    request,
    session,
    url_for,
)
from flask.views import MethodView

from tests.transparency.driving import environ_for, send
from tests.transparency.scenario import Watch, raised, scenario


@scenario
def a_plain_answer(watch: Watch) -> Any:
    app = Flask("app")

    @app.get("/")
    def index() -> str:
        return "hello"

    watch(app)
    return [
        send(app.wsgi_app).plain,
        send(app.wsgi_app, method="HEAD").plain,
        send(app.wsgi_app, "/?q=1").plain,
    ]


@scenario
def headers_and_cookies_in_order(watch: Watch) -> Any:
    app = Flask("app")
    app.secret_key = "secret"

    @app.get("/")
    def index() -> Response:
        session["a"] = 1
        response = jsonify({"z": 1, "a": [1, 2]})
        response.headers.add("X-One", "1")
        response.set_cookie("first", "1", max_age=60)
        response.headers.add("X-One", "2")
        response.set_cookie("second", "ä", httponly=True, samesite="Lax")
        response.vary.add("Accept")
        response.delete_cookie("third")
        return response

    watch(app)
    return send(app.wsgi_app).plain


@scenario
def bodies_are_read_by_the_view_only(watch: Watch) -> Any:
    app = Flask("app")
    seen: list[Any] = []

    class Body(BytesIO):
        def read(self, *args: Any) -> bytes:
            seen.append(("read", app.name in flask.current_app.name))
            return super().read(*args)

    @app.post("/unread")
    def unread() -> str:
        seen.append("view")
        return "unread"

    @app.post("/json")
    def json() -> Any:
        seen.append("view")
        return request.get_json()

    @app.post("/form")
    def form() -> dict[str, Any]:
        seen.append("view")
        return {"form": request.form.to_dict(), "files": sorted(request.files)}

    watch(app)
    answers = []
    for path, body, kind in (
        ("/unread", b"x" * 10, "text/plain"),
        ("/json", b'{"a": 1}', "application/json"),
        ("/json", b"{broken", "application/json"),
        ("/form", b"a=1&b=2", "application/x-www-form-urlencoded"),
    ):
        environ = environ_for(path, method="POST", content_type=kind)
        environ["wsgi.input"] = Body(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        answers.append(send(app.wsgi_app, environ=environ).plain)
    return [answers, seen]


@scenario
def a_body_that_is_too_large(watch: Watch) -> Any:
    app = Flask("app")
    app.config["MAX_CONTENT_LENGTH"] = 4

    @app.post("/")
    def index() -> bytes:
        return request.get_data()

    watch(app)
    return [send(app.wsgi_app, method="POST", data=b"x" * size).plain for size in (4, 5)]


@scenario
def routing_that_fails(watch: Watch) -> Any:
    app = Flask("app")

    @app.get("/folder/")
    def folder() -> str:
        return "folder"

    @app.route("/number/<int:number>", methods=["GET", "PUT"])
    def number(number: int) -> str:
        return str(number)

    watch(app)
    return [
        send(app.wsgi_app, path, method=method).plain
        for path, method in (
            ("/nothing", "GET"),
            ("/folder", "GET"),
            ("/folder/", "POST"),
            ("/number/x", "GET"),
            ("/number/7", "PUT"),
            ("/number/7", "OPTIONS"),
            ("/number/7", "DELETE"),
            ("//", "GET"),
        )
    ]


@scenario
def a_view_that_returns_nothing_good(watch: Watch) -> Any:
    app = Flask("app")
    app.testing = True
    results: dict[str, Any] = {
        "none": None,
        "number": 7,
        "long": ("a", 200, {}, 1),
        "status": ("a", "299 Fine"),
        "bytes": b"b",
        "list": [1],
        "generator": (part for part in ("a", "b")),
    }
    app.add_url_rule("/<which>", "index", lambda which: results[which])
    watch(app)
    return [raised(lambda which=which: send(app.wsgi_app, f"/{which}").plain) for which in results]


@scenario
def templates(watch: Watch) -> Any:
    app = Flask("app")
    app.secret_key = "secret"
    app.context_processor(lambda: {"extra": len(request.path)})

    @app.get("/")
    def index() -> str:
        session["name"] = "<n>"
        g.value = 3
        return flask.render_template_string(
            "{{ session.name }}{{ session['none'] }}{{ g.value }}{{ g.none }}{{ g.get('none', 4) }}{{ extra }}"
            "{{ url_for('index', a='b') }}{{ get_flashed_messages() }}{% for name in g %}{{ name }}{% endfor %}"
            "{{ 'value' in g }}{{ config.TESTING }}{{ request.args | length }}"
        )

    @app.get("/strict")
    def strict() -> str:
        return flask.render_template_string("{{ g.none.deeper }}")

    watch(app)
    return [send(app.wsgi_app).plain, send(app.wsgi_app, "/strict").plain]


@scenario
def urls(watch: Watch) -> Any:
    app = Flask("app")

    @app.get("/<int:number>")
    def index(number: int) -> dict[str, Any]:
        return {
            "own": url_for("index", number=number),
            "external": url_for("index", number=number, _external=True),
            "wrong": raised(url_for, "nothing"),
            "missing": raised(url_for, "index"),
        }

    app.add_url_rule("/go", "go", lambda: redirect(url_for("index", number=7)))
    watch(app)
    return [send(app.wsgi_app, "/7").plain, send(app.wsgi_app, "/go").plain]


@scenario
def files_are_handed_to_the_server(watch: Watch) -> Any:
    """The body is the wrapper that the server offered: one that wraps it again would send it byte by byte."""
    app = Flask("app")

    @app.get("/")
    def index() -> Response:
        return flask.send_file(__file__, etag="fixed", last_modified=1_700_000_000)

    class Wrapper:
        def __init__(self, file: Any, size: int = 8192) -> None:
            self.file = file

        def __iter__(self) -> Any:
            return iter(())

        def close(self) -> None:
            self.file.close()

    watch(app)
    answers = []
    for headers in ({}, {"If-None-Match": '"fixed"'}, {"Range": "bytes=0-9"}):
        environ = environ_for(headers=headers)
        environ["wsgi.file_wrapper"] = Wrapper
        answers.append(send(app.wsgi_app, environ=environ).plain)
    return answers


@scenario
def what_the_environ_holds(watch: Watch) -> Any:
    app = Flask("app")
    seen: list[Any] = []

    @app.get("/")
    def index() -> str:
        session.get("a")
        g.a = 1
        seen.append(list(request.environ))
        seen.append(sorted(vars(request)))
        return "index"

    @app.after_request
    def after(response: Response) -> Response:
        seen.append(list(request.environ))
        seen.append(sorted(vars(response)))
        return response

    app.teardown_request(lambda error: seen.append(list(request.environ)))
    watch(app)
    environ = environ_for()
    answer = send(app.wsgi_app, environ=environ)
    return [seen, list(environ), answer.plain]


@scenario
def middleware_around_the_app(watch: Watch) -> Any:
    app = Flask("app")
    app.add_url_rule("/", "index", lambda: "index")
    watch(app)
    before = app.wsgi_app
    types = []

    def middleware(environ: Any, start_response: Any) -> Any:
        body = before(environ, start_response)
        types.append(type(body))
        return body

    app.wsgi_app = middleware  # type: ignore[method-assign]
    return [
        send(app, "/").plain,
        types,
        "wsgi_app" in vars(app),
        getattr(before, "__func__", None) is Flask.wsgi_app,
    ]


class OwnRequest(flask.Request):
    """Counts what is asked of it."""

    asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            OwnRequest.asked.append(name)
        return super().__getattribute__(name)


class OwnResponse(Response):
    """Says who called it."""

    default_mimetype = "text/x-own"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.headers["X-Own"] = "called"
        return super().__call__(environ, start_response)


@scenario
def own_classes_of_request_and_response(watch: Watch) -> Any:
    app = Flask("app")
    app.request_class = OwnRequest
    app.response_class = OwnResponse
    app.add_url_rule("/", "index", lambda: request.path)
    watch(app)
    OwnRequest.asked = []
    answer = send(app.wsgi_app)
    return [answer.plain, OwnRequest.asked]


@scenario
def views_that_are_classes(watch: Watch) -> Any:
    app = Flask("app")

    class View(MethodView):
        decorators = [lambda view: view]

        def get(self) -> str:
            return f"get {type(self).__name__} {current_app.name}"

        def post(self) -> str:
            return "post"

    app.add_url_rule("/", view_func=View.as_view("view"))
    watch(app)
    return [send(app.wsgi_app, method=method).plain for method in ("GET", "POST", "PUT")]


@scenario
def setting_up_after_the_first_request(watch: Watch) -> Any:
    """Being watched does not count as having handled a request."""
    app = Flask("app")
    watch(app, warm_up=False)
    app.add_url_rule("/", "index", lambda: "index")
    app.before_request(lambda: None)
    first = send(app.wsgi_app).plain
    return [
        first,
        raised(app.add_url_rule, "/late", "late", lambda: "late"),
        raised(app.before_request, lambda: None),
    ]


@scenario
def a_debug_app(watch: Watch) -> Any:
    app = Flask("app")
    app.debug = True

    @app.post("/folder/")
    def folder() -> str:
        return "folder"

    @app.post("/file")
    def file() -> str:
        return str(request.files["missing"])

    @app.post("/key")
    def key() -> str:
        return request.form["missing"]

    watch(app)
    return [
        raised(lambda: send(app.wsgi_app, "/folder", method="POST").plain),
        raised(lambda: send(app.wsgi_app, "/file", method="POST", data={"missing": "x"}).plain),
        raised(lambda: send(app.wsgi_app, "/key", method="POST").plain),
        raised(lambda: send(app.wsgi_app, "/none").plain),
    ]
