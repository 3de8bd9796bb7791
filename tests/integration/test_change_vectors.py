"""The shared cases of a change, which JUnit runs on the pure code, on a real Keycloak's extension."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm, User
from tests.integration.rows import plant

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "changes.json").read_text()
)
# A caller of a namespace is answered by what it sees: that is shown elsewhere, and these by JUnit.
VECTORS = [vector for vector in VECTORS if "namespaces" not in vector]
EMPTY = {"revision": 0, "entries": {}}


class Extension:
    """The extension of one realm, whose answers are compared to the letter: 1 is not 1.0."""

    def __init__(self, realm: Realm) -> None:
        self._http = realm.http
        self._url = f"{realm.keycloak.url}/admin/realms/{realm.name}/user-metadata"
        self._headers = {
            "Authorization": f"Bearer {realm.token('manage-metadata')}",
            "Content-Type": "application/json",
        }

    def document(self, user: User) -> dict[str, Any]:
        """Read a user's document."""
        answer = self._http.get(f"{self._url}/document", params={"user": user.id}, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return _json(answer)

    def change(self, user: User, change: Mapping[str, Any]) -> dict[str, Any]:
        """Change it; give the answer, a problem or not."""
        # ASCII: half a surrogate pair can only travel as an escape.
        body = json.dumps(change).encode("ascii")
        address = f"{self._url}/change"
        return _json(self._http.post(address, params={"user": user.id}, headers=self._headers, content=body))


@pytest.fixture(scope="module")
def vector_realm(keycloak: Keycloak) -> Iterator[Realm]:
    """A realm whose limits the cases set."""
    realm = Realm(keycloak)
    realm.prepare()
    yield realm
    realm.delete()


@pytest.fixture(scope="module")
def extension(vector_realm: Realm) -> Extension:
    """Its extension, called by an application that may manage metadata."""
    return Extension(vector_realm)


@pytest.fixture(scope="module")
def users(vector_realm: Realm) -> dict[str, User]:
    """A user for each case, who has the document that the case begins with."""
    names = {f"vector-{number}": vector["before"] for number, vector in enumerate(VECTORS)}
    people = plant(
        vector_realm,
        {
            name: [] if before == EMPTY else [json.dumps({"format": 1, **before})]
            for name, before in names.items()
        },
    )
    return {vector["name"]: user for vector, user in zip(VECTORS, people.values(), strict=True)}


@pytest.fixture
def limited(vector_realm: Realm, request: pytest.FixtureRequest) -> Iterator[None]:
    """Set the limits of the case, and take them back."""
    limits = request.getfixturevalue("vector").get("limits", {})
    if not limits:
        yield
        return
    before = vector_realm.admin.get_realm(vector_realm.name)["attributes"]
    vector_realm.admin.update_realm(vector_realm.name, {"attributes": {**before, **limits}})
    yield
    vector_realm.admin.update_realm(vector_realm.name, {"attributes": before})


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_change_ends_as_the_shared_case_says(
    extension: Extension, users: dict[str, User], vector: dict[str, Any]
) -> None:
    """A change has the outcome of its case; the dry run before it tells the same and stores nothing."""
    user, change, before = users[vector["name"]], vector["change"], vector["before"]

    tried = extension.change(user, {**change, "dryRun": True})
    untouched = extension.document(user)
    done = extension.change(user, change)

    assert _letters(untouched) == _letters({"userId": user.id, **_present(before)})
    if "problem" in vector:
        assert _letters(tried) == _letters(done)
        assert _letters({name: done.get(name) for name in vector["problem"]}) == _letters(vector["problem"])
        assert _letters(extension.document(user)) == _letters(untouched)
        return
    touched = {kind: vector.get(kind, []) for kind in ("added", "changed", "removed")}
    outcome = {"userId": user.id, **vector["after"], **touched}
    assert _letters(done) == _letters({**outcome, "dryRun": False})
    assert tried.pop("claimsBytes").keys() == {"before", "after", "limit"}
    assert _letters(tried) == _letters({**outcome, "dryRun": True})
    assert _letters(extension.document(user)) == _letters({"userId": user.id, **vector["after"]})


def _present(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has expired: each entry that went is a change."""
    now = datetime.now(UTC)
    entries = {
        key: entry
        for key, entry in document["entries"].items()
        if datetime.fromisoformat(entry.get("expiresAt", "9999-01-01T00:00:00Z")) > now
    }
    return {
        "revision": document["revision"] + len(document["entries"]) - len(entries),
        "entries": entries,
    }


def _json(answer: httpx.Response) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(answer.content)
    return content


def _letters(content: Mapping[str, Any]) -> str:
    # One refusal names Keycloak's own time.
    return re.sub("here it is [^.]+[.0-9]*Z", "here it is now", json.dumps(content, sort_keys=True))
