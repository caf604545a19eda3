"""The hooks of pytest, once somebody asked for them."""

from __future__ import annotations

import functools
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from flaskscope.errors import FlaskScopeError
from flaskscope.testing.categories import FlaskScopeWarning
from flaskscope.testing.choices import checked_names, checked_number, marked
from flaskscope.testing.findings import Finding, Paths
from flaskscope.testing.flask_arrival import FlaskArrival
from flaskscope.testing.stretches import FixtureSetup, FixtureSetups, Stretch
from flaskscope.testing.summary import open_command, write_summary
from flaskscope.testing.tracebacks import hide_own_frames

if TYPE_CHECKING:
    from flaskscope.testing.keeping import Keeper
    from flaskscope.testing.watch import Watch

#: Where reports, and what workers of pytest-xdist send at their end, carry what was found.
CARRIED_BY = "flaskscope"

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _guarded(method: _Method) -> _Method:
    """Let a failure of ours end the watching, never a test."""

    @functools.wraps(method)
    def guarded(self: Plugin, *args: Any, **kwargs: Any) -> Any:
        if self.is_off:
            return None
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a guest must not break the suite
            self.fail(error)
            return None

    return guarded  # type: ignore[return-value]


class Plugin:
    """Watches the tests of one run of pytest, or of one worker of pytest-xdist.

    Args:
        config: pytest's.
        mode: ``warn`` or ``error``.

    Raises:
        pytest.UsageError: If a setting cannot be used.
    """

    def __init__(self, config: pytest.Config, mode: str) -> None:
        self.is_off = False
        self._config = config
        self._mode = mode
        self._allow = checked_names(config.getini("flaskscope_allow"), "flaskscope_allow")
        self._keep = checked_number(config.getini("flaskscope_keep"))
        self._run_began = time.time()
        self._setups = FixtureSetups()
        self._arrival = FlaskArrival(self._flask_is_there)
        self._watch: Watch | None = None
        self._keeper: Keeper | None = None
        self._stretch: Stretch | None = None
        self._last: Stretch | None = None
        self._findings: list[Finding] = []
        self._recordings: list[str] = []
        self._troubles: list[str] = []
        self._late_failure = False

    def begin(self) -> None:
        """Watch the apps of this process from now on."""
        self._arrival.watch()

    def fail(self, error: Exception) -> None:
        """Watch no longer, because FlaskScope itself failed, and say so once."""
        self.is_off = True
        told = "".join(traceback.format_exception(error)[-3:]).strip()
        trouble = f"FlaskScope failed, and watches no longer; the tests go on without it.\n{told}"
        self._troubles.append(trouble)
        try:
            self._stop()
            warnings.warn(FlaskScopeWarning(trouble), stacklevel=2)
        except Exception:  # noqa: BLE001, S110 - warnings are errors in this suite: the summary tells it
            pass

    @_guarded
    def _flask_is_there(self) -> None:
        from flaskscope.testing.watch import Watch

        self._watch = Watch(self._setups, Paths(self._config.rootpath), self._admit_safely)
        self._watch.begin()

    def _admit_safely(self, admit: Callable[[Any], None]) -> Callable[[Any], None]:
        @_guarded
        def admit_safely(self: Plugin, app: Any) -> None:
            admit(app)

        return functools.partial(admit_safely, self)

    def _stop(self) -> None:
        self._arrival.forget()
        if self._watch is not None:
            self._watch.end()
            self._watch = None

    # What happens to a test, in this order.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin a stretch."""
        self._begin_stretch(item)

    @_guarded
    def _begin_stretch(self, item: pytest.Item) -> None:
        mode, allow = self._mode, self._allow
        marker = item.get_closest_marker("flaskscope")
        if marker is not None:
            try:
                mode, allow = marked(marker, mode, allow)
            except pytest.UsageError as error:
                self._troubles.append(f"{item.nodeid}: {error}")
        path, line, _ = item.location
        self._stretch = self._last = Stretch(
            item.nodeid, item.name, mode, allow, str(self._config.rootpath / path), (line or 0) + 1
        )
        self._setups.next_test()
        if self._watch is not None:
            self._watch.next_test()
        self._stretch.parts.append((time.perf_counter_ns(), "setup"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self) -> None:
        """Note where the test itself begins."""
        if self._stretch is not None:
            self._stretch.parts.append((time.perf_counter_ns(), "call"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Note where it ends."""
        if self._stretch is not None:
            self._stretch.parts.append((time.perf_counter_ns(), "teardown"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object | None, object | None]:
        """Note when a fixture is set up: what is pushed then is the fixture's."""
        if self.is_off:
            return (yield)
        setup = FixtureSetup(fixturedef.argname, str(fixturedef.scope), time.perf_counter_ns())
        self._setups.began(id(fixturedef), setup)
        try:
            result = yield
            setup.value = id(result)
            return result
        finally:
            setup.ended_ns = time.perf_counter_ns()

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Note that a fixture was torn down."""
        self._setups.torn_down(id(fixturedef))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """End a stretch after the last hook of its teardown, and let its report tell what was found."""
        self._hide_own_frames(call)
        found = self._end_stretch(item, call) if call.when == "teardown" else None
        report = yield
        self._tell(report, found or [])
        return report

    @_guarded
    def _hide_own_frames(self, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is not None:
            hide_own_frames(call.excinfo.value)

    @_guarded
    def _end_stretch(self, item: pytest.Item, call: pytest.CallInfo[None]) -> list[Finding]:
        stretch = self._stretch
        if stretch is None or self._watch is None:
            return []
        found = [
            finding
            for finding in self._watch.findings(stretch, self._setups.of_functions())
            if finding.rule not in stretch.allow
        ]
        if stretch.mode == "off":
            return []
        fatal = [finding for finding in found if finding.fails and stretch.mode == "error"]
        for finding in found:
            if finding not in fatal:
                fatal += self._warn(finding)
        if fatal and call.excinfo is None:
            call.excinfo = _failure("\n\n".join(finding.as_text for finding in fatal))
        return found

    def _warn(self, finding: Finding) -> list[Finding]:
        """Warn of *finding*, and return it again if warnings are errors in this suite."""
        try:
            warnings.warn_explicit(finding.as_warning, finding.category, finding.path, finding.line)
        except FlaskScopeWarning:
            return [finding]
        return []

    @_guarded
    def _tell(self, report: pytest.TestReport, found: list[Finding]) -> None:
        stretch = self._stretch
        if stretch is None or self._watch is None:
            return
        stretch.failed |= report.failed
        kept: list[str] = []
        if stretch.failed and stretch.mode != "off" and report.when in ("setup", "call", "teardown"):
            kept = self._keep_recording(stretch)
            if report.failed and kept:
                commands = "\n".join(open_command(path, self._config.invocation_params.dir) for path in kept)
                report.sections.append(("FlaskScope recording", f"{commands}\n"))
        if report.when == "teardown":
            self._stretch = None
        if found or kept:
            # Reports of pytest-xdist's workers travel with all their attributes.
            packed = {"findings": [finding.packed() for finding in found], "recordings": kept}
            setattr(report, CARRIED_BY, packed)

    def _keep_recording(self, stretch: Stretch) -> list[str]:
        assert self._watch is not None
        apps = self._watch.look(stretch)
        if not apps or not self._keep:
            return []
        try:
            paths = self._keeper_of_run().keep(stretch, apps)
        except (OSError, FlaskScopeError) as error:
            self._troubles.append(f"The recording of {stretch.test} could not be kept: {error}")
            self._keep = 0
            return []
        stretch.recordings[:] = [str(path) for path in paths]
        return list(stretch.recordings)

    def _keeper_of_run(self) -> Keeper:
        if self._keeper is None:
            from flaskscope.testing.keeping import Keeper

            given = str(self._config.getini("flaskscope_recordings"))
            cache: pytest.Cache | None = getattr(self._config, "cache", None)
            if given:
                folder = self._config.rootpath / given
            elif cache is not None:
                folder = cache.mkdir("flaskscope")
            else:
                folder = Path(tempfile.mkdtemp(prefix="flaskscope-"))
            worker: dict[str, Any] = getattr(self._config, "workerinput", {})
            began = worker.get("flaskscope_run_began", self._run_began)
            self._keeper = Keeper(folder, self._keep, began, worker.get("workerid", ""))
        return self._keeper

    # What is told at the end, also of what workers of pytest-xdist found.

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what a report tells; in the main process those of all workers pass here."""
        self._collect(getattr(report, CARRIED_BY, None))

    @_guarded
    def _collect(self, packed: dict[str, Any] | None) -> None:
        if packed is None:
            return
        self._findings += [Finding.unpacked(each) for each in packed["findings"]]
        self._recordings += [path for path in packed["recordings"] if path not in self._recordings]
        self._troubles += packed.get("troubles", ())
        self._late_failure |= packed.get("late_failure", False)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Look once more, after the last fixture was torn down."""
        yield
        self._finish(session)

    @_guarded
    def _finish(self, session: pytest.Session) -> None:
        self._arrival.forget()  # what is imported from here on is ours
        late: list[Finding] = []
        if self._watch is not None and self._last is not None:
            late = [
                finding
                for finding in self._watch.late_findings(self._last)
                if finding.rule not in self._allow
            ]
        self._findings += late
        self._late_failure |= bool(late) and self._mode == "error"
        if hasattr(self._config, "workeroutput"):
            output: Any = self._config
            output.workeroutput[CARRIED_BY] = {
                "findings": [finding.packed() for finding in late],
                "recordings": [],
                "troubles": self._troubles,
                "late_failure": self._late_failure,
            }
            return
        if self._recordings:
            from flaskscope.testing.keeping import forget_places

            for folder in {Path(path).parent for path in self._recordings}:
                forget_places(folder)
        if self._late_failure and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist when the run began, so that all agree which recordings are old."""
        node.workerinput["flaskscope_run_began"] = self._run_began

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect what a worker of pytest-xdist found at its end."""
        self._collect(getattr(node, "workeroutput", {}).get(CARRIED_BY))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write what was found."""
        start = self._config.invocation_params.dir
        write_summary(terminalreporter, self._findings, self._recordings, self._troubles, start)

    def pytest_unconfigure(self) -> None:
        """Put everything back."""
        self._stop()


def _failure(text: str) -> pytest.ExceptionInfo[BaseException]:
    try:
        pytest.fail(text, pytrace=False)
    except BaseException as failed:  # noqa: BLE001 - pytest's own exception, which is no Exception
        return pytest.ExceptionInfo.from_exception(failed)
