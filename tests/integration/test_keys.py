"""Keys: any text that a path and a claim's name can carry, the same verdict in a path and in a list."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.wire import send_encoded

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors" / "keys.json").read_text())
KEYS = [vector["key"] for vector in VECTORS if "error" not in vector]
REFUSED = [(vector["key"], vector["error"]) for vector in VECTORS if "error" in vector]
URL = "https://apps.example.eu/claims/domain"


@pytest.fixture(scope="module")
def user(realm: Realm) -> User:
    """A user whom refused keys leave as it is."""
    return realm.user(credentials=[])


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_kept_in_a_path(sidecar: Sidecar, someone: User, key: str) -> None:
    """A key sent percent-encoded is created, read, listed and deleted as itself."""
    expected = {"key": key, "value": 1, "profileClaim": False}
    created = send_encoded(sidecar, "PUT", someone, key, {"value": 1})

    assert (created.status_code, created.json()) == (201, expected)
    assert send_encoded(sidecar, "GET", someone, key).json() == expected
    assert sidecar.read(someone).json() == {"metadata": [expected]}
    assert send_encoded(sidecar, "DELETE", someone, key).status_code == 204
    assert sidecar.entries(someone) == {}


@pytest.mark.databases
def test_all_keys_are_kept_in_a_list(sidecar: Sidecar, someone: User) -> None:
    """The same keys in a bulk body are all there, told apart, and found by their paths."""
    answer = sidecar.replace(someone, [{"key": key, "value": key} for key in KEYS])

    assert {entry["key"]: entry["value"] for entry in answer.json()["metadata"]} == {key: key for key in KEYS}
    for key in KEYS:
        assert send_encoded(sidecar, "GET", someone, key).json()["value"] == key


@pytest.mark.parametrize(("key", "code"), [each for each in REFUSED if each[0]])
def test_a_bad_key_is_refused_in_a_path(sidecar: Sidecar, user: User, key: str, code: str) -> None:
    """What is no key cannot be created; read and deleted it is just not there."""
    assert_problem(send_encoded(sidecar, "PUT", user, key, {"value": 1}), code, **_members(key, code))
    assert_problem(send_encoded(sidecar, "GET", user, key), "entry_not_found", key=key)
    assert_problem(send_encoded(sidecar, "DELETE", user, key), "entry_not_found", key=key)
    assert sidecar.read(user).headers["etag"] == '"0"'


@pytest.mark.parametrize(("key", "code"), REFUSED)
def test_a_bad_key_is_refused_in_a_list(sidecar: Sidecar, user: User, key: str, code: str) -> None:
    """In a bulk body the verdict on a key is the same, and nothing of the list is stored."""
    answer = sidecar.replace(user, [{"key": "good", "value": 1}, {"key": key, "value": 1}])

    assert_problem(answer, code, **_members(key, code))
    assert sidecar.read(user).headers["etag"] == '"0"'


def _members(key: str, code: str) -> dict[str, object]:
    if code == "limit_exceeded":
        return {"name": "max-key-characters", "limit": 128, "actual": len(key)}
    return {"key": key}


@pytest.mark.parametrize("key", ["a+b", "ui:theme", "it's", "a;b=c", "(x)", "a@b!$&*,", "~a", "-._"])
def test_what_a_path_may_hold_need_not_be_encoded(sidecar: Sidecar, someone: User, key: str) -> None:
    """Characters that are legal in a segment may stand in it as they are, and mean themselves."""
    target = f"{metadata_path(someone)}/{key}".encode()

    assert sidecar.request("PUT", "/", json={"value": 1}, extensions={"target": target}).status_code == 201
    assert sidecar.entries(someone) == {key: 1}


@pytest.mark.databases
def test_case_and_composition_tell_keys_apart(sidecar: Sidecar, someone: User) -> None:
    """Keys are compared code point by code point: neither case nor normal forms are folded."""
    keys = ["Theme", "theme", "\u00e9", "e\u0301", "\N{ANGSTROM SIGN}", "\u00c5"]
    for key in keys:
        assert sidecar.put(someone, key, key).status_code == 201

    assert sidecar.entries(someone) == {key: key for key in keys}


def test_a_url_is_a_key(sidecar: Sidecar, someone: User) -> None:
    """A URL, as some login providers name their claims: encoded in the path, literal in a list."""
    assert sidecar.put(someone, URL, "x", profile_claim=True).status_code == 201
    listed = sidecar.replace(someone, [{"key": URL, "value": "x", "profileClaim": True}])

    assert listed.json() == {"metadata": [sidecar.read(someone, URL).json()]}
    assert sidecar.delete(someone, URL).status_code == 204


def test_dot_segments_are_not_walked(sidecar: Sidecar, someone: User) -> None:
    """A path with dot segments, literal or encoded, leads to no other user and no other route."""
    sidecar.put(someone, "theme", "Dark")
    for step in ("..", "%2E%2e", "."):
        target = f"/api/user/{quote('nobody')}/{step}/{someone.id}/metadata".encode()
        assert_problem(sidecar.request("GET", "/", extensions={"target": target}), "not_found")
        target = f"/api/user/{step}/metadata".encode()
        assert_problem(sidecar.request("GET", "/", extensions={"target": target}), "user_not_found")
