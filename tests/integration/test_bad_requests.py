"""Requests that are wrong before their body is read: media type, size, path, header fields."""

import gzip
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.integration.discretion import SECRET
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.routes import ROUTES
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.wire import send_raw

pytestmark = pytest.mark.usefixtures("discreet")

MEBIBYTE = 1_048_576
BODY = f'{{"value":"{SECRET}"}}'.encode()


@pytest.fixture(scope="module")
def user(realm: Realm) -> User:
    """A user of whom nothing is ever stored by what is refused."""
    return realm.user(credentials=[])


def _call(
    sidecar: Sidecar, method: str, target: str | bytes, body: object = None, media_type: str | None = None
) -> httpx.Response:
    """Send a target as it is, past all that a client would mend in it."""
    raw = target if isinstance(target, bytes) else target.encode()
    headers = {"Content-Type": media_type} if media_type else {}
    return sidecar.request(method, "/", json=body, headers=headers, extensions={"target": raw})


def _assert_nothing_stored(sidecar: Sidecar, user: User) -> None:
    assert sidecar.read(user).headers["etag"] == '"0"'


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/merge-patch+json",
        "application/problem+json",
        "application/jsonx",
        "application/*",
        "application/json, text/plain",
        "application/json; charset=iso-8859-1",
        "application/json; charset=latin-1",
        'application/json; charset="utf-16"',
        "application/json; charset=",
    ],
)
def test_a_body_of_another_type_is_refused(sidecar: Sidecar, user: User, content_type: str | None) -> None:
    """What is not declared as JSON in UTF-8 is 415, whatever it holds."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    for key in (None, "theme"):
        answer = sidecar.request("PUT", metadata_path(user, key), content=BODY, headers=headers)
        assert_problem(answer, "unsupported_media_type")
    _assert_nothing_stored(sidecar, user)


@pytest.mark.parametrize(
    "content_type",
    ["APPLICATION/JSON", "application/json;charset=UTF-8", 'application/json ; charset="utf-8"; x=y'],
)
def test_json_may_be_declared_in_other_words(sidecar: Sidecar, someone: User, content_type: str) -> None:
    """Case, blanks and parameters make no other type of it."""
    answer = sidecar.request(
        "PUT", metadata_path(someone, "theme"), content=BODY, headers={"Content-Type": content_type}
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "gzip, identity", "x"])
def test_a_compressed_body_is_refused(sidecar: Sidecar, user: User, coding: str) -> None:
    """A body with a Content-Encoding is 415: no small body unfolds to a large one here."""
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}

    answer = sidecar.request(
        "PUT", metadata_path(user, "theme"), content=gzip.compress(BODY), headers=headers
    )

    assert_problem(answer, "unsupported_media_type")
    _assert_nothing_stored(sidecar, user)


def _padded(size: int) -> bytes:
    return BODY[:-1] + b" " * (size - len(BODY)) + b"}"


def _in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize("size", [MEBIBYTE + 1, 10 * MEBIBYTE])
def test_a_body_too_large_is_refused_by_its_length(sidecar: Sidecar, user: User, size: int) -> None:
    """A body announced as larger than 1 MiB is 413 with both numbers."""
    for key in (None, "theme"):
        answer = _put(sidecar, user, key, _padded(size))
        assert_problem(answer, "body_too_large", limit=MEBIBYTE, actual=size)
    _assert_nothing_stored(sidecar, user)


@pytest.mark.parametrize("size", [MEBIBYTE + 1, 10 * MEBIBYTE])
def test_a_body_too_large_is_refused_while_it_arrives(sidecar: Sidecar, user: User, size: int) -> None:
    """A body of no announced length is 413 as soon as it is larger than 1 MiB."""
    for key in (None, "theme"):
        problem = assert_problem(_put(sidecar, user, key, _in_chunks(_padded(size))), "body_too_large")
        assert problem["limit"] == MEBIBYTE
        assert "actual" not in problem
    _assert_nothing_stored(sidecar, user)


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_body_of_just_one_mebibyte_is_read(sidecar: Sidecar, someone: User, *, chunked: bool) -> None:
    """The limit itself is within it."""
    body = _padded(MEBIBYTE)

    assert _put(sidecar, someone, "theme", _in_chunks(body) if chunked else body).status_code == 201


def test_the_largest_body_is_a_setting(
    realm: Realm, someone: User, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Where the sidecar is told to take less, it does."""
    small = sidecar_of(realm, max_body_bytes=len(BODY))

    assert _put(small, someone, "theme", BODY).status_code == 201
    assert_problem(_put(small, someone, "theme", BODY + b" "), "body_too_large", limit=len(BODY))


def _put(sidecar: Sidecar, user: User, key: str | None, body: bytes | Iterator[bytes]) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return sidecar.request("PUT", metadata_path(user, key), content=body, headers=headers)


BAD_SEGMENTS = [
    "%",
    "%2",
    "%zz",
    "50%",
    "%%32%46",
    "%u0041",
    "%FF",
    "%C3",
    "%C0%AF",
    "%E0%80%AF",
    "%ED%A0%80",
    "%ED%A0%BD%ED%B8%80",
    "%F4%90%80%80",
    "a%C3%28",
]


@pytest.mark.parametrize("segment", BAD_SEGMENTS)
def test_a_segment_that_is_no_text_is_refused(sidecar: Sidecar, user: User, segment: str) -> None:
    """Broken escapes and bytes that are no UTF-8, surrogates included, are 400 wherever they stand."""
    body = {"value": SECRET}
    for target in (f"/api/user/{segment}/metadata", f"/api/user/{segment}/metadata/theme"):
        for method in ("GET", "PUT"):
            assert_problem(_call(sidecar, method, target, body), "malformed_path")
    for method in ("GET", "PUT", "DELETE"):
        assert_problem(_call(sidecar, method, f"{metadata_path(user)}/{segment}", body), "malformed_path")
    _assert_nothing_stored(sidecar, user)


@pytest.mark.parametrize(
    "name",
    ["%00", "a%00b", "%0D%0AX-Evil:%201", "%E2%80%AE", "%20", "%09", "x" * 5000, "%F0%9F%98%80" * 1000],
)
def test_a_name_that_nobody_has_is_a_plain_refusal(sidecar: Sidecar, name: str) -> None:
    """Control characters, blanks and enormous lengths in a user's name are 400 or 404, never 500."""
    for route in ROUTES:
        key = "/theme" if route.one_key else ""
        target = f"/api/user/{name}/metadata{key}"
        answer = _call(sidecar, route.method, target, route.body, route.media_type)
        assert_problem(answer, "user_not_found" if answer.status_code == 404 else "malformed_request")


@pytest.mark.parametrize("raw", [b"caf\xc3\xa9", b"caf\xe9", b"a#b", b"a\x00b", b"a\x7fb", b"a b", b"a\tb"])
def test_bytes_that_a_path_may_not_hold_are_refused(sidecar: Sidecar, user: User, raw: bytes) -> None:
    """Raw blanks, control characters, bytes beyond ASCII, and #, at which servers cut the path, are 400."""
    target = metadata_path(user).encode() + b"/" + raw

    assert_problem(send_raw(sidecar, target), "malformed_request")
    assert_problem(send_raw(sidecar, target, method=b"DELETE"), "malformed_request")


@pytest.mark.parametrize(
    "fields",
    [
        [b"Content-Length: x"],
        [b"Content-Length: -1"],
        [b"Content-Length: 5", b"Content-Length: 6"],
        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
        [b"Content-Length: 99999999999999999999999"],
        [b"Transfer-Encoding: gzip"],
        [b"X-Field : blank before the colon"],
        [b"X-Field: a\x00b"],
        [b"no field"],
    ],
)
def test_fields_that_servers_read_differently_are_refused(
    sidecar: Sidecar, user: User, fields: list[bytes]
) -> None:
    """Whatever could let a proxy and the sidecar see two different requests is 400."""
    answer = send_raw(
        sidecar,
        metadata_path(user, "theme").encode(),
        *fields,
        method=b"PUT",
        body=b"5\r\nhello\r\n0\r\n\r\n",
    )

    assert_problem(answer, "malformed_request")
    _assert_nothing_stored(sidecar, user)


def test_a_query_changes_nothing(sidecar: Sidecar, someone: User) -> None:
    """What stands behind a question mark is not part of the key, and nobody's parameter."""
    answer = _call(sidecar, "PUT", f"{metadata_path(someone, 'theme')}?key=x&user=y", {"value": 1})

    assert (answer.status_code, answer.json()["key"]) == (201, "theme")


def test_many_header_fields_are_bounded(sidecar: Sidecar, user: User) -> None:
    """Many or long header fields are taken up to 64 KiB, and 400 beyond, in the shape of all errors."""
    target = metadata_path(user).encode()
    fields = [b"X-Field-%d: %s" % (number, SECRET.encode() * 3) for number in range(3000)]

    assert send_raw(sidecar, target, *fields[:500]).status_code == 200
    assert_problem(send_raw(sidecar, target, *fields), "malformed_request")
    assert_problem(send_raw(sidecar, target, b"X-Long: " + b"x" * 200_000), "malformed_request")
    _assert_nothing_stored(sidecar, user)
