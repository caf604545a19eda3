"""The routes of the watched app, and the buttons that an app has which gives no scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flaskscope.web.actions import Scenario

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

#: Routes a page is told of; an app with more shows its first ones.
MAX_ROUTES = 500

#: Buttons made of routes. More would be a list nobody reads; the others are in the request builder.
MAX_BUTTONS = 24

#: Methods that Flask and Werkzeug add by themselves, and that show nothing by being sent.
_ADDED = {"HEAD", "OPTIONS"}


def routes_of(app: Flask) -> list[dict[str, Any]]:
    """Return what a page is told of the routes of *app* as they are now, one entry for each method.

    ``method``, ``rule`` as it was written, ``endpoint``, and ``arguments``: the names of the parts of the rule
    that have to be filled in, in their order.
    """
    return [
        {
            "method": method,
            "rule": rule.rule,
            "endpoint": rule.endpoint,
            "arguments": _arguments(rule),
        }
        for rule in _rules(app)
        for method in _methods(rule)
    ][:MAX_ROUTES]


def buttons_of(app: Flask) -> tuple[Scenario, ...]:
    """Return a scenario for each route of *app* that a GET without parameters reaches, at most `MAX_BUTTONS`."""
    made: dict[str, Scenario] = {}
    for rule in _rules(app):
        # A rule of another host or subdomain is not at this address.
        if "GET" not in _methods(rule) or _arguments(rule) or rule.subdomain or rule.host:
            continue
        name = _name(rule.rule, made)
        hint = _hint(app, rule)
        made[name] = Scenario(name, f"GET {rule.rule}", hint, "request", "request", path=rule.rule)
        if len(made) == MAX_BUTTONS:
            break
    return tuple(made.values())


def _rules(app: Flask) -> Iterable[Rule]:
    return (rule for rule in app.url_map.iter_rules() if not (rule.websocket or rule.build_only))


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or {"GET"}) - _ADDED)


def _arguments(rule: Rule) -> list[str]:
    """Return the names of the parts in the rule's text; what has a default without a part needs none."""
    given = set(rule.defaults or ())
    found = [match[1] for match in re.finditer(r"<(?:[^<>]*?:)?([A-Za-z_]\w*)>", rule.rule)]
    # A converter of the app's own may have arguments that the pattern does not see through.
    rest = sorted(rule.arguments - given - set(found))
    return found + rest


def _name(rule: str, taken: Iterable[str]) -> str:
    """Return a name for an address, which does not change while the routes stay as they are."""
    words = "-".join(re.findall(r"[A-Za-z0-9_]+", rule)) or "index"
    name, count = f"get-{words}", 1
    while name in taken:
        count += 1
        name = f"get-{words}-{count}"
    return name


def _hint(app: Flask, rule: Rule) -> str:
    """Return the first line of the view's docstring, or the name of its endpoint."""
    text = getattr(app.view_functions.get(rule.endpoint), "__doc__", None)
    first = text.strip().partition("\n")[0].strip() if isinstance(text, str) else ""
    return first[:80] if first else f"The view {rule.endpoint}"
