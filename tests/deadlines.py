"""How long things may take on a machine that may be busy with others."""

from __future__ import annotations

import os

#: Seconds that an end or a restart may take with pages connected, where a core is free for it. A promise of ours.
STOP_SECONDS = 2.0


def stop_seconds() -> float:
    """Return how long an end may take now: on a machine that is busy with other things all takes its multiple."""
    return STOP_SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
