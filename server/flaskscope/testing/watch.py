"""Watches every app that a suite makes, test by test."""

from __future__ import annotations

import gc
import threading
import weakref
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from flask import Flask
from flask.testing import FlaskClient

from flaskscope.newcomers import telling_of_apps
from flaskscope.testing.apps import OpenContext, WatchedApp, WrongPop
from flaskscope.testing.callers import Callers
from flaskscope.testing.findings import Finding, Paths
from flaskscope.testing.judgement import Judge, first_of_each
from flaskscope.testing.stretches import FixtureSetups, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

#: Apps that are watched at once. Of a suite that keeps more alive, the later ones are not watched.
MAX_APPS = 5_000

_Kind = TypeVar("_Kind")
_bases_of = type.__dict__["__mro__"].__get__


class Watch:
    """From `begin` to `end`, every app that is made is recorded.

    All but `_admit` is called by the thread that runs the tests.

    Args:
        setups: What fixtures do, and when.
        paths: How paths are shown.
        admit_safely: Wraps what runs inside the suite's own code, so that a failure there does not reach it.
    """

    def __init__(
        self,
        setups: FixtureSetups,
        paths: Paths,
        admit_safely: Callable[[Callable[[Flask], None]], Callable[[Flask], None]],
    ) -> None:
        self._setups = setups
        self._callers = Callers()
        self._judge = Judge(paths, self._callers)
        self._admit_safely = admit_safely
        self._apps: list[WatchedApp] = []
        self._nobody: Flask | None = None
        self._telling: AbstractContextManager[None] = nullcontext()
        self._keeping_clients: list[weakref.ref[FlaskClient]] = []

    def begin(self) -> None:
        """Watch the apps that there are, and all that will be made."""
        # An app of nobody's: the hooks stay in place while the suite has none, and uses outside of any are recorded.
        self._nobody = Flask("nobody")
        self._admit(self._nobody)
        for app in _living(Flask):
            if app is not self._nobody:
                self._admit(app)
        self._callers.listen()
        self._telling = telling_of_apps(self._admit_safely(self._admit))
        self._telling.__enter__()

    def end(self) -> None:
        """Put everything back."""
        self._telling.__exit__(None, None, None)
        self._callers.stop()
        for app in self._apps:
            app.recording.detach()
        self._apps.clear()

    def _admit(self, app: Flask) -> None:
        if len(self._apps) < MAX_APPS:
            self._apps.append(WatchedApp(app))

    def next_test(self) -> None:
        """Forget what concerns one test only; what happened since the last one belongs to none."""
        for app in self._apps:
            app.look(None)
            if app.open or app.events_of_test or app.ambient:
                app.next_test()
        self._apps = [app for app in self._apps if not app.is_gone]
        self._callers.next_test()

    def look(self, stretch: Stretch | None) -> list[WatchedApp]:
        """Take in what happened until now, and return the apps that did something in this test."""
        for app in self._apps:
            app.look(stretch)
        return [app for app in self._apps if app.events_of_test]

    def findings(self, stretch: Stretch, function_values: set[int]) -> list[Finding]:
        """Return what is wrong with a test that has ended.

        Args:
            stretch: The test.
            function_values: Addresses of what fixtures of this test alone returned.
        """
        me = threading.current_thread().name
        found: list[Finding] = []
        for app in self._apps:
            app.look(stretch)
            if any(context.push.about["thread"] != me for context in app.open.values()):
                app.look(stretch, at_threads=True)
            if not (app.open or app.wrong or app.carried or app.abandoned):
                continue
            self._name_fixtures(app, stretch)
            judge = self._judge
            left = self._left(app, stretch, me, function_values)
            found += [judge.left_pushed(app, context, stretch) for context in left]
            found += [
                judge.abandoned(app, context, event, stretch)
                for context, event in app.abandoned
                if not context.is_told and not context.push.about.get("implicit")
            ]
            found += [judge.carried(app, carried, stretch) for carried in app.carried]
            wrong = [
                judge.popped_wrong(app, each, stretch)
                for each in first_of_each(app.wrong)
                if not any(_was_in_the_way(context, each) for context in left)
            ]
            found += [finding for finding in wrong if finding is not None]
        return found

    def late_findings(self, last: Stretch) -> list[Finding]:
        """Return what is still pushed when all tests and fixtures are done, and was not told before."""
        me = threading.current_thread().name
        found: list[Finding] = []
        for app in self._apps:
            app.look(None, at_threads=bool(app.open))
            found += [
                self._judge.abandoned(app, context, event, last)
                for context, event in app.abandoned
                if context.stretch is not None
                and not context.is_told
                and not context.push.about.get("implicit")
            ]
            app.abandoned.clear()
            for context in app.open.values():
                about = context.push.about
                if context.is_told or about.get("implicit") or about["thread"] != me:
                    continue
                if context.is_kept or (context.fixture is not None and context.fixture.is_over):
                    found.append(self._judge.left_pushed(app, context, last))
        return found

    def _name_fixtures(self, app: WatchedApp, stretch: Stretch) -> None:
        """Say of what was done in this test, and outlives it, which fixture did it."""
        for context in app.open.values():
            if context.stretch is stretch and context.fixture is None:
                context.fixture = self._setups.at(app.moment_of(context.push))
                self._judge.remember_callers(app, context)
            for settings in (context.names, context.keys):
                for name, setting in settings.items():
                    if setting.stretch is stretch:
                        setup = self._setups.at(app.moment_of(setting.event))
                        if setup is not None and setup.is_wide:
                            # Meant for all the tests that the fixture is for.
                            settings[name] = setting._replace(stretch=None)

    def _left(
        self, app: WatchedApp, stretch: Stretch, me: str, function_values: set[int]
    ) -> list[OpenContext]:
        left: list[OpenContext] = []
        # Somebody tried to pop these, and could not: that is told, and this its consequence.
        tried = [wrong.context for wrong in app.wrong if wrong.event[2] == "context.popped"]
        for context in app.open.values():
            about = context.push.about
            if context.stretch is None or context.is_told or about.get("implicit") or about["thread"] != me:
                continue
            if context in tried:
                context.is_told = True
                continue
            if context.fixture is not None and context.fixture.is_wide:
                if not context.fixture.is_over:
                    continue
            elif context.stretch is not stretch:
                continue
            if about["how"] == "test client" and self._is_kept(app, function_values):
                context.is_kept = True
                continue
            left.append(context)
        requests = [context for context in left if "path" in context.push.about]
        if any(context.push.about["how"] == "test client" for context in requests):
            # A client that keeps a request keeps its app context too: one fault, told once.
            return [each for each in left if each in requests or each.push.about["how"] != "test client"]
        return left

    def _is_kept(self, app: WatchedApp, function_values: set[int]) -> bool:
        """Return whether a test client lives that keeps contexts, inside ``with client:``, beyond this test.

        It pops them at its next request, or at the end of the block.
        """
        clients = [client for reference in self._keeping_clients if (client := reference()) is not None]
        if not any(_keeps(client, app) for client in clients):
            clients = [
                each for each in _living(FlaskClient) if _keeps(each, app) and id(each) not in function_values
            ]
            self._keeping_clients = [weakref.ref(client) for client in clients]
        return any(_keeps(client, app) and id(client) not in function_values for client in clients)


def _was_in_the_way(left: OpenContext, wrong: WrongPop) -> bool:
    """Return whether the pop was wrong only because *left*, which nobody popped, was on top."""
    return (
        left.push.lane == wrong.context.push.lane == wrong.event[3]
        and wrong.context.push.number < left.push.number < wrong.event[0]
    )


def _keeps(client: FlaskClient, app: WatchedApp) -> bool:
    return client.preserve_context and app.is_of(client.application)


def _living(kind: type[_Kind]) -> list[_Kind]:
    """Return all objects of a class, without asking any object or class: they may be anything."""
    answers: dict[int, bool] = {}
    found: list[_Kind] = []
    for each in gc.get_objects():
        cls = type(each)
        answer = answers.get(id(cls))
        if answer is None:
            answer = answers[id(cls)] = any(base is kind for base in _bases_of(cls))
        if answer:
            found.append(each)
    return found
