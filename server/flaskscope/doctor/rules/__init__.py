"""The rules, one to a module. The order is that in which findings of one event are told."""

from __future__ import annotations

from typing import Final

from flaskscope.doctor.finding import Rule
from flaskscope.doctor.rules import (
    at_import,
    g_forgotten,
    g_hidden,
    g_lost_in_copy,
    g_shared,
    job_outside,
    left_pushed,
    outside,
    popped_wrong,
    session_late,
    session_nested,
    session_no_key,
    session_refused,
    session_too_large,
    stale_request,
    stream_abandoned,
    teardown_failed,
    teardown_repeated,
    teardown_slow,
    thread_outside,
    url_outside,
)

RULES: Final[tuple[Rule, ...]] = (
    outside.APP,
    outside.REQUEST,
    url_outside.RULE,
    at_import.RULE,
    thread_outside.RULE,
    job_outside.RULE,
    left_pushed.RULE,
    g_shared.RULE,
    stream_abandoned.RULE,
    popped_wrong.RULE,
    g_lost_in_copy.RULE,
    g_forgotten.RULE,
    g_hidden.RULE,
    session_nested.RULE,
    session_late.RULE,
    session_refused.RULE,
    session_no_key.RULE,
    session_too_large.RULE,
    teardown_failed.RULE,
    teardown_slow.RULE,
    teardown_repeated.RULE,
    stale_request.RULE,
)
