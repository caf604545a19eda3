"""Does the demo's background job or its scheduled task in a process of its own, as a queue's worker or cron would.

``python -m flaskscope.demo.worker job``, or ``schedule``.
"""

from __future__ import annotations

import os
import sys

from flaskscope import FlaskScope
from flaskscope.demo import by_hand
from flaskscope.demo.app import create_app

_WORK = {"job": by_hand.run_background_job, "schedule": by_hand.run_scheduled_task}


def main() -> None:
    """Do what the first argument names, and say what it saw; FlaskScope tells the hub that the environment names."""
    app = create_app()
    if os.environ.get("FLASKSCOPE_HUB_URL"):
        FlaskScope(app)
    print(_WORK[sys.argv[1]](app))


if __name__ == "__main__":
    main()
