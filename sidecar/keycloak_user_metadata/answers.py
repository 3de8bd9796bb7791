"""Owns how what the extension says leaves: bodies, entity tags, caching; does not ask for it."""

from http import HTTPStatus

from fastapi import Response

from .documents import Claims, Document, DryRun, claims_json, document_json, dry_run_json, entry_json
from .entity_tags import entity_tag
from .errors import BadGateway, EntryNotFound
from .exact_json import dumps

_CACHING = {"Cache-Control": "private, no-cache"}


def document_answer(document: Document) -> Response:
    """Show all entries."""
    return _json(document_json(document.entries), revision=document.revision)


def entry_answer(document: Document, key: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Show the entry that was read, or just written."""
    entry = document.entries.get(key)
    if entry is None:
        detail = "Keycloak's extension stored the entry, but does not show it."
        raise BadGateway(detail)
    return _json(entry_json(key, entry), status, revision=entry.revision)


def claims_answer(claims: Claims) -> Response:
    """Show the claims a token would carry."""
    return _json(claims_json(claims))


def dry_run_answer(outcome: DryRun) -> Response:
    """Show what a write would have done; no tag, since there is no such state."""
    return _json(dry_run_json(outcome))


def deleted() -> Response:
    """Say that an entry is gone."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_CACHING)


def unchanged(revision: int) -> Response:
    """Say that the caller has this revision already."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(revision))


def no_entry(key: str) -> EntryNotFound:
    """Make the error of an entry that is not there."""
    return EntryNotFound("The user has no entry of this key.", {"key": key}, _CACHING)


def _json(content: object, status: HTTPStatus = HTTPStatus.OK, *, revision: int | None = None) -> Response:
    return Response(dumps(content), status, _headers(revision), media_type="application/json")


def _headers(revision: int | None) -> dict[str, str]:
    return _CACHING if revision is None else {**_CACHING, "ETag": entity_tag(revision)}
