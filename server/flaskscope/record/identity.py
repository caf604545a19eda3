"""Which thread, asyncio task or greenlet code runs in.

Hooks ask `get_ident`, as cheap as Python makes it: it tells threads apart, and greenlets in a process that uses gevent.
Of tasks it knows nothing. Only what is rare or begins something (a push, a teardown function, a thread that is started)
asks `lane_key` as well, and only while some event loop of the process is running a task: `current_tasks` is asyncio's
own table of them, empty or never filled in an app that does not use asyncio.

What is bound here changes when asyncio or gevent come into the process, so `bind` writes it into each module of
`flaskscope.record` that has imported it by name.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

#: A thread or greenlet by its identity (below 0 for a greenlet of a process whose threads are not patched by gevent),
#: or a task: its thread, a number of its own, and its name.
Key: TypeAlias = int | tuple[int, int, str]

#: Tasks whose number is remembered; the numbers of those that are gone are forgotten when there are more.
MAX_TASKS_REMEMBERED = 10_000

#: Characters kept of the name of a task.
MAX_TASK_NAME = 100

get_ident: Callable[[], int] = threading.get_ident

#: The tasks that are running, by their event loop: of all threads together. Truthy for ever where Python keeps no such
#: table (from 3.14 on).
current_tasks: Any = {}

#: Whether identities are those of greenlets: never, in a process where gevent patched threads always, and where gevent
#: is used beside threads if they are below 0.
greenlets = False

_tasks: dict[int, tuple[weakref.ref[Any], int]] = {}
_last_task = 0


def bind() -> None:
    """Find out how threads, tasks and greenlets are told apart in this process by now. Cheap when nothing changed."""
    global greenlets
    # Either may be on its way in, in another thread, and not be complete yet.
    gevent = sys.modules.get("gevent")
    if hasattr(gevent, "getcurrent"):
        greenlets = True
        _set("get_ident", _patched() or _beside_threads(gevent))
    tasks = sys.modules.get("asyncio.tasks")
    if hasattr(tasks, "current_task"):
        _set("current_tasks", vars(tasks).get("_current_tasks", True))


def _set(name: str, value: Any) -> None:
    if globals()[name] is value:
        return
    globals()[name] = value
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("flaskscope.record.") and name in vars(module):
            setattr(module, name, value)


def _patched() -> Callable[[], int] | None:
    """Return gevent's function that stands in for ``threading.get_ident``; ``None`` while it does not."""
    return threading.get_ident if threading.get_ident.__module__ == "gevent.thread" else None


def _beside_threads(gevent: Any) -> Callable[[], int]:
    if get_ident.__module__ == __name__:
        return get_ident
    current, thread = gevent.getcurrent, threading.get_ident

    def identity() -> int:
        greenlet = current()
        return thread() if greenlet.parent is None else -id(greenlet)

    return identity


def is_greenlet(key: Key | None) -> bool:
    """Return whether *key* may be that of a greenlet, which ends without its thread."""
    return greenlets and type(key) is int and (key < 0 or _patched() is not None)


def lane_key(me: int) -> Key:
    """Return the key of the task that runs in the current thread, whose identity is *me*; *me* if there is none."""
    events = sys.modules.get("asyncio.events")
    if events is None:
        return me
    loop = events._get_running_loop()
    if loop is None:
        return me
    if current_tasks is True:
        task = sys.modules["asyncio.tasks"].current_task(loop)
    else:
        task = current_tasks.get(loop)
    return me if task is None else (me, _number_of(task), _name_of(task))


def _number_of(task: Any) -> int:
    global _last_task
    known = _tasks.get(id(task))
    if known is not None and known[0]() is task:
        return known[1]
    if len(_tasks) >= MAX_TASKS_REMEMBERED:
        for address, (reference, _) in list(_tasks.items()):
            if reference() is None:
                _tasks.pop(address, None)
        if len(_tasks) >= MAX_TASKS_REMEMBERED:
            _tasks.clear()
    _last_task += 1
    _tasks[id(task)] = weakref.ref(task), _last_task
    return _last_task


def _name_of(task: Any) -> str:
    tasks = sys.modules["asyncio.tasks"]
    known = tasks.Task
    if type(task) is not known:
        # Not task.get_name(): a class of the app's own may have overridden it.
        bases = type.__dict__["__mro__"].__get__(type(task))
        known = next((kind for kind in (known, vars(tasks).get("_PyTask")) if kind in bases), None)
    name = None if known is None else known.get_name(task)
    return name[:MAX_TASK_NAME] if type(name) is str else "task"
