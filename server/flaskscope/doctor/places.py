"""Names lines of code, threads and contexts the way a person would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from flaskscope.events import Lane, Site

if TYPE_CHECKING:
    from flaskscope.doctor.seen import Seen

#: Files that are parsed to see how a function is decorated; of more nothing is known.
MAX_PARSED = 500

#: Functions whose blocks expect the exceptions that they are given.
_MINDING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})

#: ``try`` with ``except``, and from Python 3.11 on with ``except*``.
_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))

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
        # A line that fails a thousand times is looked at once. There are no more of them than sites.
        self._decorators: dict[tuple[str, int], list[str]] = {}
        self._withs: dict[tuple[str, int], bool] = {}
        self._handled: dict[tuple[str, int], set[str]] = {}

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

    def handled_around(self, number: int | None) -> set[str]:
        """Return the exceptions that the function of a line says it minds there, by name; none if nobody can tell.

        They are those of an ``except`` whose ``try`` the line stands in, and of ``with suppress(…):`` and ``with
        pytest.raises(…):`` around it. A caller may mind as well: nothing here knows of it.
        """
        site = self.site(number)
        if site is None:
            return set()
        key = site.path, site.line
        if key not in self._handled:
            self._handled[key] = self._handled_around(site)
        return self._handled[key]

    def _handled_around(self, site: Site) -> set[str]:
        module = self._module(site.path)
        if module is None:
            return set()
        found: set[str] = set()
        # Outermost first: what stands around a function that is only defined there does not concern it.
        nodes: list[ast.AST] = [module]
        while nodes:
            node = nodes.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and _holds(
                node, site.line
            ):
                found = set()
            if isinstance(node, _TRIES) and any(_holds(each, site.line) for each in node.body):
                found |= {
                    name
                    for handler in node.handlers
                    if not isinstance(handler.body[-1], ast.Raise)  # it lets an error through
                    for name in _names(handler.type)
                }
            elif isinstance(node, ast.With | ast.AsyncWith) and any(
                _holds(each, site.line) for each in node.body
            ):
                found |= {name for item in node.items for name in _minded(item.context_expr)}
            nodes += [child for child in ast.iter_child_nodes(node) if _holds(child, site.line)]
        return found

    def is_with(self, number: int | None) -> bool:
        """Return whether a line is the head of a ``with`` block, so that its end cannot be forgotten."""
        site = self.site(number)
        if site is None:
            return False
        key = site.path, site.line
        if key not in self._withs:
            module = self._module(site.path)
            self._withs[key] = module is not None and any(
                isinstance(node, ast.With | ast.AsyncWith) and _is_in_head(node, site.line)
                for node in ast.walk(module)
            )
        return self._withs[key]

    def decorators(self, number: int | None) -> list[str]:
        """Return the decorators of the functions that a line is in, as they are written; none if nobody can tell."""
        site = self.site(number)
        if site is None:
            return []
        key = site.path, site.line
        if key not in self._decorators:
            self._decorators[key] = self._decorators_of(site)
        return self._decorators[key]

    def _decorators_of(self, site: Site) -> list[str]:
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


def _is_in_head(node: ast.With | ast.AsyncWith, line: int) -> bool:
    return any(_holds(item.context_expr, line) for item in node.items) or line == node.lineno


def _holds(node: ast.AST, line: int) -> bool:
    """Return whether *line* is inside *node*; what has no lines of its own may hold any."""
    first = getattr(node, "lineno", None)
    return first is None or first <= line <= (getattr(node, "end_lineno", None) or first)


def _names(expression: ast.expr | None) -> list[str]:
    """Return the last parts of the names in an expression such as ``(RuntimeError, errors.Missing)``."""
    if isinstance(expression, ast.Tuple):
        return [name for each in expression.elts for name in _names(each)]
    if isinstance(expression, ast.Attribute):
        return [expression.attr]
    return [expression.id] if isinstance(expression, ast.Name) else []


def _minded(expression: ast.expr) -> list[str]:
    """Return what ``suppress(…)``, ``raises(…)`` and ``assertRaises(…)`` are given."""
    if not isinstance(expression, ast.Call) or not {*_names(expression.func)} & _MINDING:
        return []
    return [name for argument in expression.args for name in _names(argument)]
