"""What runs around a view: callbacks, error handlers, teardowns, signals, and methods that are overridden."""

from __future__ import annotations

from typing import Any

import flask
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    request,
    session,
)

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


@scenario
def an_unhandled_exception(watch: Watch) -> Any:
    app = Flask("app")
    heard: list[Any] = []

    @app.get("/")
    def index() -> str:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer", 3) from error

    @app.teardown_request
    def teardown_request(error: BaseException | None) -> None:
        heard.append(("request", error))

    @app.teardown_appcontext
    def teardown_app(error: BaseException | None) -> None:
        heard.append(("app", error))

    def receive(sender: Any, exception: Any, **extra: Any) -> None:
        heard.append(("signal", sender is app, exception, sorted(extra)))

    watch(app)
    with flask.got_request_exception.connected_to(receive, app):
        answer = send(app.wsgi_app)
    return [answer.plain, heard]


@scenario
def a_propagated_exception(watch: Watch) -> Any:
    app = Flask("app")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.get("/<which>")
    def index(which: str) -> str:
        if which == "session":
            return str(session["missing"])
        if which == "g":
            return str(g.missing)
        if which == "base":
            raise KeyboardInterrupt("stop")
        if which == "exit":
            raise SystemExit(3)
        try:
            return str(dict[str, Any]()["inner"])
        except KeyError:
            raise ValueError("outer") from None

    watch(app)
    return [raised(send, app.wsgi_app, f"/{which}") for which in ("session", "g", "base", "exit", "plain")]


@scenario
def error_handlers(watch: Watch) -> Any:
    app = Flask("app")
    seen: list[Any] = []

    class Domain(Exception):
        pass

    @app.errorhandler(Domain)
    def domain(error: Domain) -> tuple[str, int]:
        seen.append(error)
        return f"domain {error}", 418

    @app.errorhandler(404)
    def missing(error: Exception) -> tuple[str, int]:
        seen.append((type(error), request.routing_exception is error))
        return "missing", 404

    @app.errorhandler(500)
    def broken(error: Any) -> tuple[str, int]:
        seen.append((error.original_exception, error.code))
        return "broken", 500

    @app.get("/<which>")
    def index(which: str) -> Any:
        if which == "domain":
            raise Domain("d")
        if which == "abort":
            abort(403, description="no")
        if which == "response":
            abort(Response("own", 409))
        return dict[str, Any]()[which]

    watch(app)
    return [
        [send(app.wsgi_app, path).plain for path in ("/domain", "/abort", "/response", "/else", "/a/b")],
        seen,
    ]


@scenario
def an_error_handler_that_fails(watch: Watch) -> Any:
    app = Flask("app")

    @app.errorhandler(ValueError)
    def handle(error: ValueError) -> str:
        raise TypeError("in the handler")

    @app.get("/")
    def index() -> str:
        raise ValueError("in the view")

    watch(app)
    return send(app.wsgi_app).plain


@scenario
def the_order_of_callbacks(watch: Watch) -> Any:
    app = Flask("app")
    order: list[Any] = []
    blueprint = Blueprint("blueprint", "blueprint", url_prefix="/b")
    inner = Blueprint("inner", "inner", url_prefix="/i")

    for name, scaffold in (("app", app), ("blueprint", blueprint), ("inner", inner)):
        for number in (1, 2):

            def before(name: str = name, number: int = number) -> None:
                order.append(f"before {name} {number} {request.endpoint}")

            def after(response: Response, name: str = name, number: int = number) -> Response:
                order.append(f"after {name} {number} {response.status_code}")
                response.headers.add("X-After", f"{name} {number}")
                return response

            def teardown(error: BaseException | None, name: str = name, number: int = number) -> None:
                order.append([f"teardown {name} {number}", error])

            scaffold.before_request(before)
            scaffold.after_request(after)
            scaffold.teardown_request(teardown)

    app.teardown_appcontext(lambda error: order.append(["teardown context", error]))

    def note_after(response: Response) -> Response:
        order.append("after this request")
        return response

    @app.get("/")
    def index() -> str:
        flask.after_this_request(note_after)
        return "index"

    @inner.get("/")
    def nested() -> str:
        raise ValueError("nested")

    blueprint.register_blueprint(inner)
    app.register_blueprint(blueprint)
    watch(app)
    return [[send(app.wsgi_app, path).plain for path in ("/", "/b/i/", "/b/none")], order]


@scenario
def a_before_request_that_answers(watch: Watch) -> Any:
    app = Flask("app")
    calls: list[str] = []

    @app.before_request
    def before() -> str | None:
        calls.append(request.path)
        return "answered early" if request.args else None

    @app.get("/")
    def index() -> str:
        calls.append("view")
        return "late"

    watch(app)
    return [send(app.wsgi_app, "/").plain, send(app.wsgi_app, "/?early=1").plain, calls]


@scenario
def teardowns_that_fail(watch: Watch) -> Any:
    app = Flask("app")
    order: list[Any] = []
    app.teardown_request(lambda error: order.append(["request, last", error]))

    @app.teardown_request
    def failing_request(error: BaseException | None) -> None:
        order.append(["request", error])
        if "request" in request.args:
            raise ValueError("teardown of request")

    app.teardown_appcontext(lambda error: order.append(["app, last", error]))

    @app.teardown_appcontext
    def failing_app(error: BaseException | None) -> None:
        order.append(["app", error])
        if g.get("fail"):
            raise LookupError("teardown of app")

    @app.get("/")
    def index() -> str:
        g.fail = "app" in request.args
        if "view" in request.args:
            raise KeyError("view")
        return "index"

    watch(app)
    found = []
    for query in ("", "request", "app", "request&app", "view", "view&request", "view&request&app"):
        found.append([query, raised(lambda query=query: send(app.wsgi_app, f"/?{query}").plain)])
        # What stayed on the stack would be seen by the next.
        found.append([flask.has_app_context(), flask.has_request_context()])
    return [found, order]


@scenario
def signals_and_what_they_are_sent_with(watch: Watch) -> Any:
    app = Flask("app")
    heard: list[Any] = []
    names = (
        "appcontext_pushed appcontext_popped appcontext_tearing_down got_request_exception message_flashed"
        " request_finished request_started request_tearing_down template_rendered before_render_template"
    ).split()
    app.secret_key = "secret"

    @app.get("/")
    def index() -> str:
        flask.flash("a message", "category")
        return flask.render_template_string("{{ request.path }} {{ g.nothing }} {{ session.nothing }}")

    @app.get("/fail")
    def fail() -> str:
        raise ValueError("fail")

    receivers = []
    for name in names:

        def receive(sender: Any, name: str = name, **extra: Any) -> None:
            heard.append(
                [
                    name,
                    sender is app,
                    sorted(extra),
                    extra.get("exc"),
                    flask.has_request_context(),
                    flask.has_app_context(),
                ]
            )

        receivers.append((getattr(flask, name), receive))
    watch(app)
    for signal, receive in receivers:
        signal.connect(receive, app)
    try:
        answers = [send(app.wsgi_app, path).plain for path in ("/", "/fail", "/missing")]
        with app.app_context():
            pass
        with app.test_request_context():
            pass
    finally:
        for signal, receive in receivers:
            signal.disconnect(receive, app)
    return [answers, heard]


def _overriding() -> Any:
    """Make a class that overrides what Flask lets one override; Flask 3.2 warns of some of the signatures."""

    class Overriding(Flask):
        """Overrides what Flask lets one override."""

        calls: list[Any]

        def __init__(self, name: str) -> None:
            self.calls = []
            super().__init__(name)

        def dispatch_request(self, *args: Any) -> Any:
            self.calls.append("dispatch_request")
            return super().dispatch_request(*args)

        def full_dispatch_request(self, *args: Any) -> Any:
            self.calls.append("full_dispatch_request")
            return super().full_dispatch_request(*args)

        def preprocess_request(self, *args: Any) -> Any:
            self.calls.append("preprocess_request")
            return super().preprocess_request(*args)

        def process_response(self, *args: Any) -> Any:
            self.calls.append("process_response")
            return super().process_response(*args)

        def handle_user_exception(self, *args: Any) -> Any:
            self.calls.append(["handle_user_exception", args[-1]])
            return super().handle_user_exception(*args)

        def handle_exception(self, *args: Any) -> Any:
            self.calls.append(["handle_exception", args[-1]])
            return super().handle_exception(*args)

        def do_teardown_request(self, *args: Any, **kwargs: Any) -> None:
            self.calls.append(["do_teardown_request", len(args), sorted(kwargs)])
            super().do_teardown_request(*args, **kwargs)

        def do_teardown_appcontext(self, *args: Any, **kwargs: Any) -> None:
            self.calls.append(["do_teardown_appcontext", len(args), sorted(kwargs)])
            super().do_teardown_appcontext(*args, **kwargs)

        def ensure_sync(self, func: Any) -> Any:
            self.calls.append(["ensure_sync", func.__name__])
            return super().ensure_sync(func)

        def make_response(self, rv: Any) -> Any:
            self.calls.append("make_response")
            return super().make_response(rv)

        def app_context(self) -> Any:
            self.calls.append("app_context")
            return super().app_context()

        def request_context(self, environ: Any) -> Any:
            self.calls.append("request_context")
            return super().request_context(environ)

        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            self.calls.append("wsgi_app")
            return super().wsgi_app(environ, start_response)

    return Overriding


@scenario
def a_subclass_of_flask(watch: Watch) -> Any:
    app: Flask = _overriding()("app")

    @app.get("/")
    def index() -> str:
        return "index"

    @app.get("/fail")
    def fail() -> str:
        raise ValueError("fail")

    app.teardown_request(lambda error: None)
    watch(app)
    answers = [send(app.wsgi_app, path).plain for path in ("/", "/fail", "/missing")]
    with app.app_context(), app.test_request_context():
        pass
    return [answers, vars(app)["calls"]]
