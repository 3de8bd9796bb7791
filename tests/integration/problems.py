"""Owns the shape of every error: codes, statuses, titles and members as the API promises them."""

from dataclasses import dataclass
from typing import Any

import httpx

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:user-metadata:problem:"
FOUR = {"type", "title", "status", "detail"}


@dataclass(frozen=True)
class Promise:
    """What a code stands for; ``members`` may be there besides the four of every problem."""

    status: int
    title: str
    members: frozenset[str] = frozenset()


def _promise(status: int, title: str, *members: str) -> Promise:
    return Promise(status, title, frozenset(members))


# Written out, not taken from the product: callers rely on it.
PROMISES = {
    "malformed_json": _promise(400, "Malformed JSON"),
    "malformed_path": _promise(400, "Malformed path"),
    "malformed_header": _promise(400, "Malformed header"),
    "malformed_request": _promise(400, "Malformed request"),
    "request_timeout": _promise(408, "Request not sent in time"),
    "invalid_token": _promise(401, "No valid access token"),
    "forbidden": _promise(403, "Forbidden", "required", "key"),
    "not_found": _promise(404, "Not found"),
    "user_not_found": _promise(404, "User not found"),
    "entry_not_found": _promise(404, "Entry not found", "key"),
    "client_not_found": _promise(404, "Client not found"),
    "method_not_allowed": _promise(405, "Method not allowed"),
    "ambiguous_user": _promise(409, "Ambiguous user"),
    "document_unreadable": _promise(409, "Document unreadable", "reason"),
    "user_read_only": _promise(409, "User is read-only", "reason"),
    "precondition_failed": _promise(412, "Precondition failed", "current"),
    "body_too_large": _promise(413, "Body too large", "limit", "actual"),
    "unsupported_media_type": _promise(415, "Unsupported media type"),
    "invalid_entry": _promise(422, "Invalid entry", "key", "reason", "place"),
    "limit_exceeded": _promise(422, "Limit exceeded", "name", "limit", "actual", "key"),
    "internal_error": _promise(500, "Internal error"),
    "bad_gateway": _promise(502, "Unexpected answer from Keycloak"),
    "extension_missing": _promise(502, "Extension missing"),
    "keycloak_unavailable": _promise(503, "Keycloak is not available"),
    "realm_not_found": _promise(503, "Realm not found"),
    "issuer_mismatch": _promise(503, "Issuer mismatch"),
    "realm_not_sealed": _promise(503, "Realm not sealed", "reason"),
    "directory_unavailable": _promise(503, "The user's directory is not available"),
    "contention": _promise(503, "Too many writers at once"),
    "overloaded": _promise(503, "Too many requests at once"),
    "gateway_timeout": _promise(504, "Keycloak did not answer in time"),
}


def assert_problem(answer: httpx.Response, code: str, **members: object) -> dict[str, Any]:
    """Assert that an answer is the problem ``code`` and has these members; give the whole problem."""
    promise = PROMISES[code]
    assert (answer.status_code, answer.headers.get("content-type")) == (promise.status, MEDIA_TYPE), (
        answer.text
    )
    problem: dict[str, Any] = answer.json()
    expected = {"type": TYPE + code, "title": promise.title, "status": promise.status, **members}
    assert {name: problem.get(name) for name in expected} == expected, f"{problem} instead of {expected}"
    assert _is_sentence(problem["detail"]), problem["detail"]
    assert problem.keys() <= FOUR | promise.members, problem
    assert answer.headers["cache-control"] in ("no-store", "private, no-cache")
    assert ("www-authenticate" in answer.headers) == (promise.status == 401)
    assert ("retry-after" in answer.headers) == (promise.status in (503, 504))
    return problem


def _is_sentence(detail: object) -> bool:
    return isinstance(detail, str) and detail[:1].isalpha() and detail.endswith(".")
