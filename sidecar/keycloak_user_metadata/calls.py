"""Owns what a route is given: who calls, about whom, under which conditions, with what; does not answer.

Who calls is settled before anything else of a request is looked at.
"""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Path, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import WithJsonSchema

from .access import TokenVerifier
from .bearer import VerifiedToken
from .bodies import MERGE_PATCH, read_json
from .entity_tags import Conditions
from .errors import MalformedRequest, UnsupportedMediaType
from .keycloak import Caller, MetadataClient
from .models import DocumentBody, EntryBody, PatchBody, parse_body
from .paths import decode_segment

_DRY_RUN = {"false": False, "true": True}


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
    """Who calls."""

    client: MetadataClient
    caller: Caller


@dataclass(frozen=True, slots=True)
class ConditionalCall(Call):
    """Who calls, and under which conditions."""

    conditions: Conditions


@dataclass(frozen=True, slots=True)
class WritingCall(ConditionalCall):
    """Who calls, under which conditions, and whether anything is to be stored."""

    dry_run: bool


async def _call(request: Request, token: Annotated[VerifiedToken, Depends(_RealmBearer())]) -> Call:
    caller = Caller(token, request.client.host if request.client else None)
    return Call(services(request).client, caller)


async def _conditional(
    call: Annotated[Call, Depends(_call)],
    if_match: Annotated[list[str] | None, Header(description="entity tags, or *")] = None,
    if_none_match: Annotated[list[str] | None, Header(description="entity tags, or *")] = None,
) -> ConditionalCall:
    return ConditionalCall(call.client, call.caller, Conditions.parse(if_match, if_none_match))


async def _writing(
    call: Annotated[ConditionalCall, Depends(_conditional)],
    dry_run: Annotated[
        list[str] | None,
        WithJsonSchema({"type": "boolean", "default": False}),
        Query(alias="dryRun", description="whether to answer what the write would do, and store nothing"),
    ] = None,
) -> WritingCall:
    said = dry_run or ["false"]
    if len(said) > 1 or said[0] not in _DRY_RUN:
        # Taken for false, a dry run that is spelled wrong would store.
        detail = "The query parameter dryRun is true or false, once."
        raise MalformedRequest(detail)
    return WritingCall(call.client, call.caller, call.conditions, _DRY_RUN[said[0]])


async def _user(
    segment: Annotated[
        str,
        Path(alias="userId", description="id, username or e-mail address", examples=["jane.doe@example.com"]),
    ],
) -> str:
    return decode_segment(segment)


async def _key(segment: Annotated[str, Path(alias="key", description="key", examples=["theme"])]) -> str:
    return decode_segment(segment)


async def _entry_body(request: Request) -> EntryBody:
    return parse_body(EntryBody, await read_json(request, services(request).max_body_bytes))


async def _document_body(request: Request) -> DocumentBody:
    return parse_body(DocumentBody, await read_json(request, services(request).max_body_bytes))


async def _patch_body(request: Request) -> PatchBody:
    try:
        sent = await read_json(request, services(request).max_body_bytes, MERGE_PATCH)
    except UnsupportedMediaType as error:
        raise UnsupportedMediaType(error.detail, headers={"Accept-Patch": MERGE_PATCH}) from None  # RFC 5789
    return parse_body(PatchBody, sent)


Asking = Annotated[Call, Depends(_call)]
Reading = Annotated[ConditionalCall, Depends(_conditional)]
Writing = Annotated[WritingCall, Depends(_writing)]
User = Annotated[str, Depends(_user)]
Key = Annotated[str, Depends(_key)]
SentEntry = Annotated[EntryBody, Depends(_entry_body)]
SentDocument = Annotated[DocumentBody, Depends(_document_body)]
SentPatch = Annotated[PatchBody, Depends(_patch_body)]
