"""How existing clients come to carry the claims: listed, attached one by one, attached all together."""

import pytest

from keycloak_user_metadata.realm import SCOPE, mapper
from tests.integration.commands import of, user_metadata
from tests.integration.mappers import choose, detach
from tests.integration.realms import Client, Realm


@pytest.fixture
def shop(bare_realm: Realm) -> Client:
    """A client older than the preparation of its realm."""
    return bare_realm.client("shop", publicClient=True, directAccessGrantsEnabled=True)


def default_scopes(realm: Realm, client: Client) -> set[str]:
    """Read which scopes every token of a client has."""
    return {scope["name"] for scope in realm.admin.get_client_default_client_scopes(client.id)}


def test_clients_left_without_the_scope_are_listed_with_the_command(bare_realm: Realm, shop: Client) -> None:
    """Setup and check name them and the command that mends it, ready to paste; neither fails."""
    bare_realm.client("back office's")

    prepared = user_metadata("setup", **of(bare_realm))
    checked = user_metadata("check", **of(bare_realm))

    command = """user-metadata setup --client 'back office'"'"'s' --client shop, or --all-clients"""
    assert (prepared.code, prepared.levels("clients")) == (0, ["warn"])
    assert prepared.text("clients").endswith(command)
    assert (checked.code, checked.text("clients")) == (0, prepared.text("clients"))
    assert SCOPE not in default_scopes(bare_realm, shop)


def test_a_named_client_gets_the_scope(bare_realm: Realm, shop: Client) -> None:
    """With --client the tokens of that client carry the claims, and a second run changes nothing."""
    crm = bare_realm.client("crm")

    first, second = (
        user_metadata("setup", "--client", "shop", "--client", "crm", **of(bare_realm)) for _ in range(2)
    )

    assert first.lines[-3:] == [
        f"attach {SCOPE} to the client crm",
        f"attach {SCOPE} to the client shop",
        "9 changes made",
    ]
    assert second.lines == [f"nothing to change: the realm {bare_realm.name} is ready"]
    assert SCOPE in default_scopes(bare_realm, shop) & default_scopes(bare_realm, crm)


def test_an_optional_scope_becomes_a_default_one(fresh_realm: Realm) -> None:
    """A client that had to ask for the claims gets them in every token."""
    scope = fresh_realm.admin.get_client_scope_by_name(SCOPE) or {}
    app = fresh_realm.app
    fresh_realm.admin.delete_client_default_client_scope(app.id, scope["id"])
    fresh_realm.admin.add_client_optional_client_scope(app.id, scope["id"], {})

    outcome = user_metadata("setup", "--client", app.client_id, **of(fresh_realm))

    assert outcome.lines == [f"attach {SCOPE} to the client {app.client_id}", "1 change made"]
    assert SCOPE in default_scopes(fresh_realm, app)


def test_all_clients_means_those_that_get_oidc_tokens(bare_realm: Realm, shop: Client) -> None:
    """Keycloak's own, bearer-only and SAML clients are left out, and setup says so."""
    saml = bare_realm.admin.create_client({"clientId": "old-app", "protocol": "saml"})
    api = bare_realm.admin.create_client({"clientId": "api", "bearerOnly": True})
    account = str(bare_realm.admin.get_client_id("account"))

    outcome = user_metadata("setup", "--all-clients", **of(bare_realm))

    assert outcome.lines[-3:-1] == [f"attach {SCOPE} to the client shop", "8 changes made"]
    assert (outcome.levels("clients"), "are left out" in outcome.text("clients")) == (["note"], True)
    assert SCOPE in default_scopes(bare_realm, shop)
    for left_out in (saml, api, account):
        assert SCOPE not in default_scopes(bare_realm, Client(left_out, ""))
    assert user_metadata("check", **of(bare_realm)).levels("clients") == ["ok"]


def test_a_client_created_later_has_the_scope(bare_realm: Realm) -> None:
    """New clients need no command."""
    user_metadata("setup", **of(bare_realm))

    assert SCOPE in default_scopes(bare_realm, bare_realm.client())


def test_a_long_list_is_cut(bare_realm: Realm) -> None:
    """The line stays readable where hundreds of clients lack the scope."""
    for number in range(12):
        bare_realm.client(f"app-{number:02}")

    text = user_metadata("setup", **of(bare_realm)).text("clients")

    assert ("app-09" in text, "app-10" in text, "(12)" in text, "--all-clients" in text) == (
        True,
        False,
        True,
        True,
    )


def test_a_client_whose_claims_were_chosen_is_left_alone(fresh_realm: Realm) -> None:
    """With a mapper of ours of its own, or in another scope, it lacks nothing; --all-clients adds nothing.

    The scope would release to it what its mapper keeps back.
    """
    billing, crm = fresh_realm.client("billing"), fresh_realm.client("crm")
    choose(fresh_realm, billing, keys="billing.*")
    detach(fresh_realm, crm)
    chosen = fresh_realm.admin.create_client_scope(
        {"name": "metadata-crm", "protocol": "openid-connect", "protocolMappers": [mapper()]}
    )
    fresh_realm.admin.add_client_default_client_scope(crm.id, chosen, {})

    checked = user_metadata("check", **of(fresh_realm))
    outcome = user_metadata("setup", "--all-clients", **of(fresh_realm))

    assert checked.levels("clients") == ["ok"]
    assert outcome.lines[0] == f"nothing to change: the realm {fresh_realm.name} is ready"
    assert SCOPE not in default_scopes(fresh_realm, billing) | default_scopes(fresh_realm, crm)
