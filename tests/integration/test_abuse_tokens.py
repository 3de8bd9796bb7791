"""Bad tokens as fast as they can be sent: each is refused, Keycloak hardly hears of it, others are served."""

import itertools
import socket
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import jwt
import pytest

from dev.server import KeycloakServer
from tests.integration.crowds import at_once
from tests.integration.distant import issuer_of
from tests.integration.forge import new_key
from tests.integration.realms import Realm
from tests.integration.served import Process, serving
from tests.integration.sieges import connect, sidecar_at, visiting
from tests.integration.tokens import claims_of

SECONDS = 8
SENDERS = 4
AT_ONCE = 8  # requests that a sender sends before it reads their answers
LEAST = 1_000  # requests of each kind, or it was no flood
FEW_FETCHES = 10
MEBIBYTE = 1_048_576
ANSWER = b"HTTP/1.1 "
END_OF_ANSWER = b'"status":401'


@pytest.fixture(scope="module")
def process(distant_realm: Realm) -> Iterator[Process]:
    """The command before a Keycloak that logs what it is asked."""
    settings = {"issuer": issuer_of(distant_realm), "log_level": "warning"}
    with serving(keycloak_url=distant_realm.keycloak.url, realm=distant_realm.name, **settings) as running:
        yield running


def invented_keys(genuine: str) -> Iterator[str]:
    """Name another key each time; the signature is never looked at."""
    head, payload, signature = genuine.split(".")
    del head
    while True:
        header = jwt.utils.base64url_encode(b'{"alg":"RS256","kid":"%s"}' % uuid.uuid4().hex.encode())
        yield f"{header.decode()}.{payload}.{signature}"


def wrong_signatures(genuine: str) -> Iterator[str]:
    """Name the realm's key, and sign with another, or change what was signed."""
    header = jwt.get_unverified_header(genuine)
    signed = jwt.encode(claims_of(genuine), new_key(), "RS256", {"kid": header["kid"]})
    stem, _, signature = signed.rpartition(".")
    for number in itertools.count():
        yield f"{stem}.{number % 10}{signature[1:]}"


def junk(genuine: str) -> Iterator[str]:
    """Send what is no token at all, short and long, and one that nobody signed."""
    none = jwt.encode(claims_of(genuine), "", "none")
    yield from itertools.cycle(["x", "a.b.c", "x" * 8_000, f"{genuine[:-20]}", none, "." * 500])


def flood(process: Process, tokens: Iterator[str], until: float) -> Counter[bytes]:
    """Send requests with these tokens until then, several at a time; count the answers by status."""
    statuses: Counter[bytes] = Counter()
    request = b"GET /api/user/jane/metadata HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n"
    with connect(process) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            batch = [request % next(tokens).encode() for _ in range(AT_ONCE)]
            connection.sendall(b"".join(batch))
            received = b""
            while received.count(END_OF_ANSWER) < AT_ONCE:
                part = connection.recv(65_536)
                assert part, f"the connection ended after {received[-200:]!r}"
                received += part
            statuses.update(part[:3] for part in received.split(ANSWER)[1:])
    return statuses


@pytest.mark.parametrize("kind", [invented_keys, wrong_signatures, junk])
def test_a_flood_of_bad_tokens_is_refused_and_disturbs_nobody(
    process: Process,
    distant_realm: Realm,
    distant_keycloak: KeycloakServer,
    kind: Callable[[str], Iterator[str]],
) -> None:
    """Each is 401, whoever means well is served, memory stays, and Keycloak is asked for keys a few times."""
    user = distant_realm.user(credentials=[])
    fetch = f'"GET /realms/{distant_realm.name}/protocol/openid-connect/certs '

    with sidecar_at(process, distant_realm) as sidecar, visiting(sidecar, user) as visits:
        genuine = sidecar.token
        before, fetches_before = process.memory, distant_keycloak.log_text().count(fetch)
        until = time.monotonic() + SECONDS
        floods = at_once([partial(flood, process, kind(genuine), until) for _ in range(SENDERS)])
        grown = process.memory - before
        fetches = distant_keycloak.log_text().count(fetch) - fetches_before

    statuses = sum(floods, Counter[bytes]())
    assert set(statuses) == {b"401"}
    assert statuses.total() >= LEAST
    assert set(visits) == {200}
    assert visits.total() > SENDERS
    assert fetches <= FEW_FETCHES
    assert grown < 20 * MEBIBYTE
