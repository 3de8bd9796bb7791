"""Self-service: a user with the role reads the own profile claims, nothing else, and writes nothing."""

import pytest

from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.routes import ROUTES, Route
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Tokens

FAR = "2099-01-31T12:00:00Z"
STORED = [
    {"key": "theme", "value": {"name": "Dark"}, "profileClaim": True},
    {"key": "note", "value": "about jane", "profileClaim": False},
    {"key": "trial", "value": True, "profileClaim": True, "expiresAt": FAR},
]
OWN = {"metadata": [STORED[0], STORED[2]]}


@pytest.fixture
def jane(realm: Realm, sidecar: Sidecar, jane: User) -> User:
    """A user who may see her own metadata, and has entries of both kinds."""
    realm.grant(jane.id, "view-own-metadata")
    sidecar.replace(jane, STORED)
    return jane


@pytest.fixture
def tokens(realm: Realm, jane: User) -> Tokens:
    """Her login at an application."""
    return realm.login(jane)


@pytest.fixture
def herself(sidecar: Sidecar, tokens: Tokens) -> Sidecar:
    """The sidecar as she calls it."""
    return sidecar.as_caller(tokens.access_token)


def test_a_user_reads_the_own_profile_claims(realm: Realm, herself: Sidecar, tokens: Tokens) -> None:
    """What her tokens show of her, in the shape of the list, with a tag; the private entry is not there."""
    answer = herself.own()

    assert (answer.status_code, answer.json()) == (200, OWN)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["etag"].strip('"').isdecimal()
    claims = {f"metadata_{entry['key']}": entry["value"] for entry in OWN["metadata"]}
    assert metadata_everywhere(realm, tokens) == in_every_place(claims)


def test_the_tag_is_of_what_she_sees(sidecar: Sidecar, herself: Sidecar, jane: User) -> None:
    """304 to whoever has it; a private entry does not change it, a profile claim does."""
    first = herself.own()

    same = herself.own(headers={"If-None-Match": first.headers["etag"]})
    sidecar.put(jane, "note", "another")
    still = herself.own(headers={"If-None-Match": first.headers["etag"]})
    sidecar.put(jane, "theme", "Light", profile_claim=True)
    changed = herself.own(headers={"If-None-Match": first.headers["etag"]})

    assert [(answer.status_code, answer.content) for answer in (same, still)] == [(304, b"")] * 2
    assert same.headers["etag"] == still.headers["etag"] == first.headers["etag"]
    assert (changed.status_code, changed.json()["metadata"][0]["value"]) == (200, "Light")


def test_an_entry_that_is_no_longer_a_claim_is_gone(sidecar: Sidecar, herself: Sidecar, jane: User) -> None:
    """The view is of the present flags, whatever the token was made of."""
    sidecar.patch(jane, {"theme": {"profileClaim": False}, "trial": None})

    assert herself.own().json() == {"metadata": []}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_the_role_opens_nothing_else(sidecar: Sidecar, herself: Sidecar, jane: User, route: Route) -> None:
    """No route that names a user takes it: not herself, not another; nothing is read, nothing written."""
    before = sidecar.read(jane)
    required = "manage-metadata" if route.writes else "view-metadata"

    for user in (jane, jane.username, "nobody@example.com"):
        assert_problem(route.call(herself, user), "forbidden", required=required)
    assert_problem(herself.claims(jane), "forbidden", required="view-metadata")
    after = sidecar.read(jane)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_there_is_no_self_service_write(sidecar: Sidecar, herself: Sidecar, jane: User, method: str) -> None:
    """The route is read only, and has no routes below it."""
    body = {"metadata": [{"key": "role", "value": "admin", "profileClaim": True}]}

    answer = herself.request(method, "/api/me/metadata", json=body)
    below = herself.request(method, "/api/me/metadata/theme", json={"value": 1})

    assert_problem(answer, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert_problem(below, "not_found")
    assert sidecar.read(jane).json()["metadata"][0]["key"] == "note"


@pytest.mark.parametrize("roles", [["view-metadata"], ["manage-metadata"]], ids=str)
def test_other_roles_do_not_imply_it(realm: Realm, sidecar: Sidecar, roles: list[str]) -> None:
    """Who may read everybody's metadata, but not view the own, is refused with the role that is missing."""
    caller = sidecar.as_caller(realm.token(*roles))

    assert_problem(caller.own(), "forbidden", required="view-own-metadata")


def test_a_role_taken_away_counts_at_once(realm: Realm, herself: Sidecar, jane: User) -> None:
    """The next call with the same token is refused."""
    assert herself.own().status_code == 200

    realm.revoke(jane.id, "view-own-metadata")

    assert_problem(herself.own(), "forbidden", required="view-own-metadata")


def test_without_a_token_there_is_a_challenge(realm: Realm, sidecar: Sidecar) -> None:
    """Nobody is not me: 401; nor is a user without any role of ours, whose token is not meant for us."""
    nobody, stranger = sidecar.as_caller("").own(), sidecar.as_caller(realm.login(realm.user()).access_token)

    assert_problem(nobody, "invalid_token")
    assert "audience lacks user-metadata" in assert_problem(stranger.own(), "invalid_token")["detail"]


def test_who_has_no_metadata_has_an_empty_list(realm: Realm, sidecar: Sidecar) -> None:
    """A service account with the role is somebody, too, without entries."""
    caller = sidecar.as_caller(realm.token("view-own-metadata"))

    assert (caller.own().status_code, caller.own().json()) == (200, {"metadata": []})
