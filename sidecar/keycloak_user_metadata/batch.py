"""Owns that what comes in numbers is done together, and soon; does not know what it is.

What is done after each request finds the processor's caches full of other things. Many of a kind, done one
after another, take a fraction of the time each.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

LONGEST_WAIT = 0.05  # seconds
MOST = 500

_Item = TypeVar("_Item")


class Batch(Generic[_Item]):
    """Does things in the order in which they came: one that comes alone at once, others after a short wait.

    Belongs to the event loop that adds to it.
    """

    def __init__(self, do: Callable[[_Item], None]) -> None:
        self._do = do
        self._waiting: list[_Item] = []
        self._timer: asyncio.TimerHandle | None = None
        self._done_at = -LONGEST_WAIT
        self._closed = False

    def add(self, item: _Item) -> None:
        """Take one; it is done within ``LONGEST_WAIT``, or when there are ``MOST``."""
        self._waiting.append(item)
        if self._timer is None and not self._closed and time.monotonic() - self._done_at < LONGEST_WAIT:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self._do_all)
        elif self._timer is None or len(self._waiting) >= MOST:
            self._do_all()

    def close(self) -> None:
        """Do what has come, and at once whatever else comes: the loop may end before a timer does."""
        self._closed = True
        self._do_all()

    def _do_all(self) -> None:
        if self._timer:
            self._timer.cancel()
        waiting, self._waiting, self._timer = self._waiting, [], None
        for item in waiting:
            self._do(item)
        self._done_at = time.monotonic()
