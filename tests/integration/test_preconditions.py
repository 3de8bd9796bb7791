"""If-Match and If-None-Match on every write and read: what holds, what fails, what is no condition at all."""

from collections.abc import Sequence

import httpx
import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import User
from tests.integration.routes import READS, ROUTES, WRITES, Route
from tests.integration.sidecars import Sidecar

STORED = {"key": "theme", "value": "Light", "profileClaim": False}
OTHER = {"key": "other", "value": 1, "profileClaim": False}


@pytest.fixture
def tags(sidecar: Sidecar, someone: User) -> dict[bool, str]:
    """Store ``theme`` and another entry; give the tags of that entry (True) and of the list (False)."""
    sidecar.put(someone, "theme", "Light")
    sidecar.put(someone, "other", 1)
    return {one_key: _tag(sidecar, someone, one_key=one_key) for one_key in (True, False)}


def _tag(sidecar: Sidecar, user: User, *, one_key: bool) -> str:
    return sidecar.read(user, "theme" if one_key else None).headers["etag"]


def _call(sidecar: Sidecar, route: Route, user: User, field: str, *lines: str) -> httpx.Response:
    fields = [
        ("Authorization", f"Bearer {sidecar.token}"),
        ("Content-Type", route.media_type),
        *((field, line) for line in lines),
    ]
    return sidecar.http.request(route.method, route.path(user), headers=fields, json=route.body)


def _assert_failed(answer: httpx.Response, route: Route, tags: dict[bool, str]) -> None:
    current = STORED if route.one_key else {"metadata": [OTHER, STORED]}
    assert_problem(answer, "precondition_failed", current=current)
    assert answer.headers["etag"] == tags[route.one_key]


def _assert_untouched(sidecar: Sidecar, user: User, tags: dict[bool, str]) -> None:
    answer = sidecar.read(user)
    assert (answer.json(), answer.headers["etag"]) == ({"metadata": [OTHER, STORED]}, tags[False])


HOLDS = ["{tag}", "*", '"999", {tag}', '{tag},"999"', ',{tag} ,"x",', 'W/"999", {tag}']
FAILS = ['"999"', "W/{tag}", '"abc"', '"0{digits}"', '"99999999999999999999999999"', '""', '"*"', '"998","x"']


@pytest.mark.parametrize("route", WRITES, ids=str)
@pytest.mark.parametrize("condition", HOLDS)
def test_a_write_of_what_was_seen_is_done(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route, condition: str
) -> None:
    """Where If-Match names the present tag, alone or in a list, or *, the write is done as ever."""
    answer = _call(sidecar, route, someone, "If-Match", condition.format(tag=tags[route.one_key]))

    assert answer.status_code == (204 if route.method == "DELETE" else 200)
    assert _tag(sidecar, someone, one_key=False) != tags[False]


@pytest.mark.parametrize("route", WRITES, ids=str)
@pytest.mark.parametrize("condition", FAILS)
def test_a_write_of_what_was_not_seen_fails(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route, condition: str
) -> None:
    """Any other tag, a weak one, one that nobody gave: 412 with what is stored now, which stays."""
    tag = tags[route.one_key]

    answer = _call(sidecar, route, someone, "If-Match", condition.format(tag=tag, digits=tag.strip('"')))

    _assert_failed(answer, route, tags)
    _assert_untouched(sidecar, someone, tags)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_a_write_that_must_create_does_not_overwrite(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route
) -> None:
    """If-None-Match: * fails where something is stored: 412 with that, and it stays."""
    _assert_failed(_call(sidecar, route, someone, "If-None-Match", "*"), route, tags)
    _assert_failed(_call(sidecar, route, someone, "If-None-Match", "W/" + tags[route.one_key]), route, tags)
    _assert_untouched(sidecar, someone, tags)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_a_condition_may_take_several_lines(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route
) -> None:
    """Several lines of a header field are one list."""
    _assert_failed(_call(sidecar, route, someone, "If-Match", '"998"', '"999"'), route, tags)

    assert _call(sidecar, route, someone, "If-Match", '"999"', tags[route.one_key]).is_success


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_a_tag_that_nobody_gave_forbids_nothing(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route
) -> None:
    """If-None-Match with tags of no state there ever was lets the write through."""
    assert tags
    assert _call(sidecar, route, someone, "If-None-Match", '"999", "abc", W/"x"').is_success


@pytest.mark.parametrize("route", [route for route in WRITES if route.method == "PUT"], ids=str)
def test_a_write_that_must_create_creates(sidecar: Sidecar, someone: User, route: Route) -> None:
    """If-None-Match: * holds where there is no entry yet, once."""
    first = _call(sidecar, route, someone, "If-None-Match", "*")
    second = _call(sidecar, route, someone, "If-None-Match", "*")

    assert first.status_code == (201 if route.one_key else 200)
    assert_problem(second, "precondition_failed", current=first.json())


@pytest.mark.parametrize("condition", ["*", '"0"', '"1"'])
@pytest.mark.parametrize("route", [route for route in WRITES if route.one_key], ids=str)
def test_what_is_not_there_matches_nothing(
    sidecar: Sidecar, someone: User, route: Route, condition: str
) -> None:
    """If-Match on an entry that is not there is 412, says that there is none, and creates none."""
    answer = _call(sidecar, route, someone, "If-Match", condition)

    assert assert_problem(answer, "precondition_failed")["current"] is None
    assert "etag" not in answer.headers
    assert sidecar.entries(someone) == {}


def test_the_list_exists_once_it_has_an_entry(sidecar: Sidecar, someone: User) -> None:
    """For * the list of a user without entries does not exist; its tag holds all the same."""
    replacement = [OTHER]

    refused = sidecar.replace(someone, replacement, headers={"If-Match": "*"})
    done = sidecar.replace(someone, replacement, headers={"If-Match": '"0"'})

    assert_problem(refused, "precondition_failed", current={"metadata": []})
    assert refused.headers["etag"] == '"0"'
    assert done.status_code == 200


@pytest.mark.parametrize("field", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("lines", [["3"], ["abc"], ['"3'], ["*", '"3"'], ["**"], ['w/"3"'], [","], [""]])
def test_what_is_no_tag_is_refused(sidecar: Sidecar, someone: User, field: str, lines: Sequence[str]) -> None:
    """A condition without its quotes, or otherwise no list of tags, is 400 on every route, never ignored."""
    for route in ROUTES:
        problem = assert_problem(_call(sidecar, route, someone, field, *lines), "malformed_header")
        assert problem["detail"].startswith(f"{field} must be")
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.parametrize("route", READS, ids=str)
@pytest.mark.parametrize("condition", ["{tag}", "W/{tag}", "*", '"999", {tag}'])
def test_a_reader_who_has_it_gets_no_body(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route, condition: str
) -> None:
    """A GET whose If-None-Match names the present tag is 304, with that tag and without a body."""
    answer = _call(sidecar, route, someone, "If-None-Match", condition.format(tag=tags[route.one_key]))

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tags[route.one_key]


@pytest.mark.parametrize("route", READS, ids=str)
def test_a_reader_who_has_something_else_gets_it(
    sidecar: Sidecar, someone: User, tags: dict[bool, str], route: Route
) -> None:
    """A GET whose If-None-Match names other tags only is a GET like any other."""
    answer = _call(sidecar, route, someone, "If-None-Match", '"999", "abc"')

    assert (answer.status_code, answer.headers["etag"]) == (200, tags[route.one_key])


def test_the_condition_comes_before_what_is_sent(
    sidecar: Sidecar, someone: User, tags: dict[bool, str]
) -> None:
    """Whoever has not seen the present state learns of that first, whatever the write would have done."""
    for route in WRITES:
        _assert_failed(_call(sidecar, route, someone, "If-Match", '"999"'), route, tags)
    _assert_untouched(sidecar, someone, tags)
