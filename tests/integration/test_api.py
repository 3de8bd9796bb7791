"""The routes: what each answers when all is well, and when the user or the entry is not there."""

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import User
from tests.integration.routes import ROUTES, Route
from tests.integration.sidecars import Sidecar

THEME = {"key": "theme", "value": "Dark Mode", "profileClaim": True}
PLAN = {"key": "plan", "value": {"name": "trial", "seats": 3}, "profileClaim": False}


def test_a_user_without_metadata_has_an_empty_list(sidecar: Sidecar, someone: User) -> None:
    """Whoever exists has metadata: an empty list with an entity tag, before anything was written."""
    answer = sidecar.read(someone)

    assert (answer.status_code, answer.json()) == (200, {"metadata": []})
    assert answer.headers["etag"] == '"0"'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, no-cache"


def test_a_new_entry_is_created(sidecar: Sidecar, someone: User) -> None:
    """The first PUT of a key answers 201 with the entry and its tag."""
    answer = sidecar.put(someone, "theme", "Dark Mode", profile_claim=True)

    assert (answer.status_code, answer.json()) == (201, THEME)
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["content-type"] == "application/json"


def test_an_entry_is_overwritten(sidecar: Sidecar, someone: User) -> None:
    """A PUT of a key that is there answers 200 with the new entry and a new tag."""
    first = sidecar.put(someone, "theme", "Dark Mode", profile_claim=True)
    second = sidecar.put(someone, "theme", ["Light"])

    assert (second.status_code, second.json()) == (
        200,
        {"key": "theme", "value": ["Light"], "profileClaim": False},
    )
    assert second.headers["etag"] != first.headers["etag"]


def test_a_flag_left_out_is_false(sidecar: Sidecar, someone: User) -> None:
    """An entry sent without profileClaim is no profile claim, though it was one before; in a list as well."""
    sidecar.put(someone, "theme", "Dark", profile_claim=True)

    assert sidecar.put(someone, "theme", "Dark").json()["profileClaim"] is False
    assert sidecar.replace(someone, [{"key": "plan", "value": 1}]).json() == {
        "metadata": [{"key": "plan", "value": 1, "profileClaim": False}]
    }


def test_one_entry_is_read_by_its_key(sidecar: Sidecar, someone: User) -> None:
    """GET of a key answers the entry as its PUT did, with the same tag."""
    written = sidecar.put(someone, "theme", "Dark Mode", profile_claim=True)
    sidecar.put(someone, "other", 2)

    read = sidecar.read(someone, "theme")

    assert (read.status_code, read.json(), read.headers["etag"]) == (200, THEME, written.headers["etag"])
    assert read.headers["content-type"] == "application/json"


def test_all_entries_are_sorted_by_code_points(sidecar: Sidecar, someone: User) -> None:
    """The list goes by the keys' code points: upper case first, and emoji after all of the basic plane."""
    keys = ["\N{GRINNING FACE}", "\N{FULLWIDTH TILDE}", "é", "b", "a.b", "a", "B", "10", "9"]
    sidecar.replace(someone, [{"key": key, "value": key} for key in keys])

    assert [entry["key"] for entry in sidecar.read(someone).json()["metadata"]] == sorted(keys)
    assert sorted(keys)[-2:] == ["\N{FULLWIDTH TILDE}", "\N{GRINNING FACE}"]


def test_an_entry_is_deleted(sidecar: Sidecar, someone: User) -> None:
    """DELETE answers 204 without a body, and only that entry is gone."""
    sidecar.replace(someone, [THEME, PLAN])

    answer = sidecar.delete(someone, "theme")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert sidecar.read(someone).json() == {"metadata": [PLAN]}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_entry_that_is_not_there_is_not_found(sidecar: Sidecar, someone: User, method: str) -> None:
    """To read or delete a key that was never written, or is deleted already, is 404 entry_not_found."""
    path = f"/api/user/{someone.id}/metadata/theme"
    assert_problem(sidecar.request(method, path), "entry_not_found", key="theme")
    sidecar.put(someone, "theme", "Dark")
    sidecar.delete(someone, "theme")

    assert_problem(sidecar.request(method, path), "entry_not_found", key="theme")


def test_a_list_replaces_everything(sidecar: Sidecar, someone: User) -> None:
    """The bulk PUT answers as the GET does, and what it does not name is gone."""
    sidecar.put(someone, "old", 1)
    sidecar.put(someone, "theme", "Light")

    replaced = sidecar.replace(someone, [THEME, PLAN])
    read = sidecar.read(someone)

    assert (replaced.status_code, replaced.json()) == (200, {"metadata": [PLAN, THEME]})
    assert (read.json(), read.headers["etag"]) == (replaced.json(), replaced.headers["etag"])


def test_a_key_given_twice_is_what_was_said_last(sidecar: Sidecar, someone: User) -> None:
    """Where a list names a key twice the last one wins, flag and all."""
    twice: list[dict[str, object]] = [THEME, PLAN, {"key": "theme", "value": "Light"}]

    assert sidecar.replace(someone, twice).json() == {
        "metadata": [PLAN, {"key": "theme", "value": "Light", "profileClaim": False}]
    }


def test_an_empty_list_empties(sidecar: Sidecar, someone: User) -> None:
    """The bulk PUT of an empty list deletes all entries, and is no error when there are none."""
    sidecar.replace(someone, [THEME, PLAN])

    for _ in range(2):
        answer = sidecar.replace(someone, [])
        assert (answer.status_code, answer.json()) == (200, {"metadata": []})
    assert sidecar.entries(someone) == {}


@pytest.mark.parametrize("route", ROUTES, ids=str)
@pytest.mark.parametrize("name", ["nobody", "nobody@example.com", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_user_is_not_found(sidecar: Sidecar, route: Route, name: str) -> None:
    """All routes answer 404 user_not_found for a name, an e-mail or an id that nobody has."""
    assert_problem(route.call(sidecar, name), "user_not_found")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_answer_that_shows_something_has_its_tag(sidecar: Sidecar, someone: User, route: Route) -> None:
    """What shows an entry or the list carries the tag of just that; the deletion shows nothing."""
    sidecar.put(someone, "other", 1)
    sidecar.put(someone, "theme", "Light")

    tag = route.call(sidecar, someone).headers.get("etag")

    shown = sidecar.read(someone, "theme" if route.one_key else None).headers.get("etag")
    assert tag == (None if route.method == "DELETE" else shown)


@pytest.mark.parametrize("key", [None, "theme"], ids=["all", "one"])
def test_head_is_a_get_without_the_body(sidecar: Sidecar, someone: User, key: str | None) -> None:
    """HEAD answers with the status and the headers of GET, and nothing after them."""
    sidecar.put(someone, "theme", "Dark")
    read = sidecar.read(someone, key)

    head = sidecar.request("HEAD", read.request.url.path)

    assert (head.status_code, head.content) == (200, b"")
    apart = {"date", "x-request-id"}
    assert {name: value for name, value in head.headers.items() if name not in apart} == {
        name: value for name, value in read.headers.items() if name not in apart
    }


def test_head_of_what_is_not_there_has_no_body_either(sidecar: Sidecar, someone: User) -> None:
    """HEAD of a missing entry is 404 with an empty body."""
    head = sidecar.request("HEAD", f"/api/user/{someone.id}/metadata/theme")

    assert (head.status_code, head.content) == (404, b"")
