"""Limits as realm attributes: they count from the next request, stop growth only, and nonsense is ignored."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.extensions import Extension
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar

DEFAULTS = {
    "max-key-characters": 128,
    "max-value-bytes": 16_384,
    "max-value-depth": 16,
    "max-entries": 256,
    "max-document-bytes": 65_536,
    "max-claims-bytes": 4_096,
}


@pytest.fixture
def own(fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]) -> Sidecar:
    """The sidecar of a realm whose limits are the test's to set."""
    return sidecar_of(fresh_realm)


@pytest.fixture
def user(fresh_realm: Realm) -> User:
    """A user of that realm."""
    return fresh_realm.user(credentials=[])


def limit(realm: Realm, **limits: object) -> None:
    """Set realm attributes to these limits, as an administrator's tool does: all others are gone."""
    attributes = {f"user-metadata.{name.replace('_', '-')}": str(value) for name, value in limits.items()}
    realm.admin.update_realm(realm.name, {"attributes": {"frontendUrl": "", **attributes}})


def entries(count: int) -> list[dict[str, object]]:
    """Make so many entries."""
    return [{"key": f"key-{number:03}", "value": number} for number in range(count)]


def info(realm: Realm) -> dict[str, Any]:
    """What the extension says of the realm."""
    said: dict[str, Any] = Extension(realm, realm.token("view-metadata")).get("info").json()
    return said


def test_a_lowered_limit_counts_at_once_and_ends_with_its_attribute(own: Sidecar, user: User) -> None:
    """With a limit of 10 the eleventh entry is refused; once the attribute is gone, the default applies."""
    limit(own.realm, max_entries=10)
    assert own.replace(user, entries(10)).status_code == 200
    assert_problem(own.put(user, "one-more", 1), "limit_exceeded", name="max-entries", limit=10, actual=11)
    assert info(own.realm)["limits"] == {**DEFAULTS, "max-entries": 10}

    limit(own.realm)

    assert own.put(user, "one-more", 1).status_code == 201
    assert info(own.realm)["limits"] == DEFAULTS


def test_what_is_beyond_a_lowered_limit_stays_and_may_shrink(own: Sidecar, user: User) -> None:
    """300 entries under a limit of 256 are readable, changeable, deletable; only growth is refused."""
    limit(own.realm, max_entries=500)
    assert own.replace(user, entries(300)).status_code == 200
    limit(own.realm)

    assert len(own.entries(user)) == 300
    growth = {"name": "max-entries", "limit": 256, "actual": 301}
    assert_problem(own.put(user, "one-more", 1), "limit_exceeded", **growth)
    assert_problem(own.replace(user, entries(301)), "limit_exceeded", **growth)
    assert own.put(user, "key-000", "changed").status_code == 200
    assert own.delete(user, "key-001").status_code == 204
    assert own.replace(user, entries(280)).status_code == 200
    assert_problem(own.put(user, "one-more", 1), "limit_exceeded", name="max-entries", limit=256, actual=281)
    assert own.replace(user, entries(256)).status_code == 200


def test_every_limit_stops_growth_only(own: Sidecar, user: User) -> None:
    """Under every limit lowered below what is stored, each value may stay or shrink, and none may grow."""
    stored = {"long": "x" * 100, "deep": [[[1]]], "a-very-long-key": 1, "claim": "y" * 50}
    own.replace(
        user, [{"key": key, "value": value, "profileClaim": key == "claim"} for key, value in stored.items()]
    )
    limit(
        own.realm,
        max_key_characters=5,
        max_value_bytes=10,
        max_value_depth=1,
        max_entries=2,
        max_document_bytes=50,
        max_claims_bytes=20,
    )

    assert own.entries(user) == stored
    for key, larger, name in (
        ("long", "x" * 101, "max-value-bytes"),
        ("deep", [[[[]]]], "max-value-depth"),
        ("short", 1, "max-entries"),
        ("another-long-key", 1, "max-key-characters"),
        ("a-very-long-key", 10, "max-document-bytes"),
    ):
        assert_problem(own.put(user, key, larger), "limit_exceeded", name=name)
    assert own.put(user, "long", "x" * 99).status_code == 200
    assert own.put(user, "deep", [[1]]).status_code == 200
    claims = {"name": "max-claims-bytes", "limit": 20}
    assert_problem(own.put(user, "deep", [], profile_claim=True), "limit_exceeded", **claims)
    assert own.put(user, "claim", "y" * 49, profile_claim=True).status_code == 200
    assert own.put(user, "a-very-long-key", 2).status_code == 200
    assert own.delete(user, "a-very-long-key").status_code == 204


def test_nonsense_is_ignored_and_named(own: Sidecar, user: User) -> None:
    """A limit that is no number, or out of its range, is as if it were not there, and the info names it."""
    for nonsense in ("ten", "-1", "1.5", "0x10", "99999999999", "10001", "1e3"):
        limit(own.realm, max_entries=nonsense, max_value_depth=1)
        said = info(own.realm)
        assert said["ignoredSettings"] == ["user-metadata.max-entries"], nonsense
        assert said["limits"] == {**DEFAULTS, "max-value-depth": 1}

    too_many = {"name": "max-entries", "limit": 256, "actual": 257}
    assert_problem(own.replace(user, entries(257)), "limit_exceeded", **too_many)
