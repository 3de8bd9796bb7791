"""Owns what the writers of a burst write: entries that tell which write they are of, and whether whole.

A register is what one kind of write replaces as a whole. Whatever is stored must be the state that a single
write left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar

Entries = Mapping[str, Any]
REPEATED = 150
USERS = 6  # of either sort


class Register(Protocol):
    """A part of a user's metadata, and how it is written."""

    @property
    def user(self) -> User:
        """Whose metadata."""

    def write(self, sidecar: Sidecar, number: int) -> httpx.Response:
        """Write the state of this number."""

    def state(self, number: int) -> Entries:
        """Give the values that the write of this number leaves."""

    def part(self, entries: Entries) -> Entries:
        """Pick out of all that is stored for the user what is this register's."""


@dataclass(frozen=True)
class Single:
    """One key, put."""

    user: User
    key: str

    def write(self, sidecar: Sidecar, number: int) -> httpx.Response:
        """Put it."""
        return sidecar.put(self.user, self.key, mark(number))

    def state(self, number: int) -> Entries:
        """One entry."""
        return {self.key: mark(number)}

    def part(self, entries: Entries) -> Entries:
        """Pick the key."""
        return _picked(entries, self.key)


@dataclass(frozen=True)
class Switch:
    """One key, put and deleted in turn."""

    user: User
    key: str

    def write(self, sidecar: Sidecar, number: int) -> httpx.Response:
        """Put it, or every other time delete it."""
        if number % 2:
            return sidecar.put(self.user, self.key, mark(number))
        return sidecar.delete(self.user, self.key)

    def state(self, number: int) -> Entries:
        """One entry, or none."""
        return {self.key: mark(number)} if number % 2 else {}

    def part(self, entries: Entries) -> Entries:
        """Pick the key."""
        return _picked(entries, self.key)


@dataclass(frozen=True)
class Pair:
    """Two keys, merged at once, one of them inside its value."""

    user: User
    key: str

    def write(self, sidecar: Sidecar, number: int) -> httpx.Response:
        """Merge."""
        patch = {key: {"value": value} for key, value in self.state(number).items()}
        return sidecar.patch(self.user, patch)

    def state(self, number: int) -> Entries:
        """Both entries say the same."""
        return {f"{self.key}-left": mark(number), f"{self.key}-right": {"inside": mark(number)}}

    def part(self, entries: Entries) -> Entries:
        """Pick both."""
        return _picked(entries, f"{self.key}-left", f"{self.key}-right")


@dataclass(frozen=True)
class Whole:
    """All of a user's entries, replaced at once."""

    user: User

    def write(self, sidecar: Sidecar, number: int) -> httpx.Response:
        """Replace all."""
        entries = [
            {"key": key, "value": value, "profileClaim": False} for key, value in self.state(number).items()
        ]
        return sidecar.replace(self.user, entries)

    def state(self, number: int) -> Entries:
        """Three entries that say the same, and one whose key does."""
        return {**dict.fromkeys(("a", "b", "c"), mark(number)), f"only-{number}": number}

    def part(self, entries: Entries) -> Entries:
        """Take all."""
        return entries


def registers_of(realm: Realm) -> list[Register]:
    """Give what a burst writes: of some new users part by part, of as many others all at once."""
    users = [realm.user(credentials=[]) for _ in range(2 * USERS)]
    parts = [kind(user, kind.__name__) for user in users[:USERS] for kind in (Single, Pair, Switch)]
    return [*parts, *(Whole(user) for user in users[USERS:])]


def mark(number: int) -> dict[str, Any]:
    """Make the value of a number: long, and saying the number from its beginning to its end."""
    return {"number": number, "text": f"{number} " * REPEATED, "again": [number] * 10}


def _picked(entries: Entries, *keys: str) -> Entries:
    return {key: entries[key] for key in keys if key in entries}
