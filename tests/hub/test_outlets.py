"""The short way to a subscriber: its outlet takes events without its thread, if nothing comes out of order by it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flaskscope.hub.hub import Hub
from flaskscope.hub.subscriber import Subscriber

if TYPE_CHECKING:
    from conftest import FedSource  # type: ignore[import-not-found]

DEADLINE_SECONDS = 10.0


class Page:
    """Takes what comes both ways, as long as it *accepts*, and notes which thread brought it."""

    def __init__(self, accepts: Callable[[], bool] = lambda: True) -> None:
        self.messages: list[dict[str, Any]] = []
        self.threads: list[str] = []
        self.is_behind = False
        self._accepts = accepts

    def offer(self, message: bytes) -> bool:
        if not self._accepts():
            return False
        self.take(message)
        return True

    def take(self, message: bytes) -> None:
        self.messages.append(json.loads(message))
        self.threads.append(threading.current_thread().name)

    @property
    def numbers(self) -> list[int]:
        return [row[0] for message in self.messages for row in message.get("rows", [])]

    @property
    def last(self) -> int:
        return max((message.get("to", 0) for message in self.messages), default=0)

    def read(self, subscriber: Subscriber, is_done: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE_SECONDS
        while not is_done():
            assert time.monotonic() < end, f"only {self.messages[-3:]}"
            message = subscriber.next(0.02)
            if message is not None:
                self.take(message)


def test_who_has_all_that_came_before_is_sent_the_next_by_the_hub_itself(hub: Hub, source: FedSource) -> None:
    page = Page()
    with hub.subscribe(page) as subscriber:
        threading.Timer(0.05, source.record, (3,)).start()
        page.read(subscriber, lambda: page.last == 3)

    assert [1, 2, 3] == page.numbers
    assert {"flaskscope-pump"} == set(page.threads)


def test_before_it_waits_nothing_is_sent(hub: Hub, source: FedSource) -> None:
    """A page is greeted first, and says where it left off."""
    page = Page()
    with hub.subscribe(page) as subscriber:
        source.record(3)
        other = Page()
        with hub.subscribe() as witness:
            source.record()
            other.read(witness, lambda: other.last == 4)
        assert [] == page.messages

        page.read(subscriber, lambda: page.last == 4)

    assert [1, 2, 3, 4] == page.numbers


def test_what_an_outlet_does_not_take_the_thread_sends(hub: Hub, source: FedSource) -> None:
    page = Page(accepts=lambda: False)
    with hub.subscribe(page) as subscriber:
        for number in range(1, 6):
            source.record()
            page.read(subscriber, lambda number=number: page.last == number)  # type: ignore[misc]

    assert [1, 2, 3, 4, 5] == page.numbers
    assert {"MainThread"} == set(page.threads)


def test_who_is_behind_is_woken_and_sent_nothing_until_that_is_over(hub: Hub, source: FedSource) -> None:
    page = Page()
    with hub.subscribe(page) as subscriber:
        page.is_behind = True
        source.record()
        begun = time.monotonic()
        assert subscriber.next(DEADLINE_SECONDS) is None
        assert time.monotonic() - begun < DEADLINE_SECONDS / 2

        page.is_behind = False
        page.read(subscriber, lambda: page.last == 1)

    assert [1] == page.numbers


def test_a_result_is_told_before_the_events_that_come_after_it(hub: Hub, source: FedSource) -> None:
    page = Page()
    with hub.subscribe(page) as subscriber:
        for step in range(1, 21):
            source.record()
            hub.publish(b'{"type":"result","n":%d}' % step)
            source.record()
            page.read(subscriber, lambda step=step: page.last == 2 * step)  # type: ignore[misc]
            page.read(subscriber, lambda step=step: {"type": "result", "n": step} in page.messages)  # type: ignore[misc]

    for step in range(1, 21):
        place = page.messages.index({"type": "result", "n": step})
        before = [row[0] for message in page.messages[:place] for row in message.get("rows", [])]
        assert 2 * step - 1 in before
    assert list(range(1, 41)) == page.numbers


def test_both_ways_together_lose_and_double_nothing(hub: Hub, source: FedSource) -> None:
    """Outlets that refuse at random, events from many threads, names that appear: all in order, for everyone."""
    chance = random.Random(17)
    pages = [Page(accepts=lambda share=share: chance.random() < share) for share in (1, 0.9, 0.5, 0.1)]  # type: ignore[misc]
    count, threads = 300, 4

    def record() -> None:
        for _ in range(count):
            source.record(chance.randrange(4))

    def follow(page: Page) -> None:
        with hub.subscribe(page) as subscriber:
            ready.wait(DEADLINE_SECONDS)
            page.read(subscriber, lambda: over.is_set() and page.last == hub.journal.last)

    ready, over = threading.Barrier(len(pages) + 1), threading.Event()
    followers = [threading.Thread(target=follow, args=(page,)) for page in pages]
    for follower in followers:
        follower.start()
    ready.wait(DEADLINE_SECONDS)
    recorders = [threading.Thread(target=record) for _ in range(threads)]
    for recorder in recorders:
        recorder.start()
    for recorder in recorders:
        recorder.join()
    hub.flush()
    over.set()
    for follower in followers:
        follower.join(DEADLINE_SECONDS)

    for page in pages:
        assert list(range(1, hub.journal.last + 1)) == page.numbers
