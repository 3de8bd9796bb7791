"""How much the profile claims of a user may be: to the byte, and tokens at the limit still work."""

import base64

import pytest

from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.tokens import Tokens

LIMIT = 4096
ASCII_NAME = len(b'"metadata_full":')
EMOJI = "\U0001f600"  # in a token two escapes, "\uD83D\uDE00"


def bytes_of_claims(tokens: Tokens) -> int:
    """Count what the claims take in the signed payload of an access token, where ours are neighbours."""
    payload = tokens.access_token.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    start = text.index(b'"metadata_full":')
    return text.index(b'"', start + ASCII_NAME + 1) - start + 1


FULL = {
    "ASCII": "x" * (LIMIT - ASCII_NAME - 2),
    "emoji": EMOJI * ((LIMIT - ASCII_NAME - 2) // 12) + "x" * ((LIMIT - ASCII_NAME - 2) % 12),
    "quotes": '"' * ((LIMIT - ASCII_NAME - 2) // 2),
    "UTF-8": "\u00e9" * ((LIMIT - ASCII_NAME - 2) // 2),
}


@pytest.mark.parametrize("value", FULL.values(), ids=FULL.keys())
def test_claims_are_taken_to_the_last_byte(realm: Realm, sidecar: Sidecar, jane: User, value: str) -> None:
    """4,096 bytes of claims are accepted and usable in every place; one byte more is refused."""
    assert sidecar.put(jane, "full", value, profile_claim=True).status_code == 201

    tokens = realm.refresh(realm.login(jane))
    refused = sidecar.put(jane, "full", value + "x", profile_claim=True)

    assert metadata_everywhere(realm, tokens) == in_every_place({"metadata_full": value})
    assert refused.status_code == 422
    assert {name: refused.json()[name] for name in ("type", "name", "limit", "actual")} == {
        "type": "urn:user-metadata:problem:limit_exceeded",
        "name": "max-claims-bytes",
        "limit": LIMIT,
        "actual": LIMIT + 1,
    }
    assert sidecar.entries(jane) == {"full": value}


@pytest.mark.parametrize("kind", ["ASCII", "emoji"])
def test_the_limit_counts_what_the_token_holds(realm: Realm, sidecar: Sidecar, jane: User, kind: str) -> None:
    """In the signed payload of the access token the claims at the limit are 4,096 bytes long."""
    sidecar.put(jane, "full", FULL[kind], profile_claim=True)

    assert bytes_of_claims(realm.login(jane)) == LIMIT


def test_the_limit_is_on_all_claims_together(sidecar: Sidecar, jane: User) -> None:
    """Claims add up, with their names; what is private does not count."""
    room = LIMIT - ASCII_NAME - 2 - len('"metadata_b":1')
    sidecar.put(jane, "full", "x" * room, profile_claim=True)
    sidecar.put(jane, "private", "x" * 5000)

    assert sidecar.put(jane, "b", 10, profile_claim=True).status_code == 422
    assert sidecar.put(jane, "b", 1, profile_claim=True).status_code == 201


def raw_number(sidecar: Sidecar, user: User, digits: int, *, profile_claim: bool) -> int:
    """Put an integer of so many digits, spelled out; give the status."""
    flag = "true" if profile_claim else "false"
    body = f'{{"value":{"7" * digits},"profileClaim":{flag}}}'
    answer = sidecar.request(
        "PUT", metadata_path(user, "long"), content=body, headers={"Content-Type": "application/json"}
    )
    return answer.status_code


def test_an_integer_of_a_thousand_digits_is_a_claim(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """It comes back and is in every place, digit for digit."""
    number = int("7" * 1000)

    assert raw_number(sidecar, jane, 1000, profile_claim=True) == 201

    tokens = realm.refresh(realm.login(jane))
    assert sidecar.entries(jane) == {"long": number}
    assert metadata_everywhere(realm, tokens) == in_every_place({"metadata_long": number})


def test_a_longer_integer_is_kept_as_a_private_value_only(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """1,001 digits are refused as a claim, which Keycloak could not read back, and accepted otherwise."""
    assert raw_number(sidecar, jane, 1001, profile_claim=True) == 422
    assert sidecar.entries(jane) == {}

    assert raw_number(sidecar, jane, 1001, profile_claim=False) == 201
    assert sidecar.entries(jane) == {"long": int("7" * 1001)}
    assert metadata_everywhere(realm, realm.refresh(realm.login(jane))) == in_every_place({})
