"""Doctors as the commands want them."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence

from flaskscope.config import doctor_settings
from flaskscope.doctor import Doctor


def doctors(allow: Sequence[str]) -> Callable[[], Doctor]:
    """Return what makes doctors without the rules in *allow*, and as the environment says.

    Raises:
        UnknownRuleError: If a name is no rule's.
        SettingError: If a setting cannot be used.
    """
    allowed, stale_seconds = doctor_settings()

    def make() -> Doctor:
        return Doctor({*allow, *allowed}, lines=linecache.getlines, stale_request_seconds=stale_seconds)

    make()  # so that it is refused now
    return make
