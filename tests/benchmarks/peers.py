"""Owns what is compared: how each of them is asked to read and to write, as bytes; sends nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Protocol
from urllib.parse import urlsplit

from tests.benchmarks.meters import Meter


class Peer(Protocol):
    """One of the ways to keep metadata."""

    @property
    def urls(self) -> Sequence[str]:
        """Where it listens."""

    @property
    def meter(self) -> Meter:
        """What it takes."""

    def reading(self, user: str) -> bytes:
        """Ask for all metadata of a user."""

    def writing(self, user: str, key: str, value: object) -> bytes:
        """Ask to write one entry."""


@dataclass(frozen=True)
class Served:
    """An HTTP API with our routes: the sidecar's, or *usual*'s."""

    urls: Sequence[str]
    token: str
    meter: Meter

    def reading(self, user: str) -> bytes:
        """Ask for all metadata of a user."""
        return request("GET", self.urls[0], f"/api/user/{user}/metadata", self.token)

    def writing(self, user: str, key: str, value: object) -> bytes:
        """Ask to write one entry."""
        path = f"/api/user/{user}/metadata/{key}"
        return request("PUT", self.urls[0], path, self.token, {"value": value})


@dataclass(frozen=True)
class Direct:
    """The extension, without the sidecar."""

    urls: Sequence[str]
    realm: str
    token: str
    meter: Meter

    def reading(self, user: str) -> bytes:
        """Ask for a user's document."""
        return request("GET", self.urls[0], f"{self.path}/document?user={user}", self.token)

    def writing(self, user: str, key: str, value: object) -> bytes:
        """Ask to set one entry."""
        change = {"set": {key: {"value": value, "profileClaim": False}}}
        path = f"{self.path}/change?user={user}&entries=named"  # as the sidecar asks
        return request("POST", self.urls[0], path, self.token, change)

    @property
    def path(self) -> str:
        """Where the extension is, below Keycloak's address."""
        return f"/admin/realms/{self.realm}/user-metadata"


def request(method: str, url: str, path: str, token: str, body: Mapping[str, object] | None = None) -> bytes:
    """Write a request as it goes over the wire; ``body`` goes as JSON."""
    sent = b"" if body is None else json.dumps(body).encode()
    declared = f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}{declared}\r\n".encode() + sent


def posting(url: str, path: str, form: str) -> bytes:
    """Write a form as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    return f"{head}{kind}{form}".encode()


class Repeating:
    """Asks the same things in turn."""

    def __init__(self, requests: Sequence[bytes], first: int = 0) -> None:
        self._requests = cycle([*requests[first:], *requests[:first]])

    def next_request(self) -> bytes:
        """Give the next request."""
        return next(self._requests)

    def answered(self, status: int, answer: bytes) -> None:
        """Take it as it comes; failures are counted elsewhere."""


@dataclass
class Writer:
    """Writes a key of its own to its users in turn, another value each time; remembers what was stored."""

    peer: Peer
    users: Sequence[str]
    key: str
    acknowledged: dict[str, int] = field(default_factory=dict)
    _written: int = 0

    def next_request(self) -> bytes:
        """Write the next value."""
        self._written += 1
        return self.peer.writing(self._user, self.key, self._written)

    def answered(self, status: int, answer: bytes) -> None:
        """Remember what was promised to be stored."""
        del answer
        if status < 400:
            self.acknowledged[self._user] = self._written

    @property
    def _user(self) -> str:
        return self.users[self._written % len(self.users)]
