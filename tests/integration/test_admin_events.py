"""Every change of a user's metadata is one admin event of the realm: who, whom, which keys, never a value."""

import json

import pytest

from tests.integration.events import events_of, keys_in
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import claims_of

SECRET = "not-for-the-audit"


@pytest.fixture
def jane(open_realm: Realm) -> User:
    """A user of the realm that records."""
    return open_realm.user()


def test_each_change_is_one_event(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """Creating, overwriting, replacing and deleting are an event each, with the keys and the revision."""
    open_sidecar.put(jane, "theme", SECRET)
    open_sidecar.put(jane, "theme", SECRET + "2", profile_claim=True)
    open_sidecar.put(jane, 'a"b/ü', {SECRET: SECRET})
    open_sidecar.replace(
        jane, [{"key": "theme", "value": SECRET}, {"key": "plan", "value": 1}, {"key": "b", "value": 1}]
    )
    open_sidecar.delete(jane, "plan")

    events = events_of(open_realm, jane)

    assert [keys_in(event) for event in events] == [
        {"added": ["theme"]},
        {"changed": ["theme"]},
        {"added": ['a"b/ü']},
        {"added": ["b", "plan"], "changed": ["theme"], "removed": ['a"b/ü']},
        {"removed": ["plan"]},
    ]
    assert [event["details"]["revision"] for event in events] == ["1", "2", "3", "4", "5"]
    assert {(event["resourceType"], event["operationType"]) for event in events} == {
        ("USER_METADATA", "UPDATE")
    }
    assert "not-for-the-audit" not in json.dumps(events)
    assert all("representation" not in event for event in events)


def test_the_event_names_who_did_it(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """The caller's own client and user stand in it, not the sidecar's: it has none."""
    open_sidecar.put(jane, "theme", 1)
    caller = claims_of(open_sidecar.token)

    (event,) = events_of(open_realm, jane)

    clients = {client["id"]: client["clientId"] for client in open_realm.admin.get_clients()}
    assert event["authDetails"]["userId"] == caller["sub"]
    assert clients[event["authDetails"]["clientId"]] == caller["azp"]
    assert "error" not in event


def test_what_stores_nothing_is_no_event(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """No-ops, refused and forbidden writes, and reads leave no event behind."""
    open_sidecar.put(jane, "theme", 1)
    viewer = open_sidecar.as_caller(open_realm.token("view-metadata"))

    statuses = [
        open_sidecar.put(jane, "theme", 1).status_code,
        open_sidecar.replace(jane, [{"key": "theme", "value": 1}]).status_code,
        open_sidecar.put(jane, "theme", 2, headers={"If-None-Match": "*"}).status_code,
        open_sidecar.put(jane, "theme", "x" * 20_000).status_code,
        open_sidecar.put(jane, "theme", None).status_code,
        open_sidecar.delete(jane, "plan").status_code,
        viewer.put(jane, "theme", 2).status_code,
        open_sidecar.read(jane).status_code,
    ]

    assert statuses == [200, 200, 412, 422, 422, 404, 403, 200]
    assert len(events_of(open_realm, jane)) == 1
