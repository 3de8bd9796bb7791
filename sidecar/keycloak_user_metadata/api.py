"""Owns the routes of the public API: parse, call, answer; does not decide anything the extension decides."""

# ruff: noqa: FAST003 - the dependencies take the parameters of the path

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from .access import TokenVerifier
from .bearer import VerifiedToken
from .bodies import read_json
from .entity_tags import Conditions, entity_tag
from .errors import BadGateway, EntryNotFound
from .exact_json import dumps
from .keycloak import Caller, MetadataClient
from .models import (
    Change,
    Document,
    DocumentAnswer,
    DocumentBody,
    EntryAnswer,
    EntryBody,
    document_json,
    entry_json,
    parse_body,
)
from .openapi import IF_CHANGED, IF_MATCH, IF_NONE_MATCH, KEY, USER_ID, answer, problems, takes
from .paths import decode_segment

router = APIRouter(default_response_class=Response, tags=["metadata"], redirect_slashes=False)

_READ = (400, 401, 403, 404, 409, 502, 503, 504)
_WRITE = (400, 401, 403, 404, 409, 412, 413, 415, 422, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes call."""

    verifier: TokenVerifier
    client: MetadataClient
    max_body_bytes: int


def services(request: Request) -> Services:
    """Find the services of the application that serves this request."""
    return cast("Services", request.app.state.services)


class _RealmBearer(SecurityBase):
    """Verifies the caller's token; a SecurityBase, so that FastAPI describes the scheme."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="an access token of the realm")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> VerifiedToken:
        return await services(request).verifier.verify(request.headers.getlist("authorization"))


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and under which conditions."""

    client: MetadataClient
    caller: Caller
    conditions: Conditions


async def _call(request: Request, token: Annotated[VerifiedToken, Depends(_RealmBearer())]) -> Call:
    headers = request.headers
    conditions = Conditions.parse(headers.getlist("if-match"), headers.getlist("if-none-match"))
    caller = Caller(token, request.client.host if request.client else None)
    return Call(services(request).client, caller, conditions)


# Taken from the request itself: FastAPI's way to check a parameter costs more than the rest of its work.
async def _user(request: Request) -> str:
    return decode_segment(request.path_params["userId"])


async def _key(request: Request) -> str:
    return decode_segment(request.path_params["key"])


async def _entry_body(request: Request) -> EntryBody:
    return parse_body(EntryBody, await read_json(request, services(request).max_body_bytes))


async def _document_body(request: Request) -> DocumentBody:
    return parse_body(DocumentBody, await read_json(request, services(request).max_body_bytes))


Authorised = Annotated[Call, Depends(_call)]
User = Annotated[str, Depends(_user)]
Key = Annotated[str, Depends(_key)]


@router.get(
    "/api/user/{userId}/metadata",
    openapi_extra=takes(USER_ID, IF_CHANGED),
    responses={
        200: answer(DocumentAnswer, "all entries"),
        304: {"description": "as before"},
        **problems(*_READ),
    },
)
async def get_document(call: Authorised, user: User) -> Response:
    """Read all entries of a user, sorted by key."""
    document = await call.client.document(call.caller, user)
    if call.conditions.unchanged(document.revision):
        return _unchanged(document.revision)
    return _document_answer(document)


@router.put(
    "/api/user/{userId}/metadata",
    openapi_extra=takes(USER_ID, IF_MATCH, IF_NONE_MATCH, body=DocumentBody),
    responses={200: answer(DocumentAnswer, "all entries as they are now"), **problems(*_WRITE)},
)
async def put_document(
    call: Authorised, user: User, sent: Annotated[DocumentBody, Depends(_document_body)]
) -> Response:
    """Replace all entries of a user. A key given twice: the last one wins."""
    change = Change.replace_all(sent.metadata, call.conditions)
    return _document_answer(await call.client.change(call.caller, user, change))


@router.get(
    "/api/user/{userId}/metadata/{key}",
    openapi_extra=takes(USER_ID, KEY, IF_CHANGED),
    responses={200: answer(EntryAnswer, "the entry"), 304: {"description": "as before"}, **problems(*_READ)},
)
async def get_entry(call: Authorised, user: User, key: Key) -> Response:
    """Read one entry."""
    document = await call.client.document(call.caller, user)
    entry = document.entries.get(key)
    if entry is None:
        raise _no_entry(key)
    if call.conditions.unchanged(entry.revision):
        return _unchanged(entry.revision)
    return _entry_answer(document, key, HTTPStatus.OK)


@router.put(
    "/api/user/{userId}/metadata/{key}",
    openapi_extra=takes(USER_ID, KEY, IF_MATCH, IF_NONE_MATCH, body=EntryBody),
    responses={
        200: answer(EntryAnswer, "the entry, overwritten"),
        201: answer(EntryAnswer, "the entry, created"),
        **problems(*_WRITE),
    },
)
async def put_entry(
    call: Authorised, user: User, key: Key, sent: Annotated[EntryBody, Depends(_entry_body)]
) -> Response:
    """Create or overwrite one entry."""
    document = await call.client.change(call.caller, user, Change.put(key, sent, call.conditions))
    return _entry_answer(document, key, HTTPStatus.CREATED if key in document.added else HTTPStatus.OK)


@router.delete(
    "/api/user/{userId}/metadata/{key}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=takes(USER_ID, KEY, IF_MATCH, IF_NONE_MATCH),
    responses={204: {"description": "deleted"}, **problems(*_READ, 412)},
)
async def delete_entry(call: Authorised, user: User, key: Key) -> Response:
    """Delete one entry."""
    document = await call.client.change(call.caller, user, Change.delete(key, call.conditions))
    if key not in document.removed:
        raise _no_entry(key)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_headers())


def _headers(revision: int | None = None) -> dict[str, str]:
    headers = {"Cache-Control": "private, no-cache"}
    return headers if revision is None else {**headers, "ETag": entity_tag(revision)}


def _document_answer(document: Document) -> Response:
    content = dumps(document_json(document.entries))
    return Response(content, headers=_headers(document.revision), media_type="application/json")


def _entry_answer(document: Document, key: str, status: HTTPStatus) -> Response:
    entry = document.entries.get(key)
    if entry is None:
        detail = "Keycloak's extension stored the entry, but does not show it."
        raise BadGateway(detail)
    content = dumps(entry_json(key, entry))
    return Response(content, status, _headers(entry.revision), media_type="application/json")


def _unchanged(revision: int) -> Response:
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(revision))


def _no_entry(key: str) -> EntryNotFound:
    return EntryNotFound(
        "The user has no entry of this key.", {"key": key}, {"Cache-Control": "private, no-cache"}
    )
