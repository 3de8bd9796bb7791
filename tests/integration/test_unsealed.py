"""A realm that does not seal the attribute is refused and emits nothing until setup mends it."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from keycloak_user_metadata.realm import ATTRIBUTE, DECLARED_LENGTH
from tests.integration.applications import Application
from tests.integration.commands import of, user_metadata
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.profiles import FORGED, declare, set_policy, standing, unseal
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

PATIENCE = 30.0
LONG_ENOUGH = {"length": {"max": DECLARED_LENGTH}}
OPEN_TO_ADMINS = {"view": ["admin"], "edit": ["admin"]}
OPEN_TO_USERS = {"view": ["user"], "edit": ["user"]}

UNSEALED = {
    "missing": (None, "not_declared"),
    "open to administrators": (
        {"permissions": OPEN_TO_ADMINS, "validations": LONG_ENOUGH},
        "permissions_declared",
    ),
    "required": ({"required": {"roles": ["admin"]}, "validations": LONG_ENOUGH}, "required_declared"),
    "for a scope": ({"selector": {"scopes": ["email"]}, "validations": LONG_ENOUGH}, "selector_declared"),
    "of no length": ({}, "length_too_small"),
    "too short": ({"validations": {"length": {"max": 65536}}}, "length_too_small"),
}


def readiness(sidecar: Sidecar, status: int) -> httpx.Response:
    """Ask whether the sidecar is ready until it answers so; an answer holds for a moment."""
    deadline = time.monotonic() + PATIENCE
    while (answer := sidecar.request("GET", "/health/ready")).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize(("declaration", "reason"), UNSEALED.values(), ids=UNSEALED.keys())
def test_an_unsealed_realm_is_refused_until_setup_mends_it(
    open_realm: Realm, open_sidecar: Sidecar, declaration: dict[str, Any] | None, reason: str
) -> None:
    """Nothing is served or emitted meanwhile, users log in; then entries and entity tags are as before."""
    jane = open_realm.user()
    for key in ("theme", "plan", "segment"):
        open_sidecar.put(jane, key, key, profile_claim=True)
    before = standing(open_sidecar, jane)

    declare(open_realm, ATTRIBUTE, declaration)

    assert_problem(open_sidecar.read(jane), "realm_not_sealed", reason=reason)
    assert_problem(open_sidecar.read(jane, "theme"), "realm_not_sealed", reason=reason)
    assert_problem(open_sidecar.put(jane, "theme", "new"), "realm_not_sealed", reason=reason)
    assert_problem(open_sidecar.delete(jane, "theme"), "realm_not_sealed", reason=reason)
    assert_problem(open_sidecar.replace(jane, []), "realm_not_sealed", reason=reason)
    assert_problem(open_sidecar.read("nobody"), "realm_not_sealed", reason=reason)
    assert_problem(readiness(open_sidecar, 503), "realm_not_sealed", reason=reason)
    tokens = open_realm.login(jane)
    assert metadata_everywhere(open_realm, tokens) == in_every_place({})

    open_realm.prepare()

    assert readiness(open_sidecar, 200).json() == {"status": "ready"}
    assert standing(open_sidecar, jane) == before
    assert len(before.claims) == 3
    assert metadata_everywhere(open_realm, open_realm.refresh(tokens)) == in_every_place(before.claims)


def test_users_of_an_unsealed_realm_log_in_through_the_browser(
    open_realm: Realm, open_sidecar: Sidecar
) -> None:
    """The login page asks for nothing more and the tokens are whole, but for the claims."""
    jane = open_realm.user()
    open_sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    unseal(open_realm)

    with Application.new(open_realm) as shop:
        identity = shop.verified_identity(shop.log_in(jane))

    assert (identity["email"], metadata_in(identity)) == (jane.email, {})


def by_policy(realm: Realm) -> str:
    """Lose the declaration under the policy ENABLED; give the reason that the realm is then refused for."""
    unseal(realm)
    set_policy(realm, "ENABLED")
    return "not_declared"


def by_declaration(realm: Realm) -> str:
    """Declare the attribute as one that users edit."""
    declare(realm, ATTRIBUTE, {"permissions": OPEN_TO_USERS, "validations": LONG_ENOUGH})
    return "permissions_declared"


@pytest.mark.parametrize("let_users_write", [by_policy, by_declaration])
def test_what_a_user_forged_is_neither_emitted_nor_served_nor_sealed(
    fresh_realm: Realm,
    sidecar_of: Callable[..., Sidecar],
    let_users_write: Callable[[Realm], str],
) -> None:
    """A user who could write the attribute has no claim of it; setup stops rather than seal it in."""
    reason = let_users_write(fresh_realm)
    forger = fresh_realm.user()
    names = {"username": forger.username, "email": forger.email, "firstName": "Jane", "lastName": "Doe"}
    token = fresh_realm.login(forger).access_token
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = f"{fresh_realm.url}/account/"
    forged = fresh_realm.http.post(url, json={**names, "attributes": {ATTRIBUTE: [FORGED]}}, headers=headers)
    assert (forged.status_code, fresh_realm.http.get(url, headers=headers).json()["attributes"]) == (
        204,
        {ATTRIBUTE: [FORGED]},
    )

    stopped = user_metadata("setup", **of(fresh_realm))

    assert stopped.code == 1
    assert "--trust-existing-documents" in stopped.err
    assert metadata_everywhere(fresh_realm, fresh_realm.login(forger)) == in_every_place({})
    assert_problem(sidecar_of(fresh_realm).read(forger), "realm_not_sealed", reason=reason)
