"""The limits at their edge: what is just within is stored and comes back; one more is 422, with numbers."""

import json
from typing import Any

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path

VALUE_BYTES, DOCUMENT_BYTES, CLAIMS_BYTES = 16_384, 65_536, 4_096


@pytest.fixture(scope="module")
def user(realm: Realm) -> User:
    """A user whom refused writes leave as it is."""
    return realm.user(credentials=[])


def _assert_refused(sidecar: Sidecar, user: User, value: object, **members: object) -> None:
    before = sidecar.read(user)
    assert_problem(sidecar.put(user, "edge", value), "limit_exceeded", key="edge", **members)
    listed = [{"key": "good", "value": 1}, {"key": "edge", "value": value}]
    assert_problem(sidecar.replace(user, listed), "limit_exceeded", key="edge", **members)
    after = sidecar.read(user)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


def _nested(depth: int, inside: object = 1) -> object:
    value = inside
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


TEXTS = {
    "ASCII": "x",
    "quotes": '"',
    "two bytes": "é",
    "three bytes": "€",
    "four bytes": "\N{GRINNING FACE}",
}


def _of_bytes(character: str, size: int) -> str:
    """Make a string that takes just so many bytes as JSON in UTF-8."""
    unit = len(json.dumps(character, ensure_ascii=False).encode()) - 2
    count, rest = divmod(size - 2, unit)
    return character * count + "x" * rest


@pytest.mark.parametrize("character", TEXTS.values(), ids=TEXTS.keys())
def test_a_value_may_take_16_kibibytes(sidecar: Sidecar, someone: User, character: str) -> None:
    """A value of 16,384 bytes as JSON in UTF-8 is stored and comes back; one of 16,385 is refused."""
    fits = _of_bytes(character, VALUE_BYTES)

    assert sidecar.put(someone, "edge", fits).status_code == 201
    assert sidecar.entries(someone) == {"edge": fits}
    too_large = {"name": "max-value-bytes", "limit": VALUE_BYTES, "actual": VALUE_BYTES + 1}
    _assert_refused(sidecar, someone, _of_bytes(character, VALUE_BYTES + 1), **too_large)


def test_blanks_and_escapes_do_not_count(sidecar: Sidecar, someone: User) -> None:
    """What counts is the compact value, not how it was written."""
    body = b'{"value": [' + b" " * 200_000 + b'"' + b"\\u0041" * 10_000 + b'"]}'
    headers = {"Content-Type": "application/json"}

    answer = sidecar.request("PUT", metadata_path(someone, "edge"), content=body, headers=headers)

    assert (answer.status_code, answer.json()["value"]) == (201, ["A" * 10_000])


def test_a_value_may_be_16_deep(sidecar: Sidecar, someone: User) -> None:
    """Sixteen arrays and objects one inside another are stored, also several times side by side."""
    value = [_nested(15), _nested(15), {"b": _nested(13, {})}]

    assert sidecar.put(someone, "edge", value).status_code == 201
    assert sidecar.entries(someone) == {"edge": value}


@pytest.mark.parametrize("depth", [17, 60, 64])
def test_a_value_too_deep_is_refused(sidecar: Sidecar, user: User, depth: int) -> None:
    """A value deeper than 16 is refused with its actual depth."""
    _assert_refused(sidecar, user, _nested(depth), name="max-value-depth", limit=16, actual=depth)


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_depth_beyond_all_reason_is_refused(sidecar: Sidecar, user: User, bracket: str) -> None:
    """A hundred thousand levels are counted, and neither parser nor stack breaks."""
    closing = "]" if bracket == "[" else "}"
    body = f'{{"value":{bracket * 100_000}1{closing * 100_000}}}'
    headers = {"Content-Type": "application/json"}

    answer = sidecar.request("PUT", metadata_path(user, "edge"), content=body.encode(), headers=headers)

    assert_problem(answer, "limit_exceeded", name="max-body-depth", limit=67, actual=100_001)
    assert sidecar.read(user).headers["etag"] == '"0"'


def test_a_user_may_have_256_entries(sidecar: Sidecar, someone: User) -> None:
    """256 entries are stored; the 257th is refused, alone and in a list, and overwriting one still works."""
    entries = [{"key": f"key-{number}", "value": number} for number in range(256)]
    too_many: dict[str, Any] = {"name": "max-entries", "limit": 256, "actual": 257}
    assert sidecar.replace(someone, entries).status_code == 200
    tag = sidecar.read(someone).headers["etag"]

    assert_problem(sidecar.put(someone, "one-more", 1), "limit_exceeded", **too_many)
    assert_problem(
        sidecar.replace(someone, [*entries, {"key": "one-more", "value": 1}]), "limit_exceeded", **too_many
    )

    assert sidecar.read(someone).headers["etag"] == tag
    assert sidecar.put(someone, "key-0", "new").status_code == 200
    assert sidecar.delete(someone, "key-1").status_code == 204
    assert sidecar.put(someone, "one-more", 1).status_code == 201


def test_a_key_twice_in_a_list_is_one_entry(sidecar: Sidecar, someone: User) -> None:
    """A list of more than 256 items that name 256 keys is within the limit."""
    entries = [{"key": f"key-{number % 256}", "value": number} for number in range(300)]

    assert sidecar.replace(someone, entries).status_code == 200


def test_a_document_may_take_64_kibibytes(sidecar: Sidecar, someone: User) -> None:
    """All entries as JSON may take 65,536 bytes; with one more the write is refused and nothing stored."""
    entries = [{"key": f"key-{number}", "value": _of_bytes("é", 13_000)} for number in range(5)]
    document = {str(entry["key"]): {"value": entry["value"], "profileClaim": False} for entry in entries}
    size = len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    last = str(entries[-1]["value"]) + "x" * (DOCUMENT_BYTES - size)
    too_large: dict[str, Any] = {
        "name": "max-document-bytes",
        "limit": DOCUMENT_BYTES,
        "actual": DOCUMENT_BYTES + 1,
    }

    stored = sidecar.replace(someone, [*entries[:-1], {"key": "key-4", "value": last}])

    assert stored.status_code == 200
    assert sidecar.entries(someone)["key-4"] == last
    assert_problem(sidecar.put(someone, "key-4", last + "x"), "limit_exceeded", **too_large)
    assert sidecar.read(someone).headers["etag"] == stored.headers["etag"]


def test_profile_claims_may_take_4_kibibytes(sidecar: Sidecar, someone: User) -> None:
    """All claims of a user together may take 4,096 bytes; what is no claim does not count."""
    room = CLAIMS_BYTES - len('"metadata_a":"","metadata_b":1') + len(",")
    assert sidecar.put(someone, "b", 1, profile_claim=True).status_code == 201
    assert sidecar.put(someone, "a", "x" * room, profile_claim=True).status_code == 201
    assert sidecar.put(someone, "no-claim", "x" * 10_000).status_code == 201
    too_large: dict[str, Any] = {
        "name": "max-claims-bytes",
        "limit": CLAIMS_BYTES,
        "actual": CLAIMS_BYTES + 1,
    }

    for answer in (
        sidecar.put(someone, "a", "x" * (room + 1), profile_claim=True),
        sidecar.put(someone, "b", 10, profile_claim=True),
    ):
        assert_problem(answer, "limit_exceeded", **too_large)

    flagged = sidecar.put(someone, "no-claim", "x" * 10_000, profile_claim=True)
    assert_problem(flagged, "limit_exceeded", name="max-claims-bytes", limit=CLAIMS_BYTES)


def test_an_integer_of_15000_digits_comes_back(sidecar: Sidecar, someone: User) -> None:
    """Integers are exact at any length that fits a value, though Python itself refuses to read them."""
    digits = "-" + "1234567890" * 1500
    headers = {"Content-Type": "application/json"}
    body = f'{{"value":[{digits},1]}}'.encode()

    created = sidecar.request("PUT", metadata_path(someone, "long"), content=body, headers=headers)
    again = sidecar.request("PUT", metadata_path(someone, "long"), content=body, headers=headers)

    expected = f'{{"key":"long","value":[{digits},1],"profileClaim":false}}'
    assert (created.status_code, created.text) == (201, expected)
    assert (again.status_code, again.headers["etag"]) == (200, created.headers["etag"])
    assert sidecar.read(someone, "long").text == expected
    assert sidecar.read(someone).text == f'{{"metadata":[{expected}]}}'


def test_a_number_too_long_for_a_token_is_no_claim(sidecar: Sidecar, someone: User) -> None:
    """A number of 1,000 characters may be a profile claim; one of 1,001 may be stored, but be none."""
    fits, long = "1" * 1000, "1" * 1001
    headers = {"Content-Type": "application/json"}

    def put(digits: str, flag: str) -> Any:  # noqa: ANN401
        body = f'{{"value":{digits},"profileClaim":{flag}}}'.encode()
        return sidecar.request("PUT", metadata_path(someone, "edge"), content=body, headers=headers)

    assert put(fits, "true").status_code == 201
    refused: dict[str, Any] = {
        "name": "claim-number-characters",
        "limit": 1000,
        "actual": 1001,
        "key": "edge",
    }
    assert_problem(put(long, "true"), "limit_exceeded", **refused)
    assert put(long, "false").status_code == 200
