"""Where hooks put what they saw: one channel per recording, and the table that finds it.

A hook appends one flat tuple of numbers, strings and code objects to a bounded ring, and nothing else; no lock, no
formatting. Everything that needs thought happens in `numbering`, when somebody wants to see the events.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from inspect import getattr_static
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flaskscope.record import identity
from flaskscope.redaction import SecretNames
from flaskscope.snapshot import IsSecret

if TYPE_CHECKING:
    from flask import Flask

#: Records waiting to be numbered. When nobody reads, the oldest leave first; how many left is known exactly, since
#: every record carries its place in the order.
RING_CAPACITY = 100_000

#: How often one hook may fail before it is taken out. What it records is missing from then on; the others go on.
FAILURES_BEFORE_OFF = 10

#: Addresses of contexts whose numbers are remembered after they were popped, so that pushing one again is seen as
#: that. Addresses are used again and again, so this is never reached but by an app that keeps its contexts.
REMEMBERED_CONTEXTS = 50_000

logger = logging.getLogger("flaskscope")

#: The kinds of records, see `flaskscope.record.numbering` for what follows the first seven fields of each:
#: (order, at_ns, thread, kind, context, code, instruction, …)
(
    APP_PUSHED,
    REQUEST_PUSHED,
    MERGED_PUSHED,
    APP_POPPED,
    REQUEST_POPPED,
    MERGED_POPPED,
    G_SET,
    G_DELETED,
    G_MISSED,
    G_READ,
    SESSION_OPENED,
    SESSION_READ,
    SESSION_CHANGED,
    SESSION_DELETED,
    SESSION_SAVED,
    REQUEST_MATCHED,
    REQUEST_FINISHED,
    EXCEPTION,
    TEARDOWN,
    TEARDOWN_FAILED,
    ACCESS_FAILED,
    THREAD_STARTED,
    RECORDER_FAILED,
    REQUEST_ENTERED,
    REQUEST_LEFT,
) = range(25)

_module_of = type.__dict__["__module__"].__get__

_PACKAGE: Final = str(Path(__file__).resolve().parent.parent)


class Channel:
    """What the hooks need of one recording, in the fewest steps.

    Safe to use from any thread: appending to a bounded deque and advancing a counter are single steps of the
    interpreter.

    Args:
        app: The app that is recorded. It is held weakly: a recording must not keep an app alive.
        is_secret: Says of a name whether its value must not be looked at.
        capacity: Records to keep until they are numbered, at least 1.
        turn_off: Takes out the hook of a name, for all recordings of the process.
    """

    __slots__ = (
        "__weakref__",
        "app",
        "append",
        "by_hand",
        "copies",
        "failed_hooks",
        "failures",
        "is_secret",
        "known_secrets",
        "next_context",
        "next_order",
        "numbers",
        "own_g",
        "interface",
        "interface_name",
        "ring",
        "request_class",
        "session_class",
        "session_has_flags",
        "session_kind",
        "sessions",
        "size_of_session",
        "started_ns",
        "turn_off",
        "watched",
    )

    def __init__(
        self, app: Flask, is_secret: SecretNames, capacity: int, turn_off: Callable[[str], None]
    ) -> None:
        # When the app goes, its entry goes, in C: a callback written in Python would run inside the garbage collector,
        # where an exception of a signal handler of the app's would be lost.
        self.app = weakref.ref(app, partial(channels.pop, id(app)))
        self.ring: deque[tuple[Any, ...]] = deque(maxlen=capacity)
        self.append = self.ring.append
        self.next_order = itertools.count(1).__next__
        self.next_context = itertools.count(1).__next__
        #: Numbers of contexts by address; see `number_by_hand` for when an entry can be trusted.
        self.numbers: dict[int, int] = {}
        self.by_hand: dict[int, tuple[weakref.ref[Any], int]] = {}
        #: Contexts that may have been pushed by hand in a task or a greenlet, by number; see `gone`.
        self.watched: dict[int, weakref.ref[Any]] = {}
        #: Contexts made by ``copy()`` and not pushed yet, by address: the number of the one they share a request with.
        self.copies: dict[int, int | None] = {}
        self.is_secret: IsSecret = is_secret
        self.known_secrets = is_secret.known
        #: The class of the app's session interface when it was last looked at, and its name.
        self.interface: type[Any] | None = None
        self.interface_name = ""
        self.own_g: Any = None  # `flaskscope.record.own_g.OwnClasses`, likewise
        #: The app's class of requests, if neither it nor those of the app and of its rules find attributes in a way of
        #: their own.
        self.request_class: type[Any] | None = None
        #: The class of the session that was seen last, the name of its interface and whether it is a null session,
        #: whether its flags are attributes, and what tells its length, below 0 if that is unknown. See
        #: `SessionHooks.note_class`.
        self.session_class: type[Any] | None = None
        self.session_kind: tuple[str, bool] = ("", False)
        self.session_has_flags = False
        self.size_of_session: Callable[[Any], int] = dict.__len__
        self.sessions: Any = None  # `flaskscope.record.session.SessionHooks`, which needs what is here
        self.turn_off = turn_off
        self.failures = 0
        self.failed_hooks: dict[str, int] = {}
        self.started_ns = time.perf_counter_ns()

    def look_at_requests(self, app: Any) -> None:
        """Note the class of requests of *app* if reading a request and its rule runs no code of the app's."""
        requests, rules = (object.__getattribute__(app, name) for name in ("request_class", "url_rule_class"))
        plain = (
            all(_looks_up_plainly(kind) for kind in (type(app), requests, rules))
            and not any(_is_computed(requests, name) for name in ("environ", "method", "url_rule"))
            and not any(_is_computed(rules, name) for name in ("endpoint", "rule"))
        )
        self.request_class = requests if plain else None

    def new_number(self, context: object) -> int:
        """Number *context*, which is known to be a new one."""
        if len(self.numbers) >= REMEMBERED_CONTEXTS:
            self.numbers.clear()
        number = self.numbers[id(context)] = self.next_context()
        return number

    def number_by_hand(self, context: object, *, again: bool) -> int:
        """Number *context*, which somebody pushes or pops by hand.

        A context that was pushed by hand before keeps its number: it is held weakly for that. Any other address may be
        used again by a new context, so its number is believed only if the caller knows that *context* is pushed
        *again* (its session is open, or Flask is about to stream with it).
        """
        known = self.by_hand.get(id(context))
        if known is not None and known[0]() is context:
            return known[1]
        number = self.numbers.get(id(context)) if again else None
        if number is None:
            number = self.new_number(context)
        if len(self.by_hand) >= REMEMBERED_CONTEXTS:
            self.by_hand.clear()
        self.by_hand[id(context)] = reference, number = weakref.ref(context), number
        self.numbers[id(context)] = number
        self.watch(number, reference)
        return number

    def watch(self, number: int, reference: weakref.ref[Any]) -> None:
        """Take care that `gone` tells the death of a context, if a task or a greenlet may have pushed it."""
        if (identity.current_tasks or identity.greenlets) and len(self.watched) < REMEMBERED_CONTEXTS:
            self.watched[number] = reference

    def gone(self) -> set[int]:
        """Return the numbers of contexts that died since this was last asked; only of those pushed beside a task."""
        gone = {number for number, reference in list(self.watched.items()) if reference() is None}
        for number in gone:
            self.watched.pop(number, None)
        return gone

    def forget_contexts(self) -> None:
        """Forget contexts and session interface: while nothing was recorded, their addresses were used again."""
        self.numbers.clear()
        self.by_hand.clear()
        self.copies.clear()
        self.watched.clear()
        self.interface = None

    def absorbs(self, hook: str, error: Exception) -> bool:
        """Count a failure of *hook* if it is ours, and return whether it was.

        An exception that a signal handler of the app raised (a time limit, say) may surface inside a hook. It is
        the app's, and must go on: told apart by the file of the frame that raised it. One that was thrown into the
        thread by `PyThreadState_SetAsyncExc`, as RQ does it at the end of a job's time, has no frame of its own: told
        apart by its class, since hooks call nothing that raises another than Python's own, nor do any I/O.
        """
        if isinstance(error, OSError) or _module_of(type(error)) != "builtins":
            return False
        step = error.__traceback__
        if step is None:
            return False
        while step.tb_next is not None:
            step = step.tb_next
        if not step.tb_frame.f_code.co_filename.startswith(_PACKAGE):
            return False
        if isinstance(error, (RecursionError, MemoryError)):
            # The app is at its own limit, and there is no room to say more: the next order is never used, so that the
            # record which is missing is counted as lost.
            self.next_order()
            return True
        self.failures += 1
        count = self.failed_hooks[hook] = self.failed_hooks.get(hook, 0) + 1
        text = "".join(traceback.format_exception(error))[-4_000:]
        if count == 1:
            logger.error("FlaskScope failed in its hook %s; the app goes on untouched by it.\n%s", hook, text)
        off = count >= FAILURES_BEFORE_OFF
        if count == FAILURES_BEFORE_OFF:
            self.turn_off(hook)
            logger.error("FlaskScope's hook %s failed %d times: it is off, the others go on.", hook, count)
        if count == 1 or count == FAILURES_BEFORE_OFF:
            self.append(
                (
                    self.next_order(),
                    time.perf_counter_ns(),
                    threading.get_ident(),
                    RECORDER_FAILED,
                    None,
                    None,
                    0,
                    hook,
                    text,
                    count,
                    off,
                )
            )
        return True


def _looks_up_plainly(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and getattr_static(kind, "__getattribute__") is object.__getattribute__
        and getattr_static(kind, "__getattr__", None) is None
    )


def _is_computed(kind: type[Any], name: str) -> bool:
    return hasattr(type(getattr_static(kind, name, None)), "__get__")


#: The channels by the address of their app, as long as it lives and is recorded.
channels: dict[int, Channel] = {}

#: Who owns a ``g``, by its address, while a context that carries it is pushed.
g_owners: dict[int, tuple[Channel, int]] = {}

#: Who owns a session, by its address, from when it is opened until its context is popped: the channel, the number of
#: the context, and the marks of what can change inside the session (see `flaskscope.record.session_inside`), `LATE`, or
#: ``None``.
session_owners: dict[int, tuple[Any, ...]] = {}

#: Said of a session whose response has left.
LATE: Final = "late"


def number_of_its_own(channel: Channel, context: Any) -> int | None:
    """Return the number of *context*, a request context or ``None``; ``None`` unless it is one of *channel*'s app.

    While an app fails to push the context of its request, it works in that of the app around it.
    """
    if context is None or channels.get(id(context.app)) is not channel:
        return None
    return channel.numbers.get(id(context))


def number_of_app_context(channel: Channel, context: Any) -> int:
    """Return the number of an app context that is pushed; 0 if nothing is known of it.

    `Channel.numbers` does not have those that Flask pushes with a request: who owns its ``g`` is noted anyway.
    """
    owner = g_owners.get(id(context.g))
    return owner[1] if owner is not None and owner[0] is channel else 0
