"""Session interfaces of an app's own."""

from __future__ import annotations

import copy
import pickle
from collections import UserDict
from collections.abc import Iterator, MutableMapping
from typing import Any

from flask import Flask, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface, SessionMixin

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, behind, misused, raised, scenario

calls: list[Any] = []


class DictSession(dict, SessionMixin):  # type: ignore[type-arg]
    """A plain dict that is a session; it does not track whether it changed."""


class DictInterface(SessionInterface):
    """Keeps sessions in memory, by the content of a cookie."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}

    def open_session(self, app: Flask, request: Any) -> Any:
        calls.append("open")
        number = request.cookies.get("number", "new")
        return DictSession(self.stored.get(number, {}))

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        calls.append(["save", dict(session)])
        self.stored["1"] = dict(session)
        response.set_cookie("number", "1")


def drive(watch: Watch, interface: Any, *, secret: str | None = None) -> Any:
    """Drive an app with *interface* through every use of a session, and return what it answered."""
    calls.clear()
    app = Flask("app")
    app.secret_key = secret
    app.session_interface = interface

    @app.get("/")
    def index() -> dict[str, Any]:
        own = behind(session)
        steps: list[Any] = []
        for step in (
            lambda: session.get("count"),
            lambda: session.__setitem__("count", session.get("count", 0) + 1),
            lambda: session["count"],
            lambda: session["none"],
            lambda: "count" in session,
            lambda: session.setdefault("list", []).append(1),
            lambda: session.setdefault("count", 9),
            lambda: session.update(other=1),
            lambda: session.pop("other"),
            lambda: session.pop("other", None),
            lambda: session.pop("other"),
            lambda: session.__delitem__("list"),
            lambda: session.__delitem__("list"),
            lambda: sorted(session),
            lambda: sorted(session.items()),
            lambda: len(session),
            lambda: repr(session),
            lambda: [session.modified, session.accessed, session.new, session.permanent],
            lambda: dict(session),
        ):
            found = raised(step)
            if "frames" in found:
                # Exceptions are told apart by their own tests; here they would only fill the page.
                found = [found["type"], found["text"]]
            steps.append(found)
        return {"type": str(type(own)), "vars": sorted(getattr(own, "__dict__", {})), "steps": steps}

    watch(app)
    answers = []
    cookie = ""
    for _ in range(2):
        answer = send(app.wsgi_app, cookie=cookie)
        answers.append(answer.plain)
        cookie = answer.cookie
    return [answers, list(calls), type(interface), sorted(getattr(interface, "__dict__", {}))]


@scenario
def a_subclass_of_dict(watch: Watch) -> Any:
    return drive(watch, DictInterface())


class UserDictSession(UserDict, SessionMixin):  # type: ignore[type-arg]
    """A mapping written in Python, not a dict."""


class UserDictInterface(DictInterface):
    """Opens a mapping that is not a dict."""

    def open_session(self, app: Flask, request: Any) -> Any:
        return UserDictSession(super().open_session(app, request))


@scenario
def a_mapping_that_is_no_dict(watch: Watch) -> Any:
    return drive(watch, UserDictInterface())


class PlainMapping(MutableMapping):  # type: ignore[type-arg]
    """A mapping of no relation to Flask's; counts its calls."""

    modified = accessed = new = permanent = True

    def __init__(self) -> None:
        self.data: dict[Any, Any] = {}

    def __getitem__(self, key: Any) -> Any:
        calls.append(["getitem", key])
        return self.data[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        calls.append(["setitem", key])
        self.data[key] = value

    def __delitem__(self, key: Any) -> None:
        calls.append(["delitem", key])
        del self.data[key]

    def __iter__(self) -> Iterator[Any]:
        calls.append("iter")
        return iter(self.data)

    def __len__(self) -> int:
        calls.append("len")
        return len(self.data)


class PlainInterface(DictInterface):
    """Opens a mapping that is no session."""

    def open_session(self, app: Flask, request: Any) -> Any:
        return PlainMapping()


@scenario
def a_mapping_that_counts_its_calls(watch: Watch) -> Any:
    return drive(watch, PlainInterface())


class SlottedSession(dict, SessionMixin):  # type: ignore[type-arg]
    """A session without a namespace."""

    __slots__ = ("mine",)


class SlottedInterface(DictInterface):
    """An interface without a namespace that opens sessions without one."""

    __slots__ = ()

    def open_session(self, app: Flask, request: Any) -> Any:
        return SlottedSession(super().open_session(app, request))


@scenario
def a_session_with_slots(watch: Watch) -> Any:
    return drive(watch, SlottedInterface())


class RawInterface(SessionInterface):
    """Opens a plain ``dict``, whose type cannot be changed."""

    def open_session(self, app: Flask, request: Any) -> Any:
        return {"from": "interface"}

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        calls.append(["save", dict(session)])


@scenario
def a_plain_dict(watch: Watch) -> Any:
    return drive(watch, RawInterface())


class OwnSession(SecureCookieSession):
    """Overrides what it can, and counts."""

    def __getitem__(self, key: Any) -> Any:
        calls.append(["getitem", key])
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        calls.append(["setitem", key])
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        calls.append(["delitem", key])
        super().__delitem__(key)

    def __iter__(self) -> Iterator[Any]:
        calls.append("iter")
        return super().__iter__()

    def __contains__(self, key: object) -> bool:
        calls.append(["contains", key])
        return super().__contains__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        calls.append(["get", key])
        return super().get(key, default)

    def keys(self) -> Any:
        calls.append("keys")
        return super().keys()

    def items(self) -> Any:
        calls.append("items")
        return super().items()

    def __len__(self) -> int:
        calls.append("len")
        return super().__len__()

    def pop(self, *args: Any) -> Any:
        calls.append(["pop", len(args)])
        return super().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> Any:
        calls.append(["update", len(args), len(kwargs)])
        return super().update(*args, **kwargs)

    @property
    def modified(self) -> bool:
        calls.append("modified")
        return bool(self.__dict__.get("_modified"))

    @modified.setter
    def modified(self, value: bool) -> None:
        self.__dict__["_modified"] = value

    @property
    def accessed(self) -> bool:
        calls.append("accessed")
        return bool(self.__dict__.get("_accessed"))

    @accessed.setter
    def accessed(self, value: bool) -> None:
        self.__dict__["_accessed"] = value


class OwnCookieInterface(SecureCookieSessionInterface):
    """Flask's interface with a session class of the app's own."""

    session_class = OwnSession

    def get_cookie_name(self, app: Flask) -> str:
        calls.append("cookie name")
        return "own"

    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        calls.append("should set cookie")
        return super().should_set_cookie(app, session)

    def get_signing_serializer(self, app: Flask) -> Any:
        calls.append("serializer")
        return super().get_signing_serializer(app)


@scenario
def an_own_session_class_that_counts(watch: Watch) -> Any:
    return drive(watch, OwnCookieInterface(), secret="secret")


@scenario
def copies_and_pickles(watch: Watch) -> Any:
    app = Flask("app")
    app.session_interface = interface = DictInterface()
    app.add_url_rule("/", "index", lambda: session.update(a=1) or "index")
    watch(app)
    send(app.wsgi_app)
    made = [copy.copy(interface), copy.deepcopy(interface), pickle.loads(pickle.dumps(interface))]
    own = DictSession(a=1)
    return [
        [[type(entry), entry.stored, sorted(vars(entry))] for entry in made],
        pickle.dumps(interface),
        pickle.dumps(own),
        [type(copy.copy(own)), dict(copy.deepcopy(own)), type(pickle.loads(pickle.dumps(own)))],
    ]


@scenario
def methods_inherited_from_dict_called_wrongly(watch: Watch) -> Any:
    app = Flask("app")
    app.session_interface = DictInterface()
    watch(app)
    seen: list[Any] = []
    wrong: tuple[tuple[Any, ...], ...] = ((), ("a", 1, 2), ([],), ({}, 2))
    with app.test_request_context():
        own = behind(session)
        own["a"] = 1
        for method in (
            "__getitem__",
            "get",
            "__contains__",
            "__setitem__",
            "setdefault",
            "pop",
            "update",
            "popitem",
        ):
            for args in wrong:
                seen.append([method, repr(args), misused(lambda m=method, a=args: repr(getattr(own, m)(*a)))])
        for method in ("get", "pop", "setdefault"):
            seen.append([method, misused(getattr(own, method), key="a")])
    return seen
