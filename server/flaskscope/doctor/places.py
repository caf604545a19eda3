"""Names lines of code, threads and contexts the way a person would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from flaskscope.events import Lane, Site

if TYPE_CHECKING:
    from flaskscope.doctor.case import Seen

#: Files that are parsed to see how a function is decorated; of more nothing is known.
MAX_PARSED = 500

#: Characters of a path that are shown.
MAX_PATH_SHOWN = 60


def short_name(function: str) -> str:
    """Return the last part of a function's qualified name."""
    return function.rpartition(".")[2]


class Places:
    """What numbers of sites and lanes stand for.

    Args:
        lines: Returns the source lines of a file by its path, an empty sequence if it cannot be had.
    """

    def __init__(self, lines: Callable[[str], Sequence[str]]) -> None:
        self.sites: Sequence[Site] = ()
        self.lanes: Sequence[Lane] = ()
        self._lines = lines
        self._parsed: dict[str, ast.Module | None] = {}

    def site(self, number: int | None) -> Site | None:
        """Return the line of code with this number, if it is known."""
        return self.sites[number - 1] if number is not None and 0 < number <= len(self.sites) else None

    def lane(self, number: int) -> str:
        """Return the name of a thread."""
        return self.lanes[number - 1].name if 0 < number <= len(self.lanes) else f"thread {number}"

    def same(self, number: int | None, otherwise: str) -> tuple[str, int] | str:
        """Return what tells a line from others, however often its module is loaded; *otherwise* if it is not known."""
        site = self.site(number)
        return otherwise if site is None else (site.path, site.line)

    def line(self, number: int | None) -> str:
        """Return ``folder/file.py:12``, or a phrase that says that nobody knows."""
        site = self.site(number)
        if site is None:
            return "somewhere"
        path = "/".join(PurePath(site.path).parts[-2:]).lstrip("/")
        return f"{path}:{site.line}"

    def at(self, number: int | None, otherwise: str = "by Flask itself") -> str:
        """Return ``at folder/file.py:12 in function()``, or *otherwise* if there is no such line."""
        site = self.site(number)
        if site is None:
            return otherwise
        inside = "" if site.function.startswith("<") else f" in {short_name(site.function)}()"
        return f"at {self.line(number)}{inside}"

    def who(self, seen: Seen) -> str:
        """Return a context as ``#7 (GET /page)``, or with the line that pushed it."""
        if seen.path is not None and seen.how in ("request", "test client", "stream", "copy"):
            path = seen.path if len(seen.path) <= MAX_PATH_SHOWN else seen.path[: MAX_PATH_SHOWN - 1] + "…"
            return f"#{seen.number} ({seen.method} {path})"
        kind = "request context" if seen.has_request else "app context"
        if seen.how == "by hand":
            return f"#{seen.number} ({kind} pushed {self.at(seen.site, 'by hand')})"
        return f"#{seen.number} ({kind}, {seen.how})"

    def decorators(self, number: int | None) -> list[str]:
        """Return the decorators of the functions that a line is in, as they are written; none if nobody can tell."""
        site = self.site(number)
        if site is None:
            return []
        module = self._module(site.path)
        if module is None:
            return []
        return [
            ast.unparse(decorator)
            for node in ast.walk(module)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.lineno <= site.line <= (node.end_lineno or node.lineno)
            for decorator in node.decorator_list
        ]

    def _module(self, path: str) -> ast.Module | None:
        if path not in self._parsed:
            if len(self._parsed) >= MAX_PARSED:
                return None
            try:
                self._parsed[path] = ast.parse("".join(self._lines(path)))
            except (SyntaxError, ValueError, RecursionError):
                self._parsed[path] = None
        return self._parsed[path]
