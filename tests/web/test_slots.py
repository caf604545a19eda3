"""How many streams a server bears, and what is said when there is no place."""

from __future__ import annotations

from typing import Any

import pytest

from flaskscope.web.slots import Held, Slots, full
from flaskscope.web.worker import GunicornWorker, WaitressPool


class Config:
    def __init__(self, threads: int) -> None:
        self.threads = threads


class AWorker:
    """The part of gunicorn's worker that is looked at."""

    def __init__(self, threads: int) -> None:
        self.cfg = Config(threads)
        self.alive = True


def a_worker(threads: int) -> GunicornWorker:
    return GunicornWorker(AWorker(threads), has_threads=True)


class TestTake:
    def test_there_are_as_many_as_there_are(self) -> None:
        slots = Slots(2)

        assert [True, True, False] == [slots.take() for _ in range(3)]
        slots.give_back()
        assert slots.take()

    def test_all_take_threads_of_the_same_server(self) -> None:
        """Pages and processes that send share them: of eight, two are left for the app, whoever came first."""
        held = Held()
        pages, feeds = Slots(24, held), Slots(64, held)
        for _ in range(4):
            assert feeds.take(6)

        assert [True, True, False] == [pages.take(6) for _ in range(3)]
        assert not feeds.take(6)
        feeds.give_back()
        assert [True, False] == [Slots(24, held).take(6) for _ in range(2)]


class TestFull:
    @pytest.mark.parametrize(
        ("worker", "sentences"),
        [
            (None, ("24 streams are open already: pages, or processes that send here.", "Close one.")),
            (
                a_worker(40),
                ("24 streams are open already: pages, or processes that send here.", "Close one."),
            ),
            (
                a_worker(3),
                (
                    "1 stream is open already (pages, or processes that send here), and the app needs the rest.",
                    "Close one, or start gunicorn with --threads 8 or more.",
                ),
            ),
            (
                a_worker(2),
                (
                    "This gunicorn worker has too few threads for a live dashboard: the app needs them.",
                    "Start gunicorn with --threads 8 or more.",
                ),
            ),
        ],
    )
    def test_what_is_wrong_and_what_to_do_is_said(self, worker: Any, sentences: tuple[str, str]) -> None:
        assert sentences == full(worker, 24)

    def test_waitress_is_told_its_own_way(self) -> None:
        class Dispatcher:
            threads = (1, 2)
            stop_count = 0

        assert "Start waitress with threads=8 or more." == full(WaitressPool(Dispatcher()), 24)[1]
