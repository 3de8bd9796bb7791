"""What lies in the attribute's rows and is no document of ours: not read, not emitted, not overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest

from dev.server import KeycloakServer
from tests.integration.extensions import Extension
from tests.integration.problems import assert_problem
from tests.integration.profiles import Standing, standing
from tests.integration.realms import Realm, User
from tests.integration.rows import plant, stored
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "documents.json").read_text()
)
READABLE = [vector for vector in VECTORS if "unreadable" not in vector]
UNREADABLE = [vector for vector in VECTORS if "unreadable" in vector]
LOGGER = "[usermetadata."


@pytest.fixture(scope="module")
def users(distant_realm: Realm) -> dict[str, User]:
    """A user for each case, with the rows of that case in the database."""
    people = plant(
        distant_realm, {f"vector-{number}": vector["rows"] for number, vector in enumerate(VECTORS)}
    )
    return {vector["name"]: user for vector, user in zip(VECTORS, people.values(), strict=True)}


def each(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    """Run a test on each case."""
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


@each(READABLE)
def test_a_document_is_served_and_emitted(
    distant_realm: Realm, distant_sidecar: Sidecar, users: dict[str, User], vector: dict[str, Any]
) -> None:
    """Whatever is a document of ours is read, by its revision, and its profile claims are in the tokens."""
    user = users[vector["name"]]

    answer = distant_sidecar.read(user)

    claims = {f"metadata_{key}" for key, entry in entries_of(vector).items() if entry["profileClaim"]}
    assert answer.headers["ETag"] == f'"{vector["revision"]}"'
    assert [entry["key"] for entry in answer.json()["metadata"]] == vector["keys"]
    assert set(metadata_in(distant_realm.login(user).access)) == claims


@each(UNREADABLE)
def test_a_login_goes_on_without_claims(
    distant_realm: Realm, users: dict[str, User], vector: dict[str, Any]
) -> None:
    """Whatever else is stored there, its user logs in and refreshes, without metadata claims."""
    user = users[vector["name"]]

    tokens = distant_realm.login(user)
    refreshed = distant_realm.refresh(tokens)

    assert metadata_in(tokens.all_claims) == {}
    assert metadata_in(refreshed.all_claims) == {}
    assert metadata_in(distant_realm.userinfo(refreshed)) == {}
    assert metadata_in(distant_realm.introspect(refreshed.access_token)) == {}


@each(UNREADABLE)
def test_what_cannot_be_read_is_never_overwritten(
    distant_realm: Realm, distant_sidecar: Sidecar, users: dict[str, User], vector: dict[str, Any]
) -> None:
    """Reading and every kind of write are refused with the reason, and the rows stay as they are."""
    user = users[vector["name"]]

    answers = [
        distant_sidecar.read(user),
        distant_sidecar.read(user, "theme"),
        distant_sidecar.put(user, "theme", "Dark", profile_claim=True),
        distant_sidecar.put(user, "theme", "Dark", headers={"If-None-Match": "*"}),
        distant_sidecar.put(user, "theme", "Dark", headers={"If-Match": "*"}),
        distant_sidecar.delete(user, "theme"),
        distant_sidecar.replace(user, [{"key": "theme", "value": "Dark"}]),
        distant_sidecar.replace(user, []),
    ]

    for answer in answers:
        assert_problem(answer, "document_unreadable", reason=vector["unreadable"])
    assert stored(distant_realm, user) == [vector["rows"]]


def test_the_log_says_it_once_of_each_user_and_no_value(
    distant_realm: Realm, distant_keycloak: KeycloakServer, users: dict[str, User]
) -> None:
    """However often such a user logs in, the log says once why there are no claims, without a value."""
    for vector in UNREADABLE:
        distant_realm.userinfo(distant_realm.login(users[vector["name"]]))
        distant_realm.userinfo(distant_realm.login(users[vector["name"]]))

    said = [line.partition(") ")[2] for line in distant_keycloak.log_text().splitlines() if LOGGER in line]

    assert sorted(line for line in said if distant_realm.name in line) == sorted(
        f"Realm {distant_realm.name}, user {users[vector['name']].id}: no metadata claims, "
        f"the document cannot be read ({vector['unreadable']})"
        for vector in UNREADABLE
    )


def test_the_census_tells_documents_from_the_rest(distant_realm: Realm) -> None:
    """Who sets up the realm is told how many users hold a document, and how many something else."""
    token = distant_realm.token("manage-metadata")
    distant_realm.grant(
        distant_realm.service_account(distant_realm.service_client("manage-metadata")),
        "manage-realm",
        of="realm-management",
    )

    answer = Extension(distant_realm, token).get("census")

    documents = sum(1 for vector in READABLE if vector["rows"])
    assert answer.json() == {"documents": documents, "foreign": len(UNREADABLE)}


def test_a_new_user_of_an_old_name_begins_with_nothing(
    distant_realm: Realm, distant_sidecar: Sidecar
) -> None:
    """What a deleted user had is gone: who is given the name again inherits nothing."""
    old = distant_realm.user("frodo")
    distant_sidecar.put(old, "theme", "Dark", profile_claim=True)
    before = standing(distant_sidecar, old)

    distant_realm.admin.delete_user(old.id)
    new = distant_realm.user("frodo")

    assert before.claims == {"metadata_theme": "Dark"}
    assert_problem(distant_sidecar.read(old.id), "user_not_found")
    assert standing(distant_sidecar, new) == Standing('"0"', {"metadata": []}, {})
    assert stored(distant_realm, new) == [[]]


def entries_of(vector: dict[str, Any]) -> dict[str, Any]:
    """Read the entries of a readable case."""
    entries: dict[str, Any] = json.loads(vector["rows"][0])["entries"] if vector["rows"] else {}
    return entries
