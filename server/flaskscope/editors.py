"""Editors that open a line of a file at an address, and the addresses that a page may link to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flaskscope.errors import SettingError

#: Editors known by name, and how each opens a line of a file.
EDITORS = {
    "vscode": "vscode://file/{path}:{line}",
    "vscode-insiders": "vscode-insiders://file/{path}:{line}",
    "vscodium": "vscodium://file/{path}:{line}",
    "cursor": "cursor://file/{path}:{line}",
    "windsurf": "windsurf://file/{path}:{line}",
    "zed": "zed://file/{path}:{line}",
    "pycharm": "pycharm://open?file={path}&line={line}",
    "idea": "idea://open?file={path}&line={line}",
    "sublime": "subl://open?url=file://{path}&line={line}",
    "textmate": "txmt://open?url=file://{path}&line={line}",
}

#: Schemes that run script, open pages or load files instead. `source.js` links to none of them either.
NO_EDITORS = frozenset(
    "about blob chrome data file filesystem ftp http https javascript mailto vbscript view-source ws wss".split()
)

#: The programs of these editors, where they are called otherwise. Editors of the terminal have no address.
_PROGRAMS = {
    "code": "vscode",
    "code-insiders": "vscode-insiders",
    "codium": "vscodium",
    "charm": "pycharm",
    "pycharm64": "pycharm",
    "idea64": "idea",
    "subl": "sublime",
    "sublime_text": "sublime",
    "mate": "textmate",
}

# Two letters at least: one is a drive of Windows.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)
_FIRST_WORD = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|(\S+))""")


def editor_named(value: object) -> str:
    """Return the address that *value* stands for, with ``{path}`` and ``{line}`` in it.

    Args:
        value: The name of an editor, or such an address with the scheme of an editor.

    Raises:
        SettingError: If it is neither.
    """
    template = EDITORS.get(value, value) if isinstance(value, str) else ""
    scheme = _SCHEME.match(template)
    if scheme is None or "{path}" not in template:
        raise _refused(value, "neither an editor known by name nor an address that opens one")
    if scheme[1].lower() in NO_EDITORS:
        raise _refused(value, f"the scheme {scheme[1]}: opens no editor, and the page makes no link with it")
    return template


def editor_of_programs(environ: Mapping[str, str]) -> str | None:
    """Return the address of the editor that VISUAL or else EDITOR starts; ``None`` if it is none with an address."""
    for name in ("VISUAL", "EDITOR"):
        first = _FIRST_WORD.match(environ.get(name, ""))
        if first is None:
            continue
        path = first[1] or first[2] or first[3]
        program = re.sub(r"\.(exe|cmd|bat)$", "", re.split(r"[/\\]", path)[-1].lower())
        template = EDITORS.get(_PROGRAMS.get(program, program))
        if template is not None:
            return template
    return None


def _refused(value: object, problem: str) -> SettingError:
    return SettingError(
        "FLASKSCOPE_EDITOR",
        value,
        problem,
        f"Write one of {', '.join(EDITORS)}, or an address such as vscode://file/{{path}}:{{line}}.",
    )
