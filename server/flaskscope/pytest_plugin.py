"""The switch of the pytest plugin. pytest loads this module always, so nothing else is imported until somebody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

MODES = ("off", "warn", "error")

_MARKER = (
    "flaskscope(mode=…, allow=…): how FlaskScope watches this test: mode is 'off', 'warn' or 'error', allow the names "
    "of findings that are no concern here, such as 'context-left-pushed'."
)

_plugin_key = pytest.StashKey[object]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--flaskscope`` and the settings of the ini file."""
    group = parser.getgroup("flaskscope", "contexts of Flask apps, watched by FlaskScope")
    # Each spelling is an option of its own: one with an optional value would take the path of a test for it.
    group.addoption(
        "--flaskscope",
        action="store_const",
        const="warn",
        dest="flaskscope",
        help="the same as --flaskscope=warn",
    )
    helps = {
        "off": "do not watch, whatever the ini file says",
        "warn": "warn of contexts that a test leaves pushed, of g and session carried from one test to another, and of "
        "wrong pops; keep recordings of failed tests",
        "error": "let such a test fail",
    }
    for mode in MODES:
        group.addoption(
            f"--flaskscope={mode}", action="store_const", const=mode, dest="flaskscope", help=helps[mode]
        )
    parser.addini("flaskscope", "watch the contexts of Flask apps: off, warn or error", default="off")
    parser.addini(
        "flaskscope_recordings", "the folder for recordings of failed tests, from the root folder", default=""
    )
    parser.addini("flaskscope_keep", "how many recordings of failed tests are kept", default="20")
    parser.addini(
        "flaskscope_allow", "names of findings that are no concern in this suite", type="args", default=[]
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Begin to watch before the first conftest makes an app, if somebody asked for it."""
    apart = _join_spelled_apart(args)
    given = apart if apart is not None else early_config.known_args_namespace.flaskscope
    _begin(early_config, given)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and begin to watch if that was not possible earlier."""
    config.addinivalue_line("markers", _MARKER)
    _begin(config, config.option.flaskscope)


def _join_spelled_apart(args: list[str]) -> str | None:
    """Make ``--flaskscope error`` the same as ``--flaskscope=error``, unless there is a file of that name."""
    joined = None
    for index in range(len(args) - 1, 0, -1):
        mode = args[index]
        if args[index - 1] == "--flaskscope" and mode in MODES and not Path(mode).exists():
            args[index - 1 : index + 1] = [f"--flaskscope={mode}"]
            joined = joined or mode
    return joined


def _begin(config: pytest.Config, given: str | None) -> None:
    if _plugin_key in config.stash:
        return
    mode = given or str(config.getini("flaskscope")).strip() or "off"
    if mode not in MODES:
        raise pytest.UsageError(
            f"the setting 'flaskscope' is {mode!r}: it says whether FlaskScope watches. Write off, warn or error."
        )
    if mode == "off":
        return
    from flaskscope.testing.plugin import Plugin

    config.stash[_plugin_key] = plugin = Plugin(config, mode)
    config.pluginmanager.register(plugin, "flaskscope-watch")
    plugin.begin()
