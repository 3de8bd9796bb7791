"""A value comes back from the API and goes into every token as the same JSON that was sent."""

import json

import pytest

from tests.integration.places import exactly, in_every_place, metadata_everywhere
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path

GROUPS: dict[str, list[object]] = {
    "types": [
        True,
        False,
        0,
        1,
        1.0,
        "true",
        "1",
        "null",
        "2024-02-29T00:00:00.000Z",
        [],
        {},
        [None],
        {"a": None},
        [[], [[]], {}, {"": {}}],
    ],
    "integers": [
        12345678901234567890,
        -98765432109876543210,
        2**31,
        2**53 + 1,
        2**63 - 1,
        2**63,
        -(2**63) - 1,
        10**40,
        -1,
    ],
    "doubles": [
        0.1,
        -0.0,
        0.0,
        100.0,
        1e22,
        1e-7,
        1.7976931348623157e308,
        5e-324,
        2.2250738585072014e-308,
        123456789.12345679,
        -1.5,
    ],
    "strings": [
        "",
        " ",
        "  both ends  ",
        "\u00e9 e\u0301",
        "\U0001f600\U0001f1e9\U0001f1ea \U00020000",
        "".join(map(chr, range(0x20))),
        "\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff",
        "r1##r2,r3",
        "${username} #{1+1} {{x}} %s {0}",
        "<script>&amp;'\"\\/",
        "null\x00byte",
    ],
    "texts in containers": [
        ["r1##r2", "r,3"],
        ["", " ", None, "##"],
        {"": "", " ": " ", "a.b": {"c##d": [1, 1.0, True, "1", None]}, "\U0001f600": "\x01"},
        {"z": 1, "a": {"nested": {"null": None, "deep": [[[[[None]]]]]}}},
    ],
    "2 KiB": ["x" * 2048],
    "2 KiB of UTF-8": ["\u00e9\u20ac " * 341 + "12"],
}


@pytest.mark.parametrize("values", GROUPS.values(), ids=GROUPS.keys())
def test_a_value_comes_back_and_goes_into_the_tokens_as_sent(
    realm: Realm, sidecar: Sidecar, jane: User, values: list[object]
) -> None:
    """Both writes answer with it, both reads give it, and all four places of a login carry it."""
    written = {f"key-{number:02}": value for number, value in enumerate(values)}
    listed = {
        "metadata": [{"key": key, "value": value, "profileClaim": True} for key, value in written.items()]
    }

    answers = [sidecar.replace(jane, listed["metadata"]), sidecar.read(jane)]
    for entry in listed["metadata"]:
        key = str(entry["key"])
        one = [sidecar.put(jane, key, entry["value"], profile_claim=True), sidecar.read(jane, key)]
        assert [exactly(answer.json()) for answer in one] == [exactly(entry)] * 2

    claims = {f"metadata_{key}": value for key, value in written.items()}
    assert [exactly(answer.json()) for answer in answers] == [exactly(listed)] * 2
    assert exactly(metadata_everywhere(realm, realm.login(jane))) == exactly(in_every_place(claims))


def test_numbers_are_read_as_they_are_spelled(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """A fraction or an exponent makes a number an IEEE double; without either it is an integer, exact."""
    body = (
        b'{"value":[1e2,1E+2,0.10,1.0000000000000000001,-0,12345678901234567890,1e-400],"profileClaim":true}'
    )

    answer = sidecar.request(
        "PUT", metadata_path(jane, "n"), content=body, headers={"Content-Type": "application/json"}
    )

    expected = [100.0, 100.0, 0.1, 1.0, 0, 12345678901234567890, 0.0]
    assert (answer.status_code, exactly(answer.json()["value"])) == (201, exactly(expected))
    assert exactly(metadata_everywhere(realm, realm.login(jane))) == exactly(
        in_every_place({"metadata_n": expected})
    )


@pytest.mark.databases
@pytest.mark.parametrize("spelling", ["\\ud83d\\ude00\\u0041", "\U0001f600A"], ids=["escaped", "plain"])
def test_a_string_is_its_code_points_however_it_was_spelled(
    realm: Realm, sidecar: Sidecar, jane: User, spelling: str
) -> None:
    """An escape in the JSON that was sent is the character it stands for."""
    body = f'{{"value":"{spelling}","profileClaim":true}}'.encode()

    sidecar.request(
        "PUT", metadata_path(jane, "s"), content=body, headers={"Content-Type": "application/json"}
    )

    assert metadata_everywhere(realm, realm.login(jane)) == in_every_place({"metadata_s": "\U0001f600A"})


def test_only_a_null_of_its_own_is_refused(sidecar: Sidecar, jane: User) -> None:
    """A null inside an array or an object is kept; a value that is null is refused and stores nothing."""
    answer = sidecar.put(jane, "key", None, profile_claim=True)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:user-metadata:problem:invalid_entry")
    assert json.loads(sidecar.read(jane).text) == {"metadata": []}


def test_a_string_that_looks_like_several_values_survives_an_edit_of_the_user(
    realm: Realm, sidecar: Sidecar, jane: User
) -> None:
    """What Keycloak once spelled with ## stays one text and one array, also after an administrator's edit."""
    sidecar.put(jane, "roles", "r1##r2,r3", profile_claim=True)
    sidecar.put(jane, "more", ["r1##r2", "r,3"], profile_claim=True)
    expected = {"metadata_roles": "r1##r2,r3", "metadata_more": ["r1##r2", "r,3"]}

    as_shown = realm.admin.get_user(jane.id)
    realm.admin.update_user(jane.id, {**as_shown, "email": "other-" + jane.email})

    assert sidecar.entries(jane) == {"roles": "r1##r2,r3", "more": ["r1##r2", "r,3"]}
    assert metadata_everywhere(realm, realm.login(jane)) == in_every_place(expected)
