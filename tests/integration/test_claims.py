"""Which claims a user's entries make, until when, and that they stay clear of all other claims."""

from collections.abc import Callable

import pytest

from tests.integration.places import claims_everywhere, in_every_place, metadata_everywhere
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Claims, metadata_in

OF_ONE_TOKEN = {"exp", "iat", "jti", "at_hash", "sid", "auth_time"}


def others_in(claims: Claims) -> Claims:
    """Pick out what is not ours and the same in every token of the same user."""
    return {
        name: value
        for name, value in claims.items()
        if not name.startswith("metadata_") and name not in OF_ONE_TOKEN
    }


def test_a_profile_claim_is_in_all_places_and_a_private_entry_in_none(
    realm: Realm, sidecar: Sidecar, jane: User
) -> None:
    """Access token, ID token, userinfo and introspection hold what is marked, and nothing of the rest."""
    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    sidecar.put(jane, "note", "hers", profile_claim=False)
    sidecar.put(jane, "remark", "hers as well")

    everywhere = claims_everywhere(realm, realm.login(jane))

    assert {place: metadata_in(claims) for place, claims in everywhere.items()} == in_every_place(
        {"metadata_theme": "Dark Mode"}
    )
    assert "hers" not in str(everywhere)


def delete_it(sidecar: Sidecar, jane: User) -> int:
    """Delete the entry."""
    return sidecar.delete(jane, "theme").status_code


def turn_the_flag_off(sidecar: Sidecar, jane: User) -> int:
    """Write the same value as a private one."""
    return sidecar.put(jane, "theme", "Dark Mode", profile_claim=False).status_code


def leave_the_flag_out(sidecar: Sidecar, jane: User) -> int:
    """Write the same value without a word about the flag."""
    return sidecar.put(jane, "theme", "Dark Mode").status_code


def replace_all_by_nothing(sidecar: Sidecar, jane: User) -> int:
    """Replace all entries by none."""
    return sidecar.replace(jane, []).status_code


@pytest.mark.parametrize(
    ("take_away", "status"),
    [(delete_it, 204), (turn_the_flag_off, 200), (leave_the_flag_out, 200), (replace_all_by_nothing, 200)],
)
def test_what_is_taken_away_is_gone_from_the_next_token_and_from_every_answer(
    realm: Realm, sidecar: Sidecar, jane: User, take_away: Callable[[Sidecar, User], int], status: int
) -> None:
    """A refresh makes tokens without it; userinfo and introspection of the old token lack it at once."""
    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    tokens = realm.login(jane)

    assert take_away(sidecar, jane) == status

    assert metadata_in(realm.userinfo(tokens)) == {}
    assert metadata_in(realm.introspect(tokens.access_token)) == {}
    assert metadata_everywhere(realm, realm.refresh(tokens)) == in_every_place({})


def test_a_flag_turned_on_brings_the_claim(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """A private entry that is marked later is in the next token, and in the answers at once."""
    sidecar.put(jane, "theme", "Dark Mode")
    tokens = realm.login(jane)
    expected = {"metadata_theme": "Dark Mode"}

    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)

    assert metadata_in(realm.userinfo(tokens)) == expected
    assert metadata_in(realm.introspect(tokens.access_token)) == expected
    assert metadata_everywhere(realm, realm.refresh(tokens)) == in_every_place(expected)


KEYS = [
    "a.b",
    "a",
    "a.b.c",
    "address",
    "address.country",
    "realm_access",
    "realm_access.roles",
    "resource_access.account.roles",
    "sub",
    "aud",
    "iss",
    "exp",
    "scope",
    "metadata_theme",
    "https://apps.example.eu/claims/domain",
    "ключ ü \U0001f600",
    '"quoted" \\ {}',
    "__proto__",
]


def test_claims_are_flat_and_clear_of_all_others(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Whatever a key looks like, its claim is one flat name, and the standard claims are as they were."""
    before = claims_everywhere(realm, realm.login(jane, scopes=("openid", "address")))
    written = {key: {"roles": ["admin", key]} for key in KEYS}
    sidecar.replace(
        jane, [{"key": key, "value": value, "profileClaim": True} for key, value in written.items()]
    )

    after = claims_everywhere(realm, realm.login(jane, scopes=("openid", "address")))

    expected = {f"metadata_{key}": value for key, value in written.items()}
    assert {place: metadata_in(claims) for place, claims in after.items()} == in_every_place(expected)
    assert {place: others_in(claims) for place, claims in after.items()} == {
        place: others_in(claims) for place, claims in before.items()
    }
    assert before["access token"]["realm_access"]


def test_keycloak_accepts_its_own_tokens_with_such_claims(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Introspection, refresh and the logout by ID token go on as ever."""
    sidecar.replace(jane, [{"key": key, "value": {key: [1]}, "profileClaim": True} for key in KEYS])
    tokens = realm.refresh(realm.login(jane))
    assert realm.introspect(tokens.access_token)["active"] is True

    answer = realm.http.get("logout", params={"id_token_hint": tokens.id_token, **realm.app.login})

    assert (answer.status_code, "You are logged out" in answer.text) == (200, True)
    assert realm.introspect(tokens.access_token) == {"active": False}


def test_a_url_is_a_key_like_any_other(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """A key that holds slashes and a colon is created, read, emitted and deleted by its path."""
    key = "https://apps.example.eu/claims/domain"

    assert sidecar.put(jane, key, "example.eu", profile_claim=True).status_code == 201
    assert sidecar.read(jane, key).json() == {"key": key, "value": "example.eu", "profileClaim": True}
    assert metadata_in(realm.login(jane).access) == {f"metadata_{key}": "example.eu"}
    assert sidecar.delete(jane, key).status_code == 204
