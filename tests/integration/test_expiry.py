"""An entry that expires is gone from that instant on: from reads, tokens and previews, later from the row."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.events import events_of, keys_in
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.rows import stored_document
from tests.integration.sidecars import Sidecar, metadata_path

FAR = "2099-01-31T12:00:00Z"
SOON = timedelta(seconds=3)
PATIENCE = 30.0


def put_trial(sidecar: Sidecar, user: User, lifetime: timedelta) -> str:
    """Store ``trial``, a profile claim that expires after so long; give its tag."""
    expires_at = (datetime.now(UTC) + lifetime).isoformat()
    entry = {"value": True, "profileClaim": True, "expiresAt": expires_at}
    answer = sidecar.request("PUT", metadata_path(user, "trial"), json=entry)
    assert answer.status_code == 201, answer.text
    return answer.headers["etag"]


def wait_until_gone(sidecar: Sidecar, user: User) -> None:
    """Ask for ``trial`` until it is no longer there."""
    deadline = time.monotonic() + PATIENCE
    while sidecar.read(user, "trial").status_code != 404:
        assert time.monotonic() < deadline, "the entry does not expire"
        time.sleep(0.1)


def expiry_of(sidecar: Sidecar, user: User, key: str) -> object:
    """Read when an entry expires; None where nothing is said of it."""
    return sidecar.read(user, key).json().get("expiresAt")


def test_an_entry_vanishes_from_the_second_token(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """It is in the tokens of one refresh, and after its time in none of the next, nor in any answer."""
    sidecar.put(jane, "theme", "Dark", profile_claim=True)
    session = realm.login(jane)
    put_trial(sidecar, jane, SOON)
    tokens, before = realm.refresh(session), sidecar.read(jane)

    wait_until_gone(sidecar, jane)

    assert tokens.access["metadata_trial"] is True
    theme = {"metadata_theme": "Dark"}
    assert metadata_everywhere(realm, realm.refresh(tokens)) == in_every_place(theme)
    assert "metadata_trial" not in {**realm.userinfo(tokens), **realm.introspect(tokens.access_token)}
    assert sidecar.claims(jane).json()["claims"] == theme
    assert sidecar.claims(jane, realm.app.client_id).json()["claims"] == theme
    after = sidecar.read(jane)
    assert after.json()["metadata"] == [{"key": "theme", "value": "Dark", "profileClaim": True}]
    assert after.headers["etag"] != before.headers["etag"]


def test_what_has_expired_is_not_there_for_a_write(sidecar: Sidecar, someone: User) -> None:
    """It cannot be deleted, its tag holds no more, a merge begins anew, and what must create does."""
    tag = put_trial(sidecar, someone, SOON)
    wait_until_gone(sidecar, someone)

    deleted = sidecar.delete(someone, "trial")
    matched = sidecar.put(someone, "trial", 1, headers={"If-Match": tag})
    merged = sidecar.patch(someone, {"trial": {"profileClaim": False}})
    created = sidecar.put(someone, "trial", 1, headers={"If-None-Match": "*"})

    assert_problem(deleted, "entry_not_found", key="trial")
    assert assert_problem(matched, "precondition_failed")["current"] is None
    assert_problem(merged, "invalid_entry", key="trial")
    assert (created.status_code, created.json()) == (
        201,
        {"key": "trial", "value": 1, "profileClaim": False},
    )


def test_the_next_write_drops_it(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Reads and dry runs leave the row alone; a write of another key drops it, and the event says so."""
    user = open_realm.user(credentials=[])
    put_trial(open_sidecar, user, SOON)
    wait_until_gone(open_sidecar, user)
    tag = open_sidecar.read(user).headers["etag"]
    path = metadata_path(user, "theme")
    dry = open_sidecar.request("PUT", f"{path}?dryRun=true", json={"value": 1})
    untouched = stored_document(open_realm, user)

    written = open_sidecar.put(user, "theme", 1)

    assert dry.json()["claimsBytes"] == {"before": 0, "after": 0, "limit": 4096}
    assert untouched["entries"].keys() == {"trial"}
    assert stored_document(open_realm, user)["entries"].keys() == {"theme"}
    assert int(written.headers["etag"].strip('"')) > int(tag.strip('"'))
    assert keys_in(events_of(open_realm, user)[-1]) == {"added": ["theme"], "expired": ["trial"]}


@pytest.mark.parametrize(
    "expires_at",
    [
        "2020-01-31T12:00:00Z",
        "2099-01-31",
        "2099-01-31T12:00:00",
        "2099-02-30T12:00:00Z",
        "31.1.2099",
        "tomorrow",
        "",
        "4073544000",
        None,
    ],
)
def test_an_instant_that_is_none_or_past_is_refused(
    sidecar: Sidecar, someone: User, expires_at: str | None
) -> None:
    """422 on the three writes that could set it, with the key; nothing is stored."""
    entry = {"value": 1, "expiresAt": expires_at}
    answers = [
        sidecar.request("PUT", metadata_path(someone, "trial"), json=entry),
        sidecar.replace(someone, [{"key": "trial", **entry}]),
    ]
    if expires_at is not None:  # which in a patch means to take it away
        answers.append(sidecar.patch(someone, {"trial": entry}))

    for answer in answers:
        assert_problem(answer, "invalid_entry", key="trial")
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.parametrize("expires_at", [4073544000, True, ["2099-01-31T12:00:00Z"]])
def test_an_instant_is_text(sidecar: Sidecar, someone: User, expires_at: object) -> None:
    """A number, or anything but a string, is 422 with its place."""
    entry = {"value": 1, "expiresAt": expires_at}
    one = sidecar.request("PUT", metadata_path(someone, "trial"), json=entry)
    bulk = sidecar.replace(someone, [{"key": "trial", **entry}])

    assert_problem(one, "invalid_entry", place="expiresAt", reason="must be a string")
    assert_problem(bulk, "invalid_entry", place="metadata.0.expiresAt", reason="must be a string")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (FAR, FAR),
        ("2099-01-31T14:00:00+02:00", FAR),
        ("2099-01-31T12:00:00.500Z", "2099-01-31T12:00:00.500Z"),
        ("2099-01-31t12:00:00z", FAR),
    ],
)
def test_an_instant_comes_back_in_utc(sidecar: Sidecar, someone: User, sent: str, shown: str) -> None:
    """Every answer that shows the entry says when it goes, whatever the offset it was sent with."""
    entry = {"value": 1, "profileClaim": False, "expiresAt": sent}
    expected = {"key": "trial", **entry, "expiresAt": shown}

    put = sidecar.request("PUT", metadata_path(someone, "trial"), json=entry)
    replaced = sidecar.replace(someone, [{"key": "trial", **entry}])
    merged = sidecar.patch(someone, {"trial": entry})
    conflict = sidecar.put(someone, "trial", 2, headers={"If-None-Match": "*"})

    assert put.json() == expected
    assert sidecar.read(someone, "trial").json() == expected
    for answer in (replaced, merged, sidecar.read(someone)):
        assert answer.json() == {"metadata": [expected]}
    assert_problem(conflict, "precondition_failed", current=expected)
    assert replaced.headers["etag"] == merged.headers["etag"] == '"1"'


def test_what_was_read_can_be_written_back(sidecar: Sidecar, someone: User) -> None:
    """The list of a GET is a body of the bulk PUT: nothing changes, neither entry nor tag."""
    sidecar.put(someone, "theme", "Dark")
    put_trial(sidecar, someone, timedelta(days=1))
    read = sidecar.read(someone)

    written = sidecar.replace(someone, read.json()["metadata"])

    assert (written.content, written.headers["etag"]) == (read.content, read.headers["etag"])


def test_a_merge_keeps_the_expiry_and_a_put_does_not(sidecar: Sidecar, someone: User) -> None:
    """PATCH leaves it unless it is named, and takes it away by null; an entry put anew says so itself."""
    entry: dict[str, Any] = {"value": {"a": 1}, "expiresAt": FAR}
    sidecar.patch(someone, {"trial": entry, "other": entry})

    sidecar.patch(someone, {"trial": {"value": {"b": 2}}})
    assert expiry_of(sidecar, someone, "trial") == FAR
    sidecar.patch(someone, {"trial": {"expiresAt": None}})
    assert expiry_of(sidecar, someone, "trial") is None
    sidecar.put(someone, "other", {"a": 1})
    assert expiry_of(sidecar, someone, "other") is None


def test_the_expiry_alone_is_a_change(sidecar: Sidecar, someone: User) -> None:
    """Putting it off changes the entry's tag, which is the time to notice."""
    first = sidecar.patch(someone, {"trial": {"value": 1, "expiresAt": FAR}})

    again = sidecar.patch(someone, {"trial": {"expiresAt": FAR}})
    later = sidecar.patch(someone, {"trial": {"expiresAt": "2099-12-31T00:00:00Z"}})

    assert again.headers["etag"] == first.headers["etag"]
    assert later.headers["etag"] != first.headers["etag"]
