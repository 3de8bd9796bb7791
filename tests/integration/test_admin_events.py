"""Every change of a user's metadata is one admin event of the realm: who, whom, which keys, never a value."""

import json
from functools import partial

import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.events import events_of, keys_in
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.tokens import claims_of

SECRET = "not-for-the-audit"
CROWD = 8


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


def test_the_event_has_the_id_of_the_request(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """The id that the answer gives the caller, his own or the one made, is a detail of the event."""
    own = open_sidecar.put(jane, "theme", 1, headers={"X-Request-Id": "crm-sync.42"})
    made = open_sidecar.put(jane, "theme", 2, headers={"X-Request-Id": "not plain"})

    ids = [event["details"]["requestId"] for event in events_of(open_realm, jane)]

    assert ids == ["crm-sync.42", made.headers["X-Request-Id"]]
    assert own.headers["X-Request-Id"] == "crm-sync.42"


@pytest.mark.parametrize("request_id", [None, "not plain", "x" * 129, "é"])
def test_an_id_that_is_not_plain_is_in_no_event(
    open_realm: Realm, open_sidecar: Sidecar, jane: User, request_id: str | None
) -> None:
    """Whoever calls the extension itself may send anything: only a plain id gets into the audit."""
    url = f"{open_realm.keycloak.url}/admin/realms/{open_realm.name}/user-metadata/change"
    bearer = {b"Authorization": f"Bearer {open_sidecar.token}".encode()}
    change = {"set": {"theme": {"value": 1}}}

    for sent in (request_id, "r1"):
        given = {} if sent is None else {b"X-Request-Id": sent.encode("latin-1")}
        answer = open_realm.http.post(url, params={"user": jane.id}, headers={**bearer, **given}, json=change)
        assert answer.status_code == 200, answer.text
        change = {"set": {"theme": {"value": 2}}}

    assert [event["details"].get("requestId") for event in events_of(open_realm, jane)] == [None, "r1"]


def test_many_writers_are_told_apart(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """Each of many changes at once is one event of its own, by its own request."""
    with crowd(CROWD, open_sidecar) as clients:
        writes = [
            partial(client.put, jane, f"key-{place}", place, headers={"X-Request-Id": f"r-{place}"})
            for place, client in enumerate(clients)
        ]
        assert {answer.status_code for answer in at_once(writes)} == {201}

    events = events_of(open_realm, jane)

    assert {event["details"]["requestId"]: keys_in(event)["added"] for event in events} == {
        f"r-{place}": [f"key-{place}"] for place in range(CROWD)
    }
    assert len(events) == CROWD


def test_the_event_has_the_callers_address(distant_realm: Realm, distant_sidecar: Sidecar) -> None:
    """Where Keycloak believes the sidecar, and the sidecar its proxy, it is the one the caller came from."""
    distant_realm.admin.update_realm(distant_realm.name, {"adminEventsEnabled": True})
    user = distant_realm.user(credentials=[])
    distant_sidecar.put(user, "theme", 1, headers={"X-Forwarded-For": "203.0.113.7"})

    (event,) = events_of(distant_realm, user)

    assert event["authDetails"]["ipAddress"] == "203.0.113.7"


def test_what_stores_nothing_is_no_event(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """Dry runs, no-ops, refused and forbidden writes, and reads leave no event behind."""
    open_sidecar.put(jane, "theme", 1)
    viewer = open_sidecar.as_caller(open_realm.token("view-metadata"))

    statuses = [
        open_sidecar.request(
            "PUT", f"{metadata_path(jane, 'theme')}?dryRun=true", json={"value": 2}
        ).status_code,
        open_sidecar.request("DELETE", f"{metadata_path(jane, 'theme')}?dryRun=true").status_code,
        open_sidecar.patch(jane, {"theme": {"value": 1}, "plan": None}).status_code,
        open_sidecar.put(jane, "theme", 1).status_code,
        open_sidecar.replace(jane, [{"key": "theme", "value": 1}]).status_code,
        open_sidecar.put(jane, "theme", 2, headers={"If-None-Match": "*"}).status_code,
        open_sidecar.put(jane, "theme", "x" * 20_000).status_code,
        open_sidecar.put(jane, "theme", None).status_code,
        open_sidecar.delete(jane, "plan").status_code,
        viewer.put(jane, "theme", 2).status_code,
        open_sidecar.read(jane).status_code,
    ]

    assert statuses == [200, 200, 200, 200, 200, 412, 422, 422, 404, 403, 200]
    assert len(events_of(open_realm, jane)) == 1
