"""Owns that what comes in numbers is done together, and soon; does not know what it is.

What is done after each request finds the processor's caches full of other things. Many of a kind, done one
after another, take a fraction of the time each.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

LONGEST_WAIT = 0.05  # seconds
MOST = 500

_Item = TypeVar("_Item")


class Batch(Generic[_Item]):
    """Does things in the order in which they came. Belongs to the event loop that adds to it."""

    def __init__(self, do: Callable[[_Item], None]) -> None:
        self._do = do
        self._waiting: list[_Item] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, item: _Item, *, at_once: bool) -> None:
        """Take one; it is done within ``LONGEST_WAIT``, or when there are ``MOST``, or now."""
        self._waiting.append(item)
        if at_once or len(self._waiting) >= MOST:
            self.do_all()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LONGEST_WAIT, self.do_all)

    def do_all(self) -> None:
        """Do all that waits."""
        if self._timer:
            self._timer.cancel()
        waiting, self._waiting, self._timer = self._waiting, [], None
        for item in waiting:
            self._do(item)
