"""The journal: numbers without gaps, the latest events, and honest counts of the rest."""

from __future__ import annotations

import random
import threading
import tracemalloc
from collections.abc import Callable

import pytest

from flaskscope.events import Event, GDeleted, GMissed
from flaskscope.hub.journal import Journal

MakeEvent = Callable[[int], Event]


def numbers(events: list[Event]) -> list[int]:
    return [event[0] for event in events]


class TestAdd:
    def test_events_are_kept_in_the_order_of_their_numbers(self, make_event: MakeEvent) -> None:
        journal = Journal(capacity=10)

        journal.add([make_event(1), make_event(2)])
        journal.add([make_event(3)])

        assert [1, 2, 3] == numbers(journal.events())
        assert (1, 3) == journal.bounds()

    @pytest.mark.parametrize("wrong", [[1], [2], [4], [3, 5], [3, 3]])
    def test_a_gap_in_the_numbers_is_refused_and_nothing_is_kept(
        self, make_event: MakeEvent, wrong: list[int]
    ) -> None:
        journal = Journal(capacity=10)
        journal.add([make_event(1), make_event(2)])

        with pytest.raises(ValueError, match="the numbers of a recording have no gaps"):
            journal.add([make_event(number) for number in wrong])

        assert [1, 2] == numbers(journal.events())

    def test_nothing_to_add_is_no_event(self) -> None:
        journal = Journal()

        journal.add([])

        assert (1, 0) == journal.bounds()

    def test_a_journal_may_join_a_recording_that_had_begun_before(self, make_event: MakeEvent) -> None:
        journal = Journal(capacity=3)

        for number in range(501, 509):
            journal.add([make_event(number)])

        assert [506, 507, 508] == numbers(journal.events())
        assert 505 == journal.read(0, 1).missed

    @pytest.mark.parametrize("seed", range(20))
    def test_the_latest_stay_however_the_batches_fall(self, make_event: MakeEvent, seed: int) -> None:
        """Batches smaller and larger than the whole journal, at every place of its ring."""
        choose = random.Random(seed)
        capacity, last = choose.randint(1, 12), 0
        journal = Journal(capacity)

        for _ in range(40):
            batch = [make_event(last + 1 + index) for index in range(choose.randint(0, 2 * capacity + 3))]
            journal.add(batch)
            last += len(batch)

            first = max(1, last - capacity + 1)
            assert list(range(first, last + 1)) == numbers(journal.events())
            assert (first, last) == journal.bounds()

    def test_a_journal_that_keeps_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="capacity is 0"):
            Journal(0)

    def test_a_full_journal_grows_no_further(self, make_event: MakeEvent) -> None:
        """Ten times as many events as it keeps take no more than they do."""
        journal = Journal(5_000)
        taken = []

        tracemalloc.start()
        for begin in range(1, 50_000, 1_000):
            journal.add([make_event(number) for number in range(begin, begin + 1_000)])
            taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()

        assert 5_000 == len(journal.events())
        assert max(taken) < 1.1 * taken[5]

    @pytest.mark.parametrize("capacity", [1, 511, 512, 2_048, 2_559, 2_560, 3_000, 6_000])
    @pytest.mark.parametrize("batch", [1, 300, 512, 7_777])
    def test_what_was_put_away_comes_back_as_it_was(
        self, make_event: MakeEvent, capacity: int, batch: int
    ) -> None:
        """Old events are kept in another form than new ones, which nobody who reads them can tell."""
        added = [make_event(number) for number in range(1, 8_001)]
        journal = Journal(capacity)
        for begin in range(0, len(added), batch):
            journal.add(added[begin : begin + batch])

        first = journal.first

        assert added[-capacity:] == journal.events()
        assert {type(added[0])} == {type(event) for event in journal.events()}
        for after in (first - 1, first, first + 500, first + 511, first + 1_300, 7_999):
            for limit in (1, 511, 512, 2_000):
                assert added[after : after + limit] == journal.read(after, limit).events


class TestRead:
    def test_a_reader_goes_on_after_the_number_it_has(self, make_event: MakeEvent) -> None:
        journal = Journal(capacity=10)
        journal.add([make_event(number) for number in range(1, 8)])

        page = journal.read(3, 2)

        assert [4, 5] == numbers(page.events)
        assert 0 == page.missed

    def test_a_late_reader_learns_how_many_it_missed(self, make_event: MakeEvent) -> None:
        journal = Journal(capacity=2)
        journal.add([make_event(number) for number in range(1, 6)])

        page = journal.read(0, 10)

        assert [4, 5] == numbers(page.events)
        assert 3 == page.missed

    @pytest.mark.parametrize("after", [5, 6, 1_000])
    def test_whoever_has_everything_gets_nothing(self, make_event: MakeEvent, after: int) -> None:
        journal = Journal(capacity=2)
        journal.add([make_event(number) for number in range(1, 6)])

        page = journal.read(after, 10)

        assert [] == page.events
        assert 0 == page.missed

    def test_an_empty_journal_has_nothing_to_miss(self) -> None:
        page = Journal().read(0, 10)

        assert [] == page.events
        assert 0 == page.missed

    def test_readers_never_see_a_gap_while_others_write(self, make_event: MakeEvent) -> None:
        """What is read plus what is counted as missed is everything, whatever the writer does meanwhile."""
        journal = Journal(capacity=50)
        problems: list[str] = []
        total = 20_000

        def write() -> None:
            for begin in range(1, total + 1, 40):
                journal.add([make_event(number) for number in range(begin, begin + 40)])

        def read() -> None:
            after = 0
            while after < total:
                page = journal.read(after, 7)
                expected = list(range(after + page.missed + 1, after + page.missed + 1 + len(page.events)))
                if numbers(page.events) != expected:
                    problems.append(f"after {after}, missed {page.missed}: {numbers(page.events)}")
                    return
                after += page.missed + len(page.events)

        threads = [threading.Thread(target=read) for _ in range(4)] + [threading.Thread(target=write)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)

        assert [] == problems
        assert not any(thread.is_alive() for thread in threads)


class TestOf:
    @pytest.mark.parametrize("capacity", [2, 900, 5_000, 10_000])
    def test_events_of_certain_kinds_can_be_had_alone(self, make_event: MakeEvent, capacity: int) -> None:
        added: list[Event] = [make_event(number) for number in range(1, 8_001)]
        for number in range(10, 8_001, 10):
            added[number - 1] = GDeleted(number, number, "g.deleted", 1, 1, 1, "user")
        journal = Journal(capacity)
        for begin in range(0, len(added), 777):
            journal.add(added[begin : begin + 777])

        found = journal.of({GDeleted})

        assert [event for event in added[-capacity:] if event.kind == "g.deleted"] == found
        assert [] == journal.of({GMissed})
