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
    return _Json(document_json(document.entries), revision=document.revision)


def entry_answer(document: Document, key: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Show the entry that was read, or just written."""
    entry = document.entries.get(key)
    if entry is None:
        detail = "Keycloak's extension stored the entry, but does not show it."
        raise BadGateway(detail)
    return _Json(entry_json(key, entry), status, revision=entry.revision)


def claims_answer(claims: Claims) -> Response:
    """Show the claims a token would carry."""
    return _Json(claims_json(claims))


def dry_run_answer(outcome: DryRun) -> Response:
    """Show what a write would have done; no tag, since there is no such state."""
    return _Json(dry_run_json(outcome))


def deleted() -> Response:
    """Say that an entry is gone."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_CACHING)


def unchanged(revision: int) -> Response:
    """Say that the caller has this revision already."""
    fields = {**_CACHING, "ETag": entity_tag(revision)}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=fields)


def no_entry(key: str) -> EntryNotFound:
    """Make the error of an entry that is not there."""
    return EntryNotFound("The user has no entry of this key.", {"key": key}, _CACHING)


class _Json(Response):
    """An answer with its fields as they leave; Starlette would make them of text, and look for each."""

    def __init__(
        self, content: object, status: HTTPStatus = HTTPStatus.OK, *, revision: int | None = None
    ) -> None:
        self.status_code, self.body, self.background = status, dumps(content), None
        self.raw_headers = [
            (b"cache-control", _CACHING["Cache-Control"].encode()),
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", b"application/json"),
        ]
        if revision is not None:
            self.raw_headers.append((b"etag", entity_tag(revision).encode()))
