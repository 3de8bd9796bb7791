"""The main job: an application writes an entry, the user logs in, the tokens carry it."""

import pytest

from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

pytestmark = pytest.mark.databases


def test_dark_mode_reaches_janes_tokens(realm: Realm, sidecar: Sidecar) -> None:
    """What an application writes for jane.doe@example.com is in her tokens when she logs in elsewhere."""
    jane = realm.user("jane", email="jane.doe@example.com")

    answer = sidecar.put("jane.doe@example.com", "theme", "Dark Mode", profile_claim=True)
    tokens = realm.login(jane)

    assert (answer.status_code, answer.json()) == (
        201,
        {"key": "theme", "value": "Dark Mode", "profileClaim": True},
    )
    assert tokens.access["metadata_theme"] == "Dark Mode"
    assert tokens.identity["metadata_theme"] == "Dark Mode"
    assert realm.userinfo(tokens)["metadata_theme"] == "Dark Mode"
    assert realm.introspect(tokens.access_token)["metadata_theme"] == "Dark Mode"


@pytest.mark.parametrize("key", ["profile-theme", "preferred-language", "theme", "user-theme"])
def test_a_profile_claim_is_named_after_its_key(realm: Realm, sidecar: Sidecar, jane: User, key: str) -> None:
    """The claim of an entry is its key behind ``metadata_``, hyphens and all."""
    sidecar.put(jane, key, "Light", profile_claim=True)

    assert metadata_in(realm.login(jane).access) == {f"metadata_{key}": "Light"}


def test_a_user_is_named_by_id_username_or_email(sidecar: Sidecar, jane: User) -> None:
    """All three names of a user lead to the same entries."""
    sidecar.put(jane.id, "a", 1)
    sidecar.put(jane.username, "b", 2)
    sidecar.put(jane.email, "c", 3)

    expected = {"a": 1, "b": 2, "c": 3}
    assert sidecar.entries(jane.id) == expected
    assert sidecar.entries(jane.username) == expected
    assert sidecar.entries(jane.email) == expected


def test_private_entries_stay_out_of_tokens(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """An entry without profileClaim appears in none of the user's tokens."""
    sidecar.put(jane, "note", "hers", profile_claim=False)
    sidecar.put(jane, "remark", "hers as well")

    tokens = realm.login(jane)

    assert metadata_in(tokens.all_claims) == {}
    assert metadata_in(realm.userinfo(tokens)) == {}
    assert metadata_in(realm.introspect(tokens.access_token)) == {}


def test_a_refresh_brings_the_present_entries(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """A refreshed token carries what was written since, and no longer what was deleted."""
    sidecar.put(jane, "old", "gone soon", profile_claim=True)
    tokens = realm.login(jane)
    sidecar.delete(jane, "old")
    sidecar.put(jane, "new", "just written", profile_claim=True)

    refreshed = realm.refresh(tokens)

    assert metadata_in(tokens.access) == {"metadata_old": "gone soon"}
    assert metadata_in(refreshed.access) == {"metadata_new": "just written"}
