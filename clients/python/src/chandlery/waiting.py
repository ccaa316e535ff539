"""Waiting for what the server does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FIRST_POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 2.0


def wait_while(under_way: Callable[[T], bool], seen: T, look: Callable[[], T], timeout: float | None) -> T:
    """Looks again and again, with growing pauses, until something is not under way any more.

    Args:
        under_way: tells it of what was seen.
        seen: what was seen last.
        look: sees it anew.
        timeout: how long to wait, in seconds; `None`: as long as it takes.

    Returns:
        What was seen last; it is still under way if the time was over.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = FIRST_POLL_SECONDS
    while under_way(seen):
        left = pause if deadline is None else deadline - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
        seen = look()
    return seen
