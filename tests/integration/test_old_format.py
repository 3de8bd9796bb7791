"""A document that an earlier version stored is served as it was: one is kept in ``tests/vectors/``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.realms import Realm, User
from tests.integration.rows import plant, stored_document
from tests.integration.sidecars import Sidecar

VECTORS = Path(__file__).parents[1] / "vectors" / "format-1.json"
VECTOR: dict[str, Any] = json.loads(VECTORS.read_text())[0]


@pytest.fixture(scope="module")
def owner(realm: Realm) -> User:
    """A user in whose row it is."""
    realm.prepare(namespaces=list(VECTOR["namespaces"]))
    return plant(realm, {"owner-of-format-1": [VECTOR["stored"]]})["owner-of-format-1"]


def test_its_entries_and_entity_tags_are_served(sidecar: Sidecar, owner: User) -> None:
    """All of them as they were, without the one that has expired since."""
    everything = sidecar.read(owner)

    tags = {key: sidecar.read(owner, key).headers["ETag"] for key in VECTOR["tags"]}
    assert everything.json()["metadata"] == VECTOR["metadata"]
    assert everything.headers["ETag"] == VECTOR["etag"]
    assert tags == VECTOR["tags"]


def test_a_team_sees_its_namespace(realm: Realm, sidecar: Sidecar, owner: User) -> None:
    """And nothing besides."""
    for namespace, keys in VECTOR["namespaces"].items():
        team = sidecar.as_caller(realm.token(f"view-metadata:{namespace}"))

        assert list(team.entries(owner)) == keys


def test_its_profile_claims_are_emitted(realm: Realm, owner: User) -> None:
    """In the tokens, at userinfo and at introspection."""
    assert metadata_everywhere(realm, realm.login(owner)) == in_every_place(VECTOR["claims"])


def test_a_write_goes_on_from_it(realm: Realm, sidecar: Sidecar) -> None:
    """The next write counts on from its revision, drops what has expired, and leaves all else as it is."""
    user = plant(realm, {"writer-of-format-1": [VECTOR["stored"]]})["writer-of-format-1"]

    answer = sidecar.put(user, "theme", "Light", profile_claim=True, headers={"If-Match": '"9"'})

    before = json.loads(VECTOR["stored"])["entries"]
    after = stored_document(realm, user)
    del before["ended"]
    revision = after["revision"]
    assert answer.status_code == 200
    assert revision > 10
    assert after["entries"] == {
        **before,
        "theme": {"value": "Light", "profileClaim": True, "revision": revision},
    }
