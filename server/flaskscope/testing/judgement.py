"""Says of a test what it left behind, what it was left by others, and what it popped wrongly."""

from __future__ import annotations

from collections.abc import Sequence

from flaskscope.events import ContextAbandoned, ContextPushed, Failure
from flaskscope.testing import findings
from flaskscope.testing.apps import OF_A_TASK, Carried, OpenContext, WatchedApp, WrongPop
from flaskscope.testing.callers import Callers
from flaskscope.testing.findings import Finding, Paths
from flaskscope.testing.stretches import Stretch

_LEFT_WHY = (
    "without its pop, a context's teardown functions never run, what they would close stays open, and every test "
    "that comes after runs inside it and may see its g."
)
_LEFT_REMEDY = """\
with app.app_context():  # or test_request_context(): pops whatever happens inside
    ...
# in a fixture: `yield` inside of the with block; setUp(): self.enterContext(app.app_context())"""

_CARRIED_WHY = (
    "the test depends on those that ran before it: alone, or in another order, it goes another way. Up to Flask 3.1 a "
    "request uses the g of an app context that is pushed already."
)
_CARRIED_REMEDY = """\
@pytest.fixture
def app_context(app):  # function scope: each test has a g of its own
    with app.app_context():
        yield"""

_WRONG_WHY = "contexts are a stack of each thread: the newest has to be popped first, and by the thread that pushed it."
_WRONG_REMEDY = """\
with app.app_context():               # blocks end in the right order by themselves
    with app.test_request_context():
        ...
# in another thread: push a context of its own there"""


class Judge:
    """Makes findings of what was seen of an app.

    Args:
        paths: How paths are shown.
        callers: Who pushed and popped by hand, in the test that is judged.
    """

    def __init__(self, paths: Paths, callers: Callers) -> None:
        self._paths = paths
        self._callers = callers

    def left_pushed(self, app: WatchedApp, context: OpenContext, stretch: Stretch) -> Finding:
        """Tell of a context that was still pushed when whoever pushed it was done."""
        context.is_told = True
        what = f"{_described(app, context)}{self._pushed(app, context)} was never popped."
        return self._left(app, context, stretch, what)

    def abandoned(
        self, app: WatchedApp, context: OpenContext, event: ContextAbandoned, stretch: Stretch
    ) -> Finding:
        """Tell of a context whose thread ended before it was popped."""
        name = app.recording.lanes[event.lane - 1].name
        whose = "task" if OF_A_TASK in name else "thread"
        what = (
            f"{_described(app, context)}{self._pushed(app, context)} was still pushed when its {whose} "
            f"{name!r} ended."
        )
        return self._left(app, context, stretch, what)

    def _left(self, app: WatchedApp, context: OpenContext, stretch: Stretch, what: str) -> Finding:
        path, line, lines = self._place(app, context, stretch)
        # A context of an earlier test may be found out late: then that test is named, and this one does not fail.
        # A wider fixture leaves it when it is torn down, which is now.
        is_of_wider = context.fixture is not None and context.fixture.is_wide
        owner = stretch if is_of_wider or context.stretch is None else context.stretch
        return Finding(
            findings.LEFT_PUSHED, owner.test, what, lines, _LEFT_WHY, _LEFT_REMEDY, path, line,
            fails=owner is stretch,
        )  # fmt: skip

    def carried(self, app: WatchedApp, carried: Carried, stretch: Stretch) -> Finding:
        """Tell of what this test read and an earlier one had set."""
        context, what, name, setting, read = carried
        assert setting.stretch is not None
        thing = f"g.{name}" if what == "g" else f"session[{name!r}]"
        sentence = (
            f"{thing} was still there from an earlier test: {setting.stretch.test} had set it"
            f"{self._at(app, setting.event[5])}, and it was read{self._at(app, read[5])}. Both used the same "
            f"{_kind(context)}{self._pushed(app, context).rstrip(',')}."
        )
        lines = [
            self._paths.line(*site[1:]) for site in (app.site(read[5]), app.site(setting.event[5])) if site
        ]
        site = app.site(read[5])
        path, line = (site.path, site.line) if site is not None else (stretch.path, stretch.line)
        return Finding(
            findings.G_CARRIED if what == "g" else findings.SESSION_CARRIED,
            stretch.test,
            sentence,
            lines,
            _CARRIED_WHY,
            _CARRIED_REMEDY,
            path,
            line,
            # It follows from a context that was left, and whoever left it was told.
            fails=not context.is_told,
        )

    def popped_wrong(self, app: WatchedApp, wrong: WrongPop, stretch: Stretch) -> Finding | None:
        """Tell of a pop that must not be, or say nothing if it is a usual one that raised for another reason."""
        context, event = wrong
        if context.push.about.get("implicit"):
            return None  # Flask pushed and pops it with a request context, which is told
        here, there = app.thread_of(event), app.thread_of(context.push)
        who = f"{_described(app, context)}{self._pushed(app, context)}"
        if isinstance(event, ContextPushed):
            what = f"{who} in the thread {there!r}, was pushed again in {here!r}{self._at(app, event.site)}."
        elif here != there:
            at = self._at(app, event.site)
            what = f"{who} in the thread {there!r}, was popped in {here!r}{at}.{_raised(event.failure)}"
        else:
            from flaskscope.doctor.failures import is_of_the_stack

            if not is_of_the_stack(event.failure):
                return None
            what = (
                f"{who} was popped{self._at(app, event.site)} although it was not the newest context of its "
                f"thread.{_raised(event.failure)}"
            )
        site = app.site(event.site)
        lines = self._lines(app, event.site, app.moment_of(event))
        path, line = (site.path, site.line) if site is not None else (stretch.path, stretch.line)
        return Finding(
            findings.POPPED_WRONG,
            stretch.test,
            what,
            lines,
            _WRONG_WHY,
            _WRONG_REMEDY,
            path,
            line,
            fails=True,
        )

    def remember_callers(self, app: WatchedApp, context: OpenContext) -> None:
        """Keep for later from where *context* was pushed."""
        site = app.site(context.push.site)
        if site is not None:
            context.callers = self._callers.of(site.path, site.line, app.moment_of(context.push))

    def _place(self, app: WatchedApp, context: OpenContext, stretch: Stretch) -> tuple[str, int, list[str]]:
        site = app.site(context.push.site)
        if site is None:
            return stretch.path, stretch.line, []
        if context.callers:
            return site.path, site.line, self._paths.stack(context.callers)
        return site.path, site.line, self._lines(app, context.push.site, app.moment_of(context.push))

    def _lines(self, app: WatchedApp, number: int | None, moment_ns: int) -> list[str]:
        site = app.site(number)
        if site is None:
            return []
        lines = self._callers.of(site.path, site.line, moment_ns)
        return self._paths.stack(lines or [(site.path, site.line, site.function)])

    def _pushed(self, app: WatchedApp, context: OpenContext) -> str:
        at = self._at(app, context.push.site)
        by = f" by {context.fixture}" if context.fixture is not None else ""
        if at.endswith(f" in {context.fixture}"):  # setUp() and its like
            by = ""
        return f", pushed{at}{by}," if at or by else ""

    def _at(self, app: WatchedApp, number: int | None) -> str:
        site = app.site(number)
        return "" if site is None else f" at {self._paths.line(*site[1:])}"


def first_of_each(wrong: Sequence[WrongPop]) -> list[WrongPop]:
    """Return the wrong pops without those that follow from an earlier one of the same thread."""
    kept: list[WrongPop] = []
    spoiled: set[int] = set()
    for each in wrong:
        failure = None if isinstance(each.event, ContextPushed) else each.event.failure
        if failure is not None and failure.type == "LookupError" and each.event.lane in spoiled:
            continue
        spoiled.add(each.event.lane)
        kept.append(each)
    return kept


def _kind(context: OpenContext) -> str:
    about = context.push.about
    has_request = about["type"] == "request" or (about["type"] == "both" and about.get("path") is not None)
    return "request context" if has_request else "app context"


def _described(app: WatchedApp, context: OpenContext) -> str:
    about = context.push.about
    kind = _kind(context)
    of = f" ({about['method']} {about['path']})" if kind == "request context" else ""
    return f"{'A' if of else 'An'} {kind}{of} of the app {app.name!r}"


def _raised(failure: Failure | None) -> str:
    if failure is None:
        return ""
    from flaskscope.doctor.failures import said

    return f" That raised {said(failure)}."
