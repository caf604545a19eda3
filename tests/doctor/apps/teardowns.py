"""Teardown functions that raise, take long, or run twice."""

from __future__ import annotations

from threading import Event

from flask import Flask, Response, stream_with_context

from tests.doctor.apps.pair import Pair, raising


def raises(app: Flask) -> None:
    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        raise ValueError("already closed")

    with raising(Exception), app.app_context():  # Flask 3.2 raises a group of all that were raised
        pass


def does_not_raise(app: Flask) -> None:
    """What the block itself raises is not the teardown function's."""

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        assert error is not None

    with raising(ValueError), app.app_context():
        raise ValueError("of the block")


def raises_in_a_request(app: Flask) -> None:
    @app.teardown_request
    def close(error: BaseException | None) -> None:
        raise ValueError("already closed")

    @app.get("/")
    def index() -> str:
        return "done"

    with raising(Exception):
        app.test_client().get("/")


def does_not_raise_in_a_request(app: Flask) -> None:
    """What the view raises is not the teardown function's."""

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        assert error is not None

    @app.get("/")
    def index() -> str:
        raise ValueError("of the view")

    app.test_client().get("/")


def raises_among_others(app: Flask) -> None:
    """From 3.2 on all of them run, and one exception is raised at the end, for whichever it was."""

    @app.teardown_request
    def innocent(error: BaseException | None) -> None:
        pass

    @app.teardown_request
    def guilty(error: BaseException | None) -> None:
        raise ValueError("already closed")

    @app.teardown_appcontext
    def innocent_as_well(error: BaseException | None) -> None:
        pass

    @app.get("/")
    def index() -> str:
        return "done"

    with raising(Exception):
        app.test_client().get("/")


def takes_long(app: Flask) -> None:
    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        Event().wait(0.05)

    with app.app_context():
        pass


def takes_its_time_elsewhere(app: Flask) -> None:
    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        pass

    with app.app_context():
        Event().wait(0.05)


def runs_twice(app: Flask) -> None:
    @app.teardown_request
    def close(error: BaseException | None) -> None:
        pass

    context = app.test_request_context("/")
    for _ in range(2):
        context.push()
        context.pop()


def runs_once_for_each(app: Flask) -> None:
    @app.teardown_request
    def close(error: BaseException | None) -> None:
        pass

    @app.get("/")
    def index() -> str:
        return "done"

    for _ in range(2):
        with app.test_request_context("/"):
            pass
    # Pushes the contexts of the request again, so that the test can look at them.
    with app.test_client() as client:
        client.get("/")


def _streaming_app(app: Flask) -> None:
    @app.teardown_request
    def close(error: BaseException | None) -> None:
        pass

    @app.get("/stream")
    def stream() -> Response:
        return Response(stream_with_context(iter(["a row"])))

    @app.get("/whole")
    def whole() -> str:
        return "a row"


def streams(app: Flask) -> None:
    _streaming_app(app)
    app.test_client().get("/stream").get_data()


def does_not_stream(app: Flask) -> None:
    _streaming_app(app)
    app.test_client().get("/whole").get_data()


def streams_to_a_keeping_client(app: Flask) -> None:
    _streaming_app(app)
    with app.test_client() as client:
        client.get("/stream").get_data()


def does_not_stream_to_a_keeping_client(app: Flask) -> None:
    _streaming_app(app)
    with app.test_client() as client:
        client.get("/whole").get_data()


def streams_with_its_app(app: Flask) -> None:
    _streaming_app(app)
    app.teardown_appcontext(app.teardown_request_funcs.pop(None)[0])
    app.test_client().get("/stream").get_data()


def does_not_stream_with_its_app(app: Flask) -> None:
    _streaming_app(app)
    app.teardown_appcontext(app.teardown_request_funcs.pop(None)[0])
    app.test_client().get("/whole").get_data()


PAIRS = {
    "raises": Pair(raises, does_not_raise, ("teardown-raised",)),
    "raises in a request": Pair(raises_in_a_request, does_not_raise_in_a_request, ("teardown-raised",)),
    "raises among others": Pair(raises_among_others, does_not_raise_in_a_request, ("teardown-raised",)),
    "takes long": Pair(
        takes_long, takes_its_time_elsewhere, ("teardown-slow",), {"slow_teardown_seconds": 0.04}
    ),
    "runs twice for a stream": Pair(
        streams,
        does_not_stream,
        (),
        # Only these push a context again that was popped.
        on={"3.1.2": ("teardown-repeated",), "3.1.3": ("teardown-repeated",)},
    ),
    "runs twice for a stream to a keeping client": Pair(
        streams_to_a_keeping_client,
        does_not_stream_to_a_keeping_client,
        (),
        on={"3.1.2": ("teardown-repeated",), "3.1.3": ("teardown-repeated",)},
    ),
    "runs twice for the app context of a stream": Pair(
        streams_with_its_app,
        does_not_stream_with_its_app,
        (),
        on={"3.1.2": ("teardown-repeated",), "3.1.3": ("teardown-repeated",)},
    ),
    "runs twice": Pair(runs_twice, runs_once_for_each, ("teardown-repeated",)),
}
