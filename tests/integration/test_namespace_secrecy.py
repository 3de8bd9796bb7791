"""A caller of a namespace cannot tell whether others have entries: two users that differ only in those.

One user has entries of the namespace alone, the other has those of others as well, and more changes behind
it. Every answer about the one is, header for header and byte for byte, the answer about the other.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.integration.mappers import choose
from tests.integration.problems import assert_problem
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import Sidecar, metadata_path

OURS = [
    {"key": "billing.plan", "value": {"name": "trial"}, "profileClaim": True},
    {"key": "billing.note", "value": "ours", "profileClaim": False},
]
OTHERS = [
    {"key": "crm.segment", "value": "x" * 3_000, "profileClaim": True},
    {"key": "theme", "value": "Dark", "profileClaim": True},
    {"key": "billing", "value": 1, "profileClaim": False},
]
APART = {"date", "x-request-id"}  # what tells one answer from the next, whoever it is about
FAR = "2099-01-31T12:00:00Z"


@pytest.fixture(scope="module", autouse=True)
def _namespaces(realm: Realm) -> None:
    realm.prepare(namespaces=["billing"])


@pytest.fixture(scope="module")
def clients(realm: Realm) -> list[Client]:
    """Clients whose tokens carry the revision, and none of the claims when together they are too many."""
    made = [realm.client(publicClient=True), realm.client(publicClient=True)]
    choose(realm, made[0], revision_claim="metadata_revision")
    choose(realm, made[1], max_bytes="1000")
    return made


@dataclass(frozen=True)
class Worlds:
    """The same calls about both users."""

    caller: Sidecar
    alone: User
    among: User

    def same(self, call: Callable[[User], httpx.Response]) -> httpx.Response:
        """Make a call about each user; assert that the answers are the same, and give one."""
        alone, among = call(self.alone), call(self.among)
        assert _all_of(alone) == _all_of(among)
        return alone

    def request(self, method: str, key: str | None = None, query: str = "", **more: object) -> httpx.Response:
        """Make a request about the metadata of each user."""
        return self.same(
            lambda user: self.caller.request(method, metadata_path(user, key) + query, **more)  # type: ignore[arg-type]
        )


def _all_of(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in APART]
    return answer.status_code, headers, answer.content


@pytest.fixture(params=["manage-metadata:billing", "view-metadata:billing"])
def worlds(request: pytest.FixtureRequest, realm: Realm, sidecar: Sidecar) -> Worlds:
    """Two users, of whom a caller with one of the roles knows the same."""
    alone, among = realm.user(credentials=[]), realm.user(credentials=[])
    sidecar.replace(alone, OURS)
    for number in range(3):
        sidecar.put(among, "crm.segment", number)
    sidecar.replace(among, [*OURS, *OTHERS])
    return Worlds(sidecar.as_caller(realm.token(request.param)), alone, among)


@pytest.mark.parametrize(
    "key", [None, "billing.plan", "billing.absent", "crm.segment", "theme", "billing", "absent", "crm.absent"]
)
def test_reading(worlds: Worlds, key: str | None) -> None:
    """Lists, entries and tags, conditional ones too: 200, 304 or 404 alike."""
    read = worlds.request("GET", key)

    for tag in (read.headers.get("etag", '"1"'), '"1"', '"4"', "*"):
        worlds.request("GET", key, headers={"If-None-Match": tag})


CONDITIONS: list[dict[str, str]] = [
    {},
    {"If-Match": "*"},
    {"If-None-Match": "*"},
    {"If-Match": '"1"'},
    {"If-Match": '"4"'},
    {"If-None-Match": '"1", "4"'},
]


@pytest.mark.parametrize("query", ["?dryRun=true", ""])
@pytest.mark.parametrize("headers", CONDITIONS[:3], ids=str)
@pytest.mark.parametrize("key", ["crm.segment", "theme", "billing", "absent", "crm.absent"])
def test_writing_outside(worlds: Worlds, key: str, headers: dict[str, str], query: str) -> None:
    """Refused alike, whether the key is there or not, and whatever its condition says."""
    patch = {**headers, "Content-Type": "application/merge-patch+json"}
    entry = {"value": "Dark", "profileClaim": True}

    answers = [
        worlds.request("PUT", key, query, json=entry, headers=headers),
        worlds.request("DELETE", key, query, headers=headers),
        worlds.request("PUT", None, query, json={"metadata": [{"key": key, **entry}]}, headers=headers),
        worlds.request("PATCH", None, query, json={key: entry}, headers=patch),
        worlds.request("PATCH", None, query, json={key: None}, headers=patch),
    ]

    assert {answer.status_code for answer in answers} == {403}


@pytest.mark.parametrize("query", ["?dryRun=true", ""])
@pytest.mark.parametrize("headers", CONDITIONS, ids=str)
def test_writing_inside(worlds: Worlds, headers: dict[str, str], query: str) -> None:
    """Done or refused alike: sizes, tags and what a failed condition shows are of the caller's keys only."""
    patch = {**headers, "Content-Type": "application/merge-patch+json"}
    plan = {"value": {"name": "paid", "since": 2024}, "profileClaim": True}

    worlds.request("DELETE", "billing.absent", query, headers=headers)
    worlds.request("PUT", "billing.plan", query, json=plan, headers=headers)
    worlds.request("PUT", "billing.plan", query, json={"value": None}, headers=headers)
    worlds.request("PUT", "billing.big", query, json={"value": "x" * 20_000}, headers=headers)
    worlds.request("PATCH", None, query, json={"billing.trial": {**plan, "expiresAt": FAR}}, headers=patch)
    worlds.request("PUT", None, query, json={"metadata": [{"key": "billing.plan", **plan}]}, headers=headers)
    worlds.request("DELETE", "billing.plan", query, headers=headers)
    worlds.request("PUT", None, query, json={"metadata": []}, headers=headers)
    worlds.request("GET")


def test_the_claims_and_their_size(realm: Realm, worlds: Worlds, clients: list[Client]) -> None:
    """The preview shows the caller's claims, without the revision, which counts the others' changes."""
    for client_id in (None, realm.app.client_id, *(client.client_id for client in clients), "nope"):
        answer = worlds.same(lambda user, client_id=client_id: worlds.caller.claims(user, client_id))  # type: ignore[misc]
        if answer.status_code == 200:
            assert answer.json()["claims"] == {"metadata_billing.plan": {"name": "trial"}}


def test_the_others_go_on_unnoticed(sidecar: Sidecar, worlds: Worlds) -> None:
    """Whatever the others write between two reads, the tags stay and a conditional GET is 304."""
    before = worlds.caller.read(worlds.among)
    entry = worlds.caller.read(worlds.among, "billing.plan")

    sidecar.put(worlds.among, "crm.more", 1, profile_claim=True)
    sidecar.delete(worlds.among, "theme")

    assert _all_of(worlds.caller.read(worlds.among)) == _all_of(before)
    assert _all_of(worlds.caller.read(worlds.among, "billing.plan")) == _all_of(entry)
    again = worlds.request("GET", headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 304


def test_users_that_do_not_exist(worlds: Worlds) -> None:
    """A write outside the namespace is refused before the user is looked for, known or unknown."""
    answers = [
        worlds.caller.put(user, "crm.segment", 1)
        for user in (worlds.among, worlds.alone, "nobody@example.com")
    ]

    assert answers[0].status_code == 403
    assert {str(_all_of(answer)) for answer in answers} == {str(_all_of(answers[0]))}


def test_a_limit_that_others_use_up_does_not_say_how_far(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """Where there is no room left, the answer names the limit; not how much is there, nor whose it is."""
    manager = sidecar.as_caller(realm.token("manage-metadata:billing"))
    sidecar.put(someone, "crm.full", "x" * 3_900, profile_claim=True)

    for query in ("", "?dryRun=true"):
        path = metadata_path(someone, "billing.more") + query
        answer = manager.request("PUT", path, json={"value": "x" * 500, "profileClaim": True})
        problem = assert_problem(answer, "limit_exceeded", name="max-claims-bytes", limit=4096)
        assert problem.keys() == {"type", "title", "status", "detail", "name", "limit"}
        assert problem["detail"] == "The limit max-claims-bytes of the user's metadata is reached."
