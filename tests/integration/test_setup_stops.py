"""Where ``user-metadata setup`` stops before any change: foreign text, forged text, what is not ours."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE, CLIENT, SCOPE
from tests.integration.commands import Outcome, of, user_metadata
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar

DOCUMENT = json.dumps(
    {"format": 1, "revision": 1, "entries": {"role": {"value": "admin", "profileClaim": True, "revision": 1}}}
)


def hold(realm: Realm, text: str, *, policy: str | None = "ADMIN_EDIT") -> None:
    """Let a user of an unprepared realm hold a text under our name; leave the realm with a policy."""
    profile = realm.admin.get_realm_users_profile()
    realm.admin.update_realm_users_profile({**profile, "unmanagedAttributePolicy": "ADMIN_EDIT"})
    realm.user(attributes={ATTRIBUTE: [text]})
    realm.admin.update_realm_users_profile(
        {**profile, **({"unmanagedAttributePolicy": policy} if policy else {})}
    )


def assert_stopped(outcome: Outcome, realm: Realm, *, message: str) -> None:
    """It said why, in one line, and changed nothing."""
    assert (outcome.code, outcome.out) == (1, "")
    assert re.fullmatch(f"error .*{message}.*\n", outcome.err), outcome.err
    declared = [attribute["name"] for attribute in realm.admin.get_realm_users_profile()["attributes"]]
    assert ATTRIBUTE not in declared


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--trust-existing-documents",)])
@pytest.mark.parametrize("text", ["theme=dark", "{}", '{"format": 2, "entries": {}}', DOCUMENT[:-1]])
def test_foreign_text_stops_it(bare_realm: Realm, text: str, options: tuple[str, ...]) -> None:
    """Text under our name that is not a document of ours is counted and left alone, whatever the options."""
    hold(bare_realm, text)
    hold(bare_realm, DOCUMENT)

    outcome = user_metadata("setup", *options, **of(bare_realm))

    assert_stopped(outcome, bare_realm, message=f"1 user holds .*{ATTRIBUTE}")


def test_documents_that_users_may_have_forged_stop_it(
    bare_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Under the policy ENABLED a document found unsealed is believed on demand only."""
    hold(bare_realm, DOCUMENT, policy="ENABLED")

    outcome = user_metadata("setup", **of(bare_realm))

    assert_stopped(outcome, bare_realm, message="1 user holds .*--trust-existing-documents")
    trusting = user_metadata("setup", "--trust-existing-documents", **of(bare_realm))
    (holder,) = bare_realm.admin.get_users()
    assert trusting.code == 0
    assert sidecar_of(bare_realm).entries(holder["id"]) == {"role": "admin"}


def test_documents_that_users_may_edit_by_declaration_stop_it(bare_realm: Realm) -> None:
    """It is the same when the attribute is declared and its users may edit it."""
    hold(bare_realm, DOCUMENT, policy=None)
    profile = bare_realm.admin.get_realm_users_profile()
    open_to_users = {"name": ATTRIBUTE, "permissions": {"view": ["user"], "edit": ["user"]}}
    profile["attributes"].append(open_to_users)
    bare_realm.admin.update_realm_users_profile(profile)

    outcome = user_metadata("setup", **of(bare_realm))

    assert (outcome.code, outcome.out) == (1, "")
    assert "--trust-existing-documents" in outcome.err


@pytest.mark.parametrize("policy", [None, "ADMIN_VIEW", "ADMIN_EDIT"])
def test_documents_that_only_administrators_wrote_are_kept(bare_realm: Realm, policy: str | None) -> None:
    """Where users cannot write undeclared attributes, a document came from us or from an administrator."""
    hold(bare_realm, DOCUMENT, policy=policy)

    assert user_metadata("setup", **of(bare_realm)).code == 0


def test_a_sealed_realm_trusts_its_documents_whatever_its_policy(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Once sealed, a realm with documents and the policy ENABLED is set up again without ado."""
    sidecar_of(fresh_realm).put(fresh_realm.user(), "theme", "dark")
    profile = fresh_realm.admin.get_realm_users_profile()
    fresh_realm.admin.update_realm_users_profile({**profile, "unmanagedAttributePolicy": "ENABLED"})

    assert user_metadata("setup", **of(fresh_realm)).code == 0


@pytest.mark.parametrize(
    "client", [{"protocol": "saml"}, {"publicClient": True}, {"serviceAccountsEnabled": True, "secret": "s"}]
)
def test_another_client_of_our_name_stops_it(bare_realm: Realm, client: dict[str, Any]) -> None:
    """An application that happens to be called like our client is nobody's to reshape."""
    bare_realm.admin.create_client({"clientId": CLIENT, **client})

    outcome = user_metadata("setup", **of(bare_realm))

    assert_stopped(outcome, bare_realm, message=f"client {CLIENT} that is something else")


@pytest.mark.parametrize("protocol", ["saml", "openid-connect"])
def test_another_scope_of_our_name_stops_it(bare_realm: Realm, protocol: str) -> None:
    """A SAML scope, or one with mappers and none of ours among them, is something else."""
    types = {"saml": "saml-hardcode-attribute-mapper", "openid-connect": "oidc-hardcoded-claim-mapper"}
    mapper = {"name": "x", "protocol": protocol, "protocolMapper": types[protocol], "config": {}}
    bare_realm.admin.create_client_scope({"name": SCOPE, "protocol": protocol, "protocolMappers": [mapper]})

    outcome = user_metadata("setup", **of(bare_realm))

    assert_stopped(outcome, bare_realm, message=f"client scope {SCOPE} that is something else")


def test_unknown_and_unfit_clients_stop_it(bare_realm: Realm) -> None:
    """All clients named are looked at before the first change."""
    bare_realm.client("shop")
    bare_realm.admin.create_client({"clientId": "old-app", "protocol": "saml"})

    unknown = user_metadata("setup", "--client", "shop", "--client", "shopp", **of(bare_realm))
    unfit = user_metadata("setup", "--client", "shop", "--client", "old-app", **of(bare_realm))

    assert_stopped(unknown, bare_realm, message="no client shopp")
    assert_stopped(unfit, bare_realm, message="old-app: bearer-only or SAML")
