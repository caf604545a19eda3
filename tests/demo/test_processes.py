"""A process for a piece of the demo: its status, its limits."""

from __future__ import annotations

import time

from flaskscope.demo.processes import run_python


def test_both_outputs_come_back_in_order_with_the_exit_status() -> None:
    code = "import sys; print('one', flush=True); print('två', file=sys.stderr); sys.exit(3)"

    exited = run_python(["-c", code])

    assert exited.status == 3
    assert exited.output == "one\ntvå\n"


def test_one_that_takes_too_long_is_ended() -> None:
    began = time.monotonic()

    exited = run_python(
        ["-c", "print('here', flush=True); input_never = __import__('time').sleep(60)"], time_limit_seconds=2
    )

    assert exited.status is None
    assert exited.output == "here\n"
    assert time.monotonic() - began < 30


def test_one_that_writes_too_much_is_cut_at_the_beginning() -> None:
    exited = run_python(["-c", "print('x' * 5_000_000); print('the end')"], max_output=1_000)

    assert exited.status == 0
    assert len(exited.output) == 1_000
    assert exited.output.startswith("[The first 4,999,")
    assert exited.output.endswith("x\nthe end\n")


def test_it_finds_the_package_that_is_tested() -> None:
    import flaskscope.demo as tested

    exited = run_python(["-c", "import flaskscope.demo; print(flaskscope.demo.__file__)"])

    assert exited.output.strip() == tested.__file__


def test_it_cannot_wait_for_input() -> None:
    exited = run_python(["-c", "import sys; print(repr(sys.stdin.read()))"])

    assert exited.output == "''\n"
