"""The realm's signing keys come and go, and invented ones cost next to nothing."""

import threading
import uuid
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import jwt
import pytest

from dev.server import KeycloakServer
from tests.integration.crowds import at_once, crowd
from tests.integration.distant import issuer_of
from tests.integration.forge import add_key_provider, header_of, new_key
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar, running_sidecar
from tests.integration.tokens import claims_of

INTRUDERS, ATTEMPTS = 5, 60
FEW_FETCHES = 20
UNKNOWN_KEY = "The token is signed with a key that the realm does not have."


def rotate(realm: Realm) -> None:
    """Let the realm sign with a new key from now on; the old one stays good for what it has signed."""
    config = {"priority": ["1000"], "algorithm": ["RS256"]}
    add_key_provider(realm, "rsa-generated", config)


def old_providers(realm: Realm) -> list[dict[str, Any]]:
    """Find what holds the keys that the realm signed with before it rotated them."""
    found: list[dict[str, Any]] = realm.admin.get_components({"type": "org.keycloak.keys.KeyProvider"})
    return [
        provider
        for provider in found
        if provider["providerId"] == "rsa-generated" and provider["config"]["priority"] == ["100"]
    ]


def test_a_token_of_a_new_key_counts_at_once(
    fresh_realm: Realm, sidecar_of: Callable[[Realm], Sidecar]
) -> None:
    """The first request with a token of a rotated key succeeds, and the old key's tokens go on."""
    sidecar = sidecar_of(fresh_realm)
    old, user = sidecar.token, fresh_realm.user()
    before = sidecar.put(user, "theme", "Dark")

    rotate(fresh_realm)
    new = fresh_realm.token("manage-metadata")
    after = sidecar.as_caller(new).put(user, "theme", "Light")

    assert header_of(new)["kid"] != header_of(old)["kid"]
    assert (before.status_code, after.status_code) == (201, 200)
    assert sidecar.as_caller(old).read(user).status_code == 200


@pytest.mark.parametrize("way", ["disabled", "removed"])
def test_the_tokens_of_a_key_that_is_gone_are_refused(
    fresh_realm: Realm, sidecar_of: Callable[[Realm], Sidecar], way: str
) -> None:
    """When a key is taken from the realm, a token it signed is refused on the very next request."""
    sidecar = sidecar_of(fresh_realm)
    old, user = sidecar.token, fresh_realm.user()
    sidecar.put(user, "theme", "Dark")
    rotate(fresh_realm)
    new = fresh_realm.token("manage-metadata")

    for provider in old_providers(fresh_realm):
        if way == "removed":
            fresh_realm.admin.delete_component(str(provider["id"]))
        else:
            config = {**provider["config"], "enabled": ["false"], "active": ["false"]}
            fresh_realm.admin.update_component(str(provider["id"]), {**provider, "config": config})

    assert_problem(sidecar.as_caller(old).put(user, "theme", "Light"), "invalid_token")
    assert_problem(sidecar.as_caller(old).read(user), "invalid_token")
    assert sidecar.as_caller(new).read(user).json()["metadata"][0]["value"] == "Dark"


def test_invented_keys_cost_little_and_disturb_nobody(
    distant_realm: Realm, distant_keycloak: KeycloakServer
) -> None:
    """Three hundred tokens of as many unknown keys lead to a few fetches; meanwhile others are served."""
    user, over = distant_realm.user(), threading.Event()
    fetch = f'"GET /realms/{distant_realm.name}/protocol/openid-connect/certs '

    def intrude(client: Sidecar) -> list[str]:
        """Come with a token like the client's own, each time signed with another key."""
        claims, codes = claims_of(client.token), []
        for _ in range(ATTEMPTS):
            token = jwt.encode(claims, key, "RS256", {"kid": uuid.uuid4().hex})
            problem = assert_problem(client.as_caller(token).put(user, "theme", "theirs"), "invalid_token")
            codes.append(problem["detail"])
        return codes

    def intrude_together(clients: list[Sidecar]) -> list[str]:
        try:
            return list(chain.from_iterable(at_once([partial(intrude, client) for client in clients])))
        finally:
            over.set()

    def go_about(client: Sidecar) -> list[str]:
        statuses: list[str] = []
        while not over.is_set():
            statuses.append(str(client.put(user, "turn", len(statuses)).status_code))
        return statuses

    key = new_key()
    with (
        running_sidecar(distant_realm, issuer=issuer_of(distant_realm)) as sidecar,
        crowd(INTRUDERS + 1, sidecar) as [visitor, *intruders],
    ):
        visitor.put(user, "turn", "first")
        before = distant_keycloak.log_text().count(fetch)
        refusals, visits = at_once([partial(intrude_together, intruders), partial(go_about, visitor)])
        fetches = distant_keycloak.log_text().count(fetch) - before

    assert refusals == [UNKNOWN_KEY] * INTRUDERS * ATTEMPTS
    assert 0 < fetches <= FEW_FETCHES
    assert set(visits) == {"200"}
