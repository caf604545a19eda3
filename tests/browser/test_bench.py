"""The benchmark that is run by hand still runs. What it measures decides nothing here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Seconds for a run on a busy machine; alone it takes about fifteen.
DEADLINE_SECONDS = 240

ROOT = Path(__file__).parent.parent.parent


def test_the_benchmark_prints_its_ratios(chromium: str) -> None:
    """In a small part of its size, and without what it installs."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.browser.bench.compare", "--quick"],
        cwd=ROOT,
        env={**os.environ, "CHROMIUM": chromium},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    for told in (
        "first paint of all",
        "bytes of heap an event",
        "frame, steps axis",
        "frame, time axis",
        "of the main thread (aim",
        "painted",
    ):
        assert told in ended.stdout, ended.stdout
