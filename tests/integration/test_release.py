"""What each client gets: filtered, under its own prefix, up to a size; and the preview that says so."""

import httpx
import pytest

from dev.server import KeycloakServer
from tests.integration.applications import Application
from tests.integration.mappers import choose, detach, give_mapper
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Claims, written_in

ENTRIES = {"ui.theme": "Dark", "ui.font": {"size": 11}, "plan": "trial", "planet": "Mars"}
UI = {"ui.theme", "ui.font"}
ALL_TOKENS = ["access", "id", "userinfo", "introspection"]


@pytest.fixture
def jane(sidecar: Sidecar, jane: User) -> User:
    """A user with four profile claims and a private entry."""
    claims = [{"key": key, "value": value, "profileClaim": True} for key, value in ENTRIES.items()]
    sidecar.replace(jane, [*claims, {"key": "ui.note", "value": "hers"}])
    return jane


@pytest.fixture
def client(realm: Realm) -> Client:
    """A public client of the test's own, with the scope that releases everything."""
    return realm.client(publicClient=True, directAccessGrantsEnabled=True)


def named(keys: set[str], prefix: str = "metadata_") -> Claims:
    """Name the claims of some of the entries."""
    return {prefix + key: ENTRIES[key] for key in keys}


def without_entries(answer: httpx.Response) -> dict[str, object]:
    """Give what a preview says of a client that gets no entry."""
    said: dict[str, object] = answer.json()
    assert (said.pop("claims"), said["released"]) == ({}, False)
    return said


def test_two_clients_get_what_was_chosen_for_each(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Logged in by browser at two clients, jane's claims are the exact and prefix* keys of each, everywhere.

    The preview of each client has said so, to the value and to the byte.
    """
    with Application.new(realm) as shop, Application.new(realm) as billing:
        choose(realm, shop.client, keys="ui.*##plan")
        choose(realm, billing.client, keys="planet", claim_prefix="bill:")
        expected = {shop: ("metadata_", UI | {"plan"}), billing: ("bill:", {"planet"})}
        for application, (prefix, keys) in expected.items():
            client_id = application.client.client_id
            preview = sidecar.claims(jane, client_id).json()

            tokens = application.log_in(jane)

            claims = named(keys, prefix)
            written = written_in(tokens.access_token)
            assert metadata_everywhere(realm, tokens, prefix) == in_every_place(claims)
            assert not {name for name in tokens.all_claims if name.endswith("note")}
            assert preview == {
                "claims": claims,
                "bytes": sum(len(written[name]) for name in claims),
                "limit": 4096,
                "client": client_id,
                "released": True,
                "reason": None,
                "tokens": ALL_TOKENS,
                "optionalScopes": [],
            }
        assert metadata_everywhere(realm, billing.log_in(jane)) == in_every_place({})


def test_without_options_everything_is_released(
    realm: Realm, sidecar: Sidecar, jane: User, client: Client
) -> None:
    """A client with the scope alone gets all profile claims and no revision, as both previews say."""
    tokens = realm.login(jane, client)

    claims = named(set(ENTRIES))
    assert metadata_everywhere(realm, tokens) == in_every_place(claims)
    assert sidecar.claims(jane).json()["claims"] == claims
    assert sidecar.claims(jane, client.client_id).json()["claims"] == claims


def test_a_client_without_a_mapper_gets_none(
    realm: Realm, sidecar: Sidecar, jane: User, client: Client
) -> None:
    """The preview says so, and names the optional scope by which a login may still ask for the claims."""
    detach(realm, client)
    none = without_entries(sidecar.claims(jane, client.client_id))
    scope = realm.admin.get_client_scope_by_name("user-metadata") or {}
    realm.admin.add_client_optional_client_scope(client.id, scope["id"], {})

    optional = without_entries(sidecar.claims(jane, client.client_id))

    plain, asking = (
        realm.login(jane, client, scopes=scopes) for scopes in (["openid"], ["openid", "user-metadata"])
    )
    assert (none["reason"], none["tokens"], none["bytes"], none["optionalScopes"]) == ("no_mapper", [], 0, [])
    assert (optional["reason"], optional["optionalScopes"]) == ("no_mapper", ["user-metadata"])
    assert metadata_everywhere(realm, plain) == in_every_place({})
    assert metadata_everywhere(realm, asking) == in_every_place(named(set(ENTRIES)))


SWITCHES = ("access_token_claim", "id_token_claim", "userinfo_token_claim", "introspection_token_claim")


@pytest.mark.parametrize(
    ("options", "reason", "tokens"),
    [
        ({"keys": "nothing##like*"}, "nothing_to_release", ALL_TOKENS),
        (dict.fromkeys(SWITCHES, "false"), "switched_off", []),
    ],
    ids=["no entry fits", "all switches off"],
)
def test_why_a_client_with_a_mapper_gets_none(  # noqa: PLR0913, PLR0917
    realm: Realm,
    sidecar: Sidecar,
    jane: User,
    client: Client,
    options: dict[str, str],
    reason: str,
    tokens: list[str],
) -> None:
    """The preview tells a filter that lets nothing through from switches that are all off; tokens agree."""
    choose(realm, client, **options)

    preview = without_entries(sidecar.claims(jane, client.client_id))

    assert (preview["reason"], preview["tokens"], preview["bytes"]) == (reason, tokens, 0)
    assert metadata_everywhere(realm, realm.login(jane, client)) == in_every_place({})


def test_the_preview_names_the_tokens(realm: Realm, sidecar: Sidecar, jane: User, client: Client) -> None:
    """A claim switched off for the access token is in the ID token only, as the preview says."""
    off = ("access_token_claim", "userinfo_token_claim", "introspection_token_claim")
    choose(realm, client, **dict.fromkeys(off, "false"))

    preview = sidecar.claims(jane, client.client_id).json()

    claims = named(set(ENTRIES))
    found = metadata_everywhere(realm, realm.login(jane, client))
    assert (preview["claims"], preview["tokens"]) == (claims, ["id"])
    assert found == {**in_every_place({}), "ID token": claims}


def test_beyond_the_maximum_none_is_released_and_the_login_works(
    realm: Realm, sidecar: Sidecar, jane: User, client: Client
) -> None:
    """Up to the last byte all claims are there; one byte more and none is, yet jane is logged in."""
    size = sidecar.claims(jane).json()["bytes"]
    choose(realm, client, max_bytes=str(size))
    said = sidecar.claims(jane, client.client_id).json()
    fitting = metadata_everywhere(realm, realm.login(jane, client))

    sidecar.put(jane, "planet", "Marsi", profile_claim=True)
    beyond = realm.login(jane, client)

    assert (said["released"], said["bytes"]) == (True, size)
    assert fitting == in_every_place(named(set(ENTRIES)))
    assert metadata_everywhere(realm, beyond) == in_every_place({})
    assert beyond.access["preferred_username"] == jane.username
    preview = without_entries(sidecar.claims(jane, client.client_id))
    assert (preview["reason"], preview["bytes"]) == ("too_large", size + 1)
    assert metadata_everywhere(realm, realm.login(jane))["access token"]["metadata_planet"] == "Marsi"


def test_an_unknown_client_is_not_found(sidecar: Sidecar, someone: User) -> None:
    """A preview for a client that the realm does not have is 404 client_not_found."""
    for client_id in ("nope", " ", "a/b?c&d", "\N{GRINNING FACE}"):
        assert_problem(sidecar.claims(someone, client_id), "client_not_found")
    assert_problem(sidecar.claims("nobody@example.com", "app"), "user_not_found")


@pytest.mark.parametrize("query", ["client=", "client", "client=app&client=shop"])
def test_a_client_is_named_once(sidecar: Sidecar, someone: User, query: str) -> None:
    """No name or two is 400: the answer would be about another client than was meant, or about none."""
    assert_problem(sidecar.request("GET", f"/api/user/{someone.id}/claims?{query}"), "malformed_request")


def test_withheld_claims_are_logged_once(distant_keycloak: KeycloakServer, distant_sidecar: Sidecar) -> None:
    """However many tokens are made, one line names realm, user, size, mapper and maximum; never a value."""
    realm = distant_sidecar.realm
    user, client = realm.user(), realm.client(publicClient=True, directAccessGrantsEnabled=True)
    give_mapper(realm, client, claim_prefix="big_", max_bytes="20")
    distant_sidecar.put(user, "theme", "a-value-for-no-log", profile_claim=True)

    for _ in range(2):
        tokens = realm.refresh(realm.login(user, client), client)
        assert "big_theme" not in realm.userinfo(tokens)

    log = distant_keycloak.log_text()
    lines = [line for line in log.splitlines() if user.id in line and "no metadata claims" in line]
    assert len(lines) == 1
    assert f"Realm {realm.name}, user {user.id}: no metadata claims" in lines[0]
    assert "they have 32 bytes and the mapper user-metadata releases 20 at most" in lines[0]
    assert "a-value-for-no-log" not in log
