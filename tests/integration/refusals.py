"""Owns what a 401 and a 403 look like, and that they come before anything is told or stored."""

import re

import httpx

from tests.integration.problems import assert_problem
from tests.integration.realms import User
from tests.integration.routes import ROUTES
from tests.integration.sidecars import Sidecar

APART = {"date", "x-request-id"}  # what tells one answer from the next, whoever it is about


def assert_unauthorized(sidecar: Sidecar, answer: httpx.Response, detail: str) -> None:
    """Assert a 401 for credentials that were sent: the challenge says what the detail says."""
    problem = assert_problem(answer, "invalid_token")
    assert detail in problem["detail"]
    challenge = re.fullmatch(
        r'Bearer realm="(.*?)", error="invalid_token", error_description="([ !#-\[\]-~]+)"',
        answer.headers["www-authenticate"],
    )
    assert challenge, answer.headers["www-authenticate"]
    assert challenge[1] == sidecar.realm.name
    assert challenge[2] == problem["detail"].replace('"', "'")


def assert_token_refused(sidecar: Sidecar, token: str, user: User, detail: str) -> None:
    """Assert that a token neither reads nor writes a user's metadata."""
    caller = sidecar.as_caller(token)
    for answer in (caller.read(user), caller.put(user, "theme", "forged", profile_claim=True)):
        assert_unauthorized(sidecar, answer, detail)
    assert sidecar.read(user).headers["etag"] == '"0"'


def assert_same_for_nobody(caller: Sidecar, user: User, code: str, *, writes_only: bool = False) -> None:
    """Assert that a refused caller cannot tell a user from none, on any route."""
    for route in ROUTES:
        if route.writes or not writes_only:
            known, unknown = route.call(caller, user), route.call(caller, "nobody@example.com")
            assert_problem(known, code)
            assert _told(known) == _told(unknown)


def _told(answer: httpx.Response) -> tuple[object, ...]:
    headers = sorted((name, value) for name, value in answer.headers.multi_items() if name not in APART)
    return answer.status_code, headers, answer.content
