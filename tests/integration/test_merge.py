"""PATCH merges (RFC 7396): what is named is merged, null removes, the rest stays; PUT never merges."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.places import exactly
from tests.integration.problems import assert_problem
from tests.integration.realms import User
from tests.integration.routes import MERGE_PATCH
from tests.integration.sidecars import Sidecar, metadata_path

RFC_7396: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "merge-patches.json").read_text()
)


def entry_of(sidecar: Sidecar, user: User, key: str) -> dict[str, Any]:
    """Read one entry, without its key."""
    entry: dict[str, Any] = sidecar.read(user, key).json()
    assert entry.pop("key") == key
    return entry


@pytest.mark.parametrize("example", RFC_7396, ids=json.dumps)
def test_a_value_is_merged_as_the_rfc_has_it(
    sidecar: Sidecar, someone: User, example: dict[str, Any]
) -> None:
    """Each example of the RFC's own table, applied to a value; one that leaves no value is refused."""
    before = sidecar.put(someone, "doc", example["original"], profile_claim=True)

    answer = sidecar.patch(someone, {"doc": {"value": example["patch"]}})

    if example["result"] is None:
        assert_problem(answer, "invalid_entry", key="doc")
        assert sidecar.read(someone, "doc").headers["etag"] == before.headers["etag"]
    else:
        assert answer.status_code == 200
        assert exactly(entry_of(sidecar, someone, "doc")) == exactly(
            {"value": example["result"], "profileClaim": True}
        )


def test_a_shoe_size_is_merged_from_nothing_to_nothing(sidecar: Sidecar, someone: User) -> None:
    """From a user without metadata: created, extended with its flag kept, emptied, left alone, removed."""
    patches: list[dict[str, Any]] = [
        {"shoe": {"value": {"eu": 41, "uk": None}, "profileClaim": True}},
        {"shoe": {"value": {"us": 8}}},
        {"shoe": {"value": {"eu": None, "us": None}}},
        {},
        {"shoe": None, "nope": None},
    ]

    answers = [sidecar.patch(someone, patch) for patch in patches]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [answer.json()["metadata"] for answer in answers] == [
        [{"key": "shoe", "value": {"eu": 41}, "profileClaim": True}],
        [{"key": "shoe", "value": {"eu": 41, "us": 8}, "profileClaim": True}],
        [{"key": "shoe", "value": {}, "profileClaim": True}],
        [{"key": "shoe", "value": {}, "profileClaim": True}],
        [],
    ]
    tags = [answer.headers["etag"] for answer in answers]
    assert tags[3] == tags[2]
    assert len(set(tags)) == 4


def test_a_merge_answers_as_the_get(sidecar: Sidecar, someone: User) -> None:
    """The answer is the whole metadata with its tag, byte for byte what a GET gives."""
    sidecar.put(someone, "theme", "Dark", profile_claim=True)

    merged = sidecar.patch(someone, {"plan": {"value": 1}})
    read = sidecar.read(someone)

    assert (merged.status_code, merged.content) == (200, read.content)
    for header in ("etag", "content-type", "cache-control"):
        assert merged.headers[header] == read.headers[header]


def test_what_is_not_named_stays(sidecar: Sidecar, someone: User) -> None:
    """Other entries keep their values and their tags, and members not named stay in the entry."""
    sidecar.put(someone, "theme", "Dark", profile_claim=True)
    sidecar.put(someone, "crm", {"segment": 7, "since": {"year": 2020, "month": None}}, profile_claim=True)
    theme = sidecar.read(someone, "theme")

    sidecar.patch(someone, {"crm": {"value": {"since": {"year": 2021}}}, "plan": {"value": "trial"}})

    after = sidecar.read(someone, "theme")
    assert (after.content, after.headers["etag"]) == (theme.content, theme.headers["etag"])
    assert entry_of(sidecar, someone, "crm") == {
        "value": {"segment": 7, "since": {"year": 2021, "month": None}},
        "profileClaim": True,
    }
    assert entry_of(sidecar, someone, "plan") == {"value": "trial", "profileClaim": False}


def test_the_flag_alone_is_merged(sidecar: Sidecar, someone: User) -> None:
    """A patch of profileClaim leaves the value; null makes it false, as if it had never been set."""
    sidecar.put(someone, "theme", {"name": "Dark"})

    on = sidecar.patch(someone, {"theme": {"profileClaim": True}}).json()["metadata"]
    off = sidecar.patch(someone, {"theme": {"profileClaim": None}}).json()["metadata"]

    assert on == [{"key": "theme", "value": {"name": "Dark"}, "profileClaim": True}]
    assert off == [{"key": "theme", "value": {"name": "Dark"}, "profileClaim": False}]


def test_put_replaces_where_patch_merges(sidecar: Sidecar, someone: User) -> None:
    """A PUT of an object takes the place of the one that was there, one at a time and in bulk."""
    sidecar.put(someone, "shoe", {"eu": 41})

    one = sidecar.put(someone, "shoe", {"us": 8})
    sidecar.patch(someone, {"shoe": {"value": {"eu": 41}}})
    both = entry_of(sidecar, someone, "shoe")
    bulk = sidecar.replace(someone, [{"key": "shoe", "value": {"uk": 7}}])

    assert one.json()["value"] == {"us": 8}
    assert both["value"] == {"us": 8, "eu": 41}
    assert bulk.json()["metadata"][0]["value"] == {"uk": 7}


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ([], "body"),
        ("theme", "body"),
        (None, "body"),
        ({"theme": 1}, "theme"),
        ({"theme": ["Dark"]}, "theme"),
        ({"theme": {"value": 1, "key": "theme"}}, "theme.key"),
        ({"theme": {"value": 1, "revision": 7}}, "theme.revision"),
        ({"theme": {"profileClaim": "true"}}, "theme.profileClaim"),
        ({"theme": {"expiresAt": 1893456000}}, "theme.expiresAt"),
        ({"metadata": [{"key": "theme", "value": 1}]}, "metadata"),
    ],
    ids=json.dumps,
)
def test_a_patch_of_another_shape_is_refused(
    sidecar: Sidecar, someone: User, patch: object, place: str
) -> None:
    """What is no object of entries, or an entry of unknown members, is 422 with the place; all stays."""
    sidecar.put(someone, "theme", "Dark")

    assert_problem(sidecar.patch(someone, patch), "invalid_entry", place=place)
    assert sidecar.entries(someone) == {"theme": "Dark"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"fresh": {"profileClaim": True}},
        {"fresh": {}},
        {"theme": {"value": None}},
        {" blank": {"value": 1}},
        {"theme": {"expiresAt": "tomorrow"}},
    ],
    ids=json.dumps,
)
def test_a_patch_is_done_whole_or_not_at_all(sidecar: Sidecar, someone: User, wrong: dict[str, Any]) -> None:
    """Where one entry cannot be, 422 names it, and nothing of the patch is stored."""
    before = sidecar.put(someone, "theme", "Dark")
    (key,) = wrong

    answer = sidecar.patch(someone, {"a": {"value": 1}, **wrong, "z": {"value": 1}})

    assert_problem(answer, "invalid_entry", key=key)
    assert sidecar.entries(someone) == {"theme": "Dark"}
    assert sidecar.read(someone, "theme").headers["etag"] == before.headers["etag"]


def test_a_merge_is_held_to_the_limits(sidecar: Sidecar, someone: User) -> None:
    """The limit is on what the merge makes, not on the patch."""
    sidecar.put(someone, "big", {"a": "x" * 16_000})

    answer = sidecar.patch(someone, {"big": {"value": {"b": "x" * 500}}})

    assert_problem(answer, "limit_exceeded", name="max-value-bytes", limit=16_384, key="big")
    assert sidecar.entries(someone) == {"big": {"a": "x" * 16_000}}


@pytest.mark.parametrize(
    ("method", "media_type", "right"),
    [
        ("PATCH", "application/json", MERGE_PATCH),
        ("PATCH", "application/json-patch+json", MERGE_PATCH),
        ("PATCH", "application/merge-patch+json; charset=latin-1", None),
        ("PUT", MERGE_PATCH, "application/json"),
    ],
)
def test_each_method_takes_its_own_media_type(
    sidecar: Sidecar, someone: User, method: str, media_type: str, right: str | None
) -> None:
    """A patch sent as JSON, or a replacement sent as a patch, is 415; the right type is named."""
    body = b'{"metadata":[]}' if method == "PUT" else b'{"theme":{"value":1}}'

    answer = sidecar.request(
        method, metadata_path(someone), content=body, headers={"Content-Type": media_type}
    )

    problem = assert_problem(answer, "unsupported_media_type")
    if right:
        assert problem["detail"] == f"The body must be sent with Content-Type: {right}."
    assert answer.headers.get("accept-patch") == (MERGE_PATCH if method == "PATCH" else None)
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.databases
def test_patches_at_once_lose_nothing(sidecar: Sidecar, someone: User) -> None:
    """Twelve clients that each add a member to the same value at the same moment all find theirs in it."""
    members = [f"m{number}" for number in range(12)]
    with crowd(len(members), sidecar) as clients:
        answers = at_once(
            [
                partial(client.patch, someone, {"shared": {"value": {member: member}}})
                for client, member in zip(clients, members, strict=True)
            ]
        )

    assert [answer.status_code for answer in answers] == [200] * len(members)
    assert sidecar.entries(someone) == {"shared": {member: member for member in members}}
