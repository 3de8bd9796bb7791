"""Keycloak goes away and comes back: what is answered meanwhile, and that nothing has to be started anew."""

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from dev.server import KeycloakServer
from tests.integration.crowds import at_once, crowd
from tests.integration.distant import issuer_of
from tests.integration.keycloaks import Keycloak
from tests.integration.outages import Silence, away, export
from tests.integration.problems import TYPE, assert_problem
from tests.integration.profiles import Standing, standing
from tests.integration.realms import Realm, User
from tests.integration.served import serving
from tests.integration.sidecars import Sidecar, running_sidecar

pytestmark = pytest.mark.timeout(600)  # two starts of Keycloak and an export are the setup of the first test

CLIENTS = 20
LIMIT = 3  # seconds the sidecar waits for a frozen Keycloak
SLOW = 10  # seconds a busy machine may add


@dataclass(frozen=True)
class Outage:
    """A Keycloak that was stopped and started again: all that was seen, in this order."""

    before: Standing
    meanwhile: Silence
    latecomer_meanwhile: httpx.Response
    exported: dict[str, Any]
    first_writes_after: list[httpx.Response]
    after: Standing
    ready_after: httpx.Response
    latecomer_after: httpx.Response
    latecomer_printed: str


@pytest.fixture(scope="module")
def user(distant_realm: Realm, distant_sidecar: Sidecar) -> User:
    """Somebody with metadata."""
    user = distant_realm.user()
    distant_sidecar.put(user, "theme", "Dark", profile_claim=True)
    return user


@pytest.fixture(scope="module")
def mover(distant_keycloak: KeycloakServer) -> Realm:
    """A prepared realm that is exported during the outage, with a user called jane."""
    realm = Realm(Keycloak.of(distant_keycloak))
    realm.prepare()
    with running_sidecar(realm, issuer=issuer_of(realm)) as sidecar:
        sidecar.put(realm.user("jane"), "theme", "Dark", profile_claim=True)
    return realm


@pytest.fixture(scope="module")
def outage(
    distant_keycloak: KeycloakServer, distant_realm: Realm, distant_sidecar: Sidecar, user: User, mover: Realm
) -> Outage:
    """Stop Keycloak, look, start it again on its data, look again."""
    settings = {
        "keycloak_url": distant_realm.keycloak.url,
        "realm": distant_realm.name,
        "issuer": issuer_of(distant_realm),
    }
    before, other = standing(distant_sidecar, user), distant_realm.user()
    with ExitStack() as opened:
        clients = opened.enter_context(crowd(CLIENTS, distant_sidecar))
        at_once([partial(client.read, user) for client in clients])  # there are pooled connections now
        with away(distant_keycloak):
            meanwhile = Silence.of(distant_sidecar, user)
            exported = export(distant_keycloak, mover)
            latecomer = opened.enter_context(serving(**settings))
            latecomer_meanwhile = latecomer.get("/health/ready")
        return Outage(
            before=before,
            meanwhile=meanwhile,
            latecomer_meanwhile=latecomer_meanwhile,
            exported=exported,
            first_writes_after=at_once(
                [partial(client.put, other, f"key-{place}", place) for place, client in enumerate(clients)]
            ),
            after=standing(distant_sidecar, user),
            ready_after=distant_sidecar.request("GET", "/health/ready"),
            latecomer_after=latecomer.wait_until("/health/ready", 200),
            latecomer_printed=latecomer.printed,
        )


def test_a_stopped_keycloak_is_told_in_time(outage: Outage) -> None:
    """While Keycloak is stopped, reading and writing answer 503 with Retry-After, and soon."""
    for call in (outage.meanwhile.read, outage.meanwhile.write):
        assert_problem(call.answer, "keycloak_unavailable")
        assert call.seconds < SLOW


def test_a_key_that_cannot_be_looked_up_is_no_reason_for_401(outage: Outage) -> None:
    """A token of a key not seen before answers 503 while Keycloak is stopped: it may be good."""
    assert_problem(outage.meanwhile.unknown_key.answer, "keycloak_unavailable")
    assert outage.meanwhile.unknown_key.seconds < SLOW


def test_not_ready_but_alive_while_keycloak_is_stopped(outage: Outage) -> None:
    """The sidecar says that it is not ready and why, and that it need not be started anew."""
    ready, live = outage.meanwhile.ready.answer, outage.meanwhile.live.answer

    assert_problem(ready, "keycloak_unavailable", detail="Keycloak cannot be reached.")
    assert (live.status_code, live.json()) == (200, {"status": "live"})


def test_the_first_requests_afterwards_succeed(outage: Outage) -> None:
    """Once Keycloak answers again, so does the sidecar, at once and on connections from before as well."""
    assert Counter(answer.status_code for answer in outage.first_writes_after) == {201: CLIENTS}
    assert (outage.ready_after.status_code, outage.ready_after.json()) == (200, {"status": "ready"})


def test_metadata_outlasts_a_restart(outage: Outage) -> None:
    """Entries, entity tag and claims are what they were before."""
    assert outage.before.claims == {"metadata_theme": "Dark"}
    assert outage.after == outage.before


def test_metadata_moves_with_its_realm(outage: Outage, mover: Realm) -> None:
    """A realm that was exported, deleted and imported has its metadata as before, and is ready at once."""
    mover.delete()

    realm = Realm(mover.keycloak, mover.name, **outage.exported)
    with running_sidecar(realm, issuer=issuer_of(realm)) as sidecar:
        ready, entry = sidecar.request("GET", "/health/ready"), sidecar.read("jane", "theme")
    claims = realm.login(User("", "jane", "")).access
    realm.http.close()

    assert (ready.status_code, entry.status_code) == (200, 200)
    assert entry.json() == {"key": "theme", "value": "Dark", "profileClaim": True}
    assert entry.headers["ETag"] == '"1"'
    assert claims["metadata_theme"] == "Dark"


def test_a_sidecar_started_meanwhile_waits(outage: Outage) -> None:
    """Started while Keycloak is stopped, the command serves, not ready, and is ready when Keycloak comes."""
    assert_problem(outage.latecomer_meanwhile, "keycloak_unavailable")
    assert outage.latecomer_after.json() == {"status": "ready"}
    first = json.loads(outage.latecomer_printed.splitlines()[0])
    assert first["level"] == "warning"
    assert first["message"].startswith("Keycloak cannot be reached.")
    assert "Traceback" not in outage.latecomer_printed


def test_a_frozen_keycloak_is_given_up_in_time(
    distant_realm: Realm, distant_keycloak: KeycloakServer, user: User
) -> None:
    """Where Keycloak takes requests and is silent, they answer 504 in time, and work afterwards."""
    with running_sidecar(distant_realm, issuer=issuer_of(distant_realm), keycloak_timeout=LIMIT) as sidecar:
        before = sidecar.read(user)
        with distant_keycloak.frozen():
            silence = Silence.of(sidecar, user)
        after = sidecar.read(user)

    for call in (silence.read, silence.write, silence.unknown_key):
        assert_problem(call.answer, "gateway_timeout")
        assert call.seconds < LIMIT + SLOW
    assert "read before you send it again" in silence.write.answer.json()["detail"]
    assert silence.ready.answer.status_code == 503
    assert silence.ready.answer.json()["type"] == f"{TYPE}keycloak_unavailable"
    assert silence.live.answer.status_code == 200
    assert (before.status_code, after.status_code) == (200, 200)
