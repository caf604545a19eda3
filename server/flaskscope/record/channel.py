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
        watch_teardowns: Hooks the calls of teardown functions, for all of them too.
    """

    __slots__ = (
        "__weakref__",
        "app",
        "append",
        "by_hand",
        "copies",
        "failed_hooks",
        "failures",
        "is_plain",
        "is_recording",
        "is_secret",
        "known_secrets",
        "next_context",
        "next_order",
        "numbers_of_two",
        "orders",
        "numbers",
        "own_g",
        "interface",
        "interface_name",
        "ring",
        "request_class",
        "sees_teardowns",
        "session_class",
        "session_has_flags",
        "session_kind",
        "sessions",
        "size_of_session",
        "started_ns",
        "turn_off",
        "unusual_requests",
        "watch_teardowns",
        "watched",
    )

    def __init__(
        self,
        app: Flask,
        is_secret: SecretNames,
        capacity: int,
        turn_off: Callable[[str], None],
        watch_teardowns: Callable[[], None],
    ) -> None:
        # When the app goes, its entry goes, in C: a callback written in Python would run inside the garbage collector,
        # where an exception of a signal handler of the app's would be lost.
        self.app = weakref.ref(app, partial(channels.pop, id(app)))
        self.ring: deque[tuple[Any, ...]] = deque(maxlen=capacity)
        self.append = self.ring.append
        #: Places in the order of records. Hooks that run often ask for the ``next`` of it, which costs less.
        self.orders = itertools.count(1)
        self.next_order = self.orders.__next__
        contexts = itertools.count(1)
        self.next_context = contexts.__next__
        #: Two numbers at once, for the two contexts of a request.
        self.numbers_of_two = zip(contexts, contexts, strict=True)
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
        #: Whether neither the app nor its rules find attributes in a way of their own; the class of the requests of
        #: which that is known, too, and the last one that does. See `reads_plainly`.
        self.is_plain = False
        self.request_class: type[Any] | None = None
        self.unusual_requests: type[Any] | None = None
        #: The class of the session that was seen last, the name of its interface and whether it is a null session,
        #: whether its flags are attributes, and what tells its length, below 0 if that is unknown. See
        #: `SessionHooks.note_class`.
        self.session_class: type[Any] | None = None
        self.session_kind: tuple[str, bool] = ("", False)
        self.session_has_flags = False
        self.size_of_session: Callable[[Any], int] = dict.__len__
        self.sessions: Any = None  # `flaskscope.record.session.SessionHooks`, which needs what is here
        self.turn_off = turn_off
        #: Whether teardown functions are seen: an app without any does not pay for that.
        self.sees_teardowns = False
        self.watch_teardowns = watch_teardowns
        #: Whether hooks are in place for it. Threads that are in one may go on for a moment after that.
        self.is_recording = False
        self.failures = 0
        self.failed_hooks: dict[str, int] = {}
        self.started_ns = time.perf_counter_ns()

    def reads_plainly(self, app: Any, request: Any) -> bool:
        """Return whether reading attributes of *app*, of *request* and of its rule runs no code of the app's."""
        requests = type(request)
        if requests is self.unusual_requests:
            return False
        rules = object.__getattribute__(app, "url_rule_class")
        self.is_plain = _has_plain(type(app), _READ_OF_APPS) and _has_plain(rules, _READ_OF_RULES)
        plain = self.is_plain and _has_plain(requests, _READ_OF_REQUESTS)
        if plain:
            self.request_class = requests
        else:
            self.unusual_requests = requests
        return plain

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
        *again* (its session is open, or Flask is about to stream with it), and was numbered at its first push. Up to
        Flask 3.1 nobody can know that of an app context.
        """
        known = self.by_hand.get(id(context))
        if known is not None and known[0]() is context:
            return known[1]
        number = self.numbers.get(id(context)) if again else None
        if number is None or (known is not None and number == known[1]):
            # Also where the number is that of one which was at this address, was never popped, and is gone.
            number = self.new_number(context)
        self.numbers[id(context)] = number
        self.watch(number, self.remember(context, number))
        return number

    def remember(self, context: object, number: int) -> weakref.ref[Any]:
        """Have `number_by_hand` return *number* for *context* as long as that lives."""
        if len(self.by_hand) >= REMEMBERED_CONTEXTS:
            self.by_hand.clear()
        reference, _ = self.by_hand[id(context)] = weakref.ref(context), number
        return reference

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


#: What hooks read of an app, of a rule and of a request.
_READ_OF_APPS: Final = ("session_interface", "teardown_appcontext_funcs", "teardown_request_funcs")
_READ_OF_RULES: Final = ("endpoint", "rule")
_READ_OF_REQUESTS: Final = ("environ", "method", "url_rule")

#: The answers of `_has_plain` by the address of the class, which is held weakly: a suite of tests makes a thousand apps
#: of one class, and to look takes longer than to record a request. Past the limit all are forgotten.
_known_plain: Final[dict[tuple[int, tuple[str, ...]], tuple[weakref.ref[type[Any]], bool]]] = {}
MAX_KNOWN_PLAIN: Final = 1_000


def _has_plain(kind: object, names: tuple[str, ...]) -> bool:
    """Return whether *kind* is a class, and attributes of the *names* of its instances are read without code of it."""
    if not isinstance(kind, type):
        return False
    known = _known_plain.get((id(kind), names))
    if known is not None and known[0]() is kind:
        return known[1]
    if len(_known_plain) >= MAX_KNOWN_PLAIN:
        _known_plain.clear()
    answer = _looks_up_plainly(kind) and not any(_is_computed(kind, name) for name in names)
    _known_plain[id(kind), names] = weakref.ref(kind), answer
    return answer


def _looks_up_plainly(kind: type[Any]) -> bool:
    return (
        getattr_static(kind, "__getattribute__") is object.__getattribute__
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

#: The request that each thread is in, from when `Flask.wsgi_app` has pushed its contexts until they are popped: its
#: context, its ``g``, its session (``None`` if `session_owners` has it), the channel, and the numbers of the request
#: context and of the app context. Neither ``g`` nor session are in the tables above then: noting them there and
#: striking them out again would cost every request, and many use neither.
in_progress: dict[int, tuple[Any, ...]] = {}

#: The places in what `in_progress` holds.
(OF_CONTEXT, OF_G, OF_SESSION, OF_CHANNEL, OF_NUMBER, OF_APP_NUMBER) = range(6)

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
    owner = g_owners.get(id(context.g)) or owner_in_progress(context.g)
    return owner[1] if owner is not None and owner[0] is channel else 0


def owner_in_progress(used: object) -> tuple[Any, ...] | None:
    """Return who owns a ``g`` or a session that is *used*, of all requests in progress."""
    for held in list(in_progress.values()):
        if held[OF_G] is used:
            return held[OF_CHANNEL], held[OF_APP_NUMBER]
        if held[OF_SESSION] is used and used is not None:
            return held[OF_CHANNEL], held[OF_NUMBER], None
    return None


def release(thread: int, context: object) -> None:
    """Note in the tables who owns what the request of *thread*, and that of *context*, has: it goes an unusual way."""
    for other, held in list(in_progress.items()):
        if other == thread or held[OF_CONTEXT] is context:
            in_progress.pop(other, None)
            _, g, session, channel, number, app_number = held
            g_owners[id(g)] = channel, app_number
            if session is not None:
                session_owners[id(session)] = channel, number, None
