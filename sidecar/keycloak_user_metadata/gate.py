"""Owns how many connections are open and how long each may wait; does not read what is sent on them.

A connection waits when the next thing to happen is its client's to do. A full house makes room for a newcomer
by ending the one that has waited longest: an idle one costs its client a new connection, at most. One whose
request is being served is never ended; when all are, the newcomer is told to come back.
"""

import asyncio
from typing import Protocol

NEVER = float("inf")

# Seconds between two looks at the clock: one for all connections, since a timer for each costs every request.
_TICK = 0.5


class Guest(Protocol):
    """A connection: since when it waits, or None; until when that may last."""

    waits_since: float | None

    @property
    def patience_ends(self) -> float:
        """When something must have happened, by the clock of the event loop."""

    def lose_patience(self, now: float) -> None:
        """Do what there is to do when that did not happen."""

    def make_room(self) -> None:
        """End the connection."""


class Gate:
    """The open connections of one server. Used within a running event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._guests: set[Guest] = set()
        self._ticking: asyncio.TimerHandle | None = None

    def enter(self, guest: Guest) -> bool:
        """Let a connection in; tell whether there is room for its requests, too."""
        room = len(self._guests) < self._most or self._make_room()
        self._guests.add(guest)
        if self._ticking is None:
            self._tick()
        return room

    def leave(self, guest: Guest) -> None:
        """Forget a connection that has ended."""
        self._guests.discard(guest)

    def _make_room(self) -> bool:
        waiting = [(guest.waits_since, guest) for guest in self._guests if guest.waits_since is not None]
        if not waiting:
            return False
        _, longest = min(waiting, key=lambda pair: pair[0])
        self.leave(longest)
        longest.make_room()
        return True

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for guest in [guest for guest in self._guests if guest.patience_ends <= now]:
            guest.lose_patience(now)
        self._ticking = loop.call_later(_TICK, self._tick) if self._guests else None
