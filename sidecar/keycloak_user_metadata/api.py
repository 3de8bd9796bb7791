"""Owns the routes of the public API: parse, call, answer; does not decide anything the extension decides."""

# ruff: noqa: FAST003 - the dependencies take the parameters of the path

from http import HTTPStatus

from fastapi import APIRouter, Response

from .answers import (
    claims_answer,
    deleted,
    document_answer,
    dry_run_answer,
    entry_answer,
    no_entry,
    unchanged,
)
from .bodies import MERGE_PATCH
from .calls import (
    Asking,
    ClientId,
    Key,
    NothingSent,
    Reading,
    SentDocument,
    SentEntry,
    SentPatch,
    User,
    Writing,
)
from .changes import Change
from .documents import DryRun
from .models import (
    ClaimsAnswer,
    ClientClaimsAnswer,
    DocumentAnswer,
    DocumentBody,
    DryRunAnswer,
    EntryAnswer,
    EntryBody,
    PatchBody,
)
from .openapi import (
    CLIENT,
    DRY_RUN,
    ENTRY_LINKS,
    IF_CHANGED,
    IF_MATCH,
    IF_NONE_MATCH,
    KEY,
    USER_ID,
    answer,
    problems,
    takes,
)

router = APIRouter(default_response_class=Response, tags=["metadata"], redirect_slashes=False)

_READ = (400, 401, 403, 404, 409, 502, 503, 504)
_WRITE = (400, 401, 403, 404, 409, 412, 413, 415, 422, 502, 503, 504)
_AS_BEFORE = {"description": "as before"}


@router.get(
    "/api/user/{userId}/metadata",
    openapi_extra=takes(USER_ID, IF_CHANGED),
    responses={200: answer("all entries", DocumentAnswer), 304: _AS_BEFORE, **problems(*_READ)},
)
async def get_document(call: Reading, user: User) -> Response:
    """Read all entries of a user, sorted by key."""
    document = await call.client.document(call.caller, user)
    if call.conditions.unchanged(document.revision):
        return unchanged(document.revision)
    return document_answer(document)


@router.put(
    "/api/user/{userId}/metadata",
    openapi_extra=takes(USER_ID, DRY_RUN, IF_MATCH, IF_NONE_MATCH, body=DocumentBody),
    responses={
        200: answer(
            "all entries as they are now; of a dry run, what it would do", DocumentAnswer, DryRunAnswer
        ),
        **problems(*_WRITE),
    },
)
async def put_document(call: Writing, user: User, sent: SentDocument) -> Response:
    """Replace all entries of a user. A key given twice: the last one wins."""
    change = Change.replace_all(sent.metadata, call.conditions)
    if call.dry_run:
        return dry_run_answer(await call.client.dry_run(call.caller, user, change))
    return document_answer(await call.client.change(call.caller, user, change))


@router.patch(
    "/api/user/{userId}/metadata",
    openapi_extra=takes(USER_ID, DRY_RUN, IF_MATCH, IF_NONE_MATCH, body=PatchBody, media_type=MERGE_PATCH),
    responses={
        200: answer(
            "all entries as they are now; of a dry run, what it would do", DocumentAnswer, DryRunAnswer
        ),
        **problems(*_WRITE),
    },
)
async def patch_document(call: Writing, user: User, sent: SentPatch) -> Response:
    """Merge into the entries of a user (RFC 7396). What is not named stays, null removes."""
    change = Change.merge_into(sent, call.conditions)
    if call.dry_run:
        return dry_run_answer(await call.client.dry_run(call.caller, user, change))
    return document_answer(await call.client.change(call.caller, user, change))


@router.get(
    "/api/user/{userId}/metadata/{key}",
    openapi_extra=takes(USER_ID, KEY, IF_CHANGED),
    responses={200: answer("the entry", EntryAnswer), 304: _AS_BEFORE, **problems(*_READ)},
)
async def get_entry(call: Reading, user: User, key: Key) -> Response:
    """Read one entry."""
    document = await call.client.document(call.caller, user)
    entry = document.entries.get(key)
    if entry is None:
        raise no_entry(key)
    if call.conditions.unchanged(entry.revision):
        return unchanged(entry.revision)
    return entry_answer(document, key)


@router.put(
    "/api/user/{userId}/metadata/{key}",
    openapi_extra=takes(USER_ID, KEY, DRY_RUN, IF_MATCH, IF_NONE_MATCH, body=EntryBody),
    responses={
        200: answer("the entry, overwritten; of a dry run, what it would do", EntryAnswer, DryRunAnswer),
        201: answer("the entry, created", EntryAnswer, links=ENTRY_LINKS),
        **problems(*_WRITE),
    },
)
async def put_entry(call: Writing, user: User, key: Key, sent: SentEntry) -> Response:
    """Create or overwrite one entry."""
    change = Change.put(key, sent, call.conditions)
    if call.dry_run:
        return dry_run_answer(await call.client.dry_run(call.caller, user, change))
    document = await call.client.change(call.caller, user, change, named_only=True)
    return entry_answer(document, key, HTTPStatus.CREATED if key in document.added else HTTPStatus.OK)


@router.delete(
    "/api/user/{userId}/metadata/{key}",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=takes(USER_ID, KEY, DRY_RUN, IF_MATCH, IF_NONE_MATCH),
    responses={
        200: answer("of a dry run: what it would do", DryRunAnswer),
        204: {"description": "deleted"},
        **problems(*_READ, 412, 413),
    },
)
async def delete_entry(call: Writing, user: User, key: Key, _: NothingSent) -> Response:
    """Delete one entry."""
    change = Change.delete(key, call.conditions)
    outcome = await (
        call.client.dry_run(call.caller, user, change)
        if call.dry_run
        else call.client.change(call.caller, user, change, named_only=True)
    )
    if key not in outcome.removed:
        raise no_entry(key)
    return dry_run_answer(outcome) if isinstance(outcome, DryRun) else deleted()


@router.get(
    "/api/user/{userId}/claims",
    openapi_extra=takes(USER_ID, CLIENT),
    responses={
        200: answer("the claims; of a client, whether it gets them", ClaimsAnswer, ClientClaimsAnswer),
        **problems(*_READ),
    },
)
async def get_claims(call: Asking, user: User, client: ClientId) -> Response:
    """Show the metadata claims that a token of a user would carry if it were made now."""
    return claims_answer(await call.client.claims(call.caller, user, client))


@router.get(
    "/api/me/metadata",
    openapi_extra=takes(IF_CHANGED),
    responses={
        200: answer("the caller's own profile claims", DocumentAnswer),
        304: _AS_BEFORE,
        **problems(400, 401, 403, 409, 502, 503, 504),
    },
)
async def get_own_document(call: Reading) -> Response:
    """Read one's own entries that are profile claims, sorted by key. Nobody writes their own."""
    document = await call.client.own_document(call.caller)
    if call.conditions.unchanged(document.revision):
        return unchanged(document.revision)
    return document_answer(document)
