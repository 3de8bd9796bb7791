"""Owns Keycloak's absence, and what is done meanwhile; asserts nothing."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import jwt

from dev.server import KeycloakServer
from tests.integration.crowds import at_once
from tests.integration.forge import new_key
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import claims_of


@dataclass(frozen=True)
class Timed:
    """An answer, and how long it took in seconds."""

    answer: httpx.Response
    seconds: float

    @classmethod
    def of(cls, call: Callable[[], httpx.Response]) -> "Timed":
        """Make a call."""
        begin = time.monotonic()
        answer = call()
        return cls(answer, time.monotonic() - begin)


@dataclass(frozen=True)
class Silence:
    """What was answered while Keycloak did not answer."""

    read: Timed
    write: Timed
    unknown_key: Timed
    ready: Timed
    live: Timed

    @classmethod
    def of(cls, sidecar: Sidecar, user: User) -> "Silence":
        """Ask: about a user, for a change, with a token of a key never seen, and how the sidecar feels."""
        strange = jwt.encode(claims_of(sidecar.token), new_key(), "RS256", {"kid": uuid.uuid4().hex})
        calls = [
            partial(sidecar.read, user),
            partial(sidecar.put, user, "theme", "Light"),
            partial(sidecar.as_caller(strange).read, user),
            partial(sidecar.request, "GET", "/health/ready"),
            partial(sidecar.request, "GET", "/health/live"),
        ]
        return cls(*at_once([partial(Timed.of, call) for call in calls]))


@contextmanager
def away(server: KeycloakServer) -> Iterator[None]:
    """Stop a Keycloak for a while, and start it again on its data."""
    server.stop()
    try:
        yield
    finally:
        server.start()


def export(server: KeycloakServer, realm: Realm) -> dict[str, Any]:
    """Export a realm with its users while the server is stopped, as an operator does in a shell."""
    file = server.log.parent / f"{realm.name}.json"
    where = ["--optimized", "--realm", realm.name, "--users", "same_file", "--file", str(file)]
    server.run("export", *where)
    exported: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return exported
