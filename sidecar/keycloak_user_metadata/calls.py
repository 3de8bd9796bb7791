"""Owns what a route is given: who calls, about whom, under which conditions, with what; does not answer.

Who calls is settled before anything else of a request is looked at.
"""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from .access import TokenVerifier
from .bearer import VerifiedToken
from .bodies import MERGE_PATCH, read_json, skip_body
from .entity_tags import Conditions
from .errors import MalformedRequest, UnsupportedMediaType
from .fields import sent
from .keycloak import Caller, MetadataClient
from .models import DocumentBody, EntryBody, PatchBody, parse_body
from .paths import decode_segment
from .request_record import RequestRecord


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes call."""

    verifier: TokenVerifier
    client: MetadataClient
    max_body_bytes: int


def services(request: Request) -> Services:
    """Find the services of the application that serves this request."""
    return cast("Services", request.scope["state"]["services"])


class _RealmBearer(SecurityBase):
    """Verifies the caller's token; a SecurityBase, so that FastAPI describes the scheme."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="an access token of the realm")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> VerifiedToken:
        token = await services(request).verifier.verify(sent(request, b"authorization"))
        record = RequestRecord.of(request.scope)
        record.client, record.subject = token.facts.client, token.facts.subject
        return token


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


async def _asking(request: Request, token: Annotated[VerifiedToken, Depends(_RealmBearer())]) -> Call:
    return Call(services(request).client, _caller(request, token))


async def _reading(
    request: Request, token: Annotated[VerifiedToken, Depends(_RealmBearer())]
) -> ConditionalCall:
    return ConditionalCall(services(request).client, _caller(request, token), _conditions(request))


async def _writing(request: Request, token: Annotated[VerifiedToken, Depends(_RealmBearer())]) -> WritingCall:
    client, caller = services(request).client, _caller(request, token)
    return WritingCall(client, caller, _conditions(request), _dry_run(request))


def _caller(request: Request, token: VerifiedToken) -> Caller:
    client = request.scope["client"]
    return Caller(token, client[0] if client else None, RequestRecord.of(request.scope))


# Taken from the request itself: FastAPI's way to check a parameter costs more than the rest of its work.
def _conditions(request: Request) -> Conditions:
    return Conditions.parse(sent(request, b"if-match"), sent(request, b"if-none-match"))


def _dry_run(request: Request) -> bool:
    if not request.scope["query_string"]:
        return False
    match request.query_params.getlist("dryRun"):
        case [] | ["false"]:
            return False
        case ["true"]:
            return True
        case _:  # taken for false, one that is spelled wrong would store
            detail = "The query parameter dryRun is true or false, once."
            raise MalformedRequest(detail)


async def _user(request: Request) -> str:
    return decode_segment(request.path_params["userId"])


async def _key(request: Request) -> str:
    return decode_segment(request.path_params["key"])


async def _client_id(request: Request) -> str | None:
    match request.query_params.getlist("client"):
        case []:
            return None
        case [client_id] if client_id:
            return client_id
        case _:  # taken for no client, an empty name would get the claims of all
            detail = "The query parameter client names one client, by its id."
            raise MalformedRequest(detail)


async def _no_body(request: Request) -> None:
    await skip_body(request, services(request).max_body_bytes)


async def _entry_body(request: Request) -> EntryBody:
    return parse_body(EntryBody, await read_json(request, services(request).max_body_bytes))


async def _document_body(request: Request) -> DocumentBody:
    return parse_body(DocumentBody, await read_json(request, services(request).max_body_bytes))


async def _patch_body(request: Request) -> PatchBody:
    try:
        patch = await read_json(request, services(request).max_body_bytes, MERGE_PATCH)
    except UnsupportedMediaType as error:
        raise UnsupportedMediaType(error.detail, headers={"Accept-Patch": MERGE_PATCH}) from None  # RFC 5789
    return parse_body(PatchBody, patch)


Asking = Annotated[Call, Depends(_asking)]
Reading = Annotated[ConditionalCall, Depends(_reading)]
Writing = Annotated[WritingCall, Depends(_writing)]
User = Annotated[str, Depends(_user)]
Key = Annotated[str, Depends(_key)]
ClientId = Annotated[str | None, Depends(_client_id)]
NothingSent = Annotated[None, Depends(_no_body)]
SentEntry = Annotated[EntryBody, Depends(_entry_body)]
SentDocument = Annotated[DocumentBody, Depends(_document_body)]
SentPatch = Annotated[PatchBody, Depends(_patch_body)]
