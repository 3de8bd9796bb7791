"""Owns what /openapi.json says beyond the routes: bodies, examples, every status; does not serve it."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from .bodies import JSON
from .entity_tags import TAGS_PATTERN
from .errors import MetadataError
from .models import (
    KEY_RULE,
    ClaimsAnswer,
    ClientClaimsAnswer,
    DocumentAnswer,
    DocumentBody,
    DryRunAnswer,
    EntryAnswer,
    EntryBody,
    KeyedEntryBody,
    PatchBody,
)
from .problems import MEDIA_TYPE
from .request_record import REQUEST_ID

_ENTRY = {"key": "theme", "value": "Dark Mode", "profileClaim": True}
_TRIAL = {"key": "trial", "value": True, "profileClaim": False, "expiresAt": "2030-01-31T12:00:00Z"}
_DOCUMENT = {"metadata": [{"key": "crm", "value": {"segment": 7}, "profileClaim": False}, _ENTRY, _TRIAL]}
_CLAIMS = {"claims": {"metadata_theme": "Dark Mode"}, "bytes": 28, "limit": 4096}
_EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    EntryBody: {"value": "Dark Mode", "profileClaim": True},
    DocumentBody: _DOCUMENT,
    PatchBody: {"crm": {"value": {"segment": 8}}, "trial": {"expiresAt": None}, "theme": None},
    EntryAnswer: _ENTRY,
    DocumentAnswer: _DOCUMENT,
    DryRunAnswer: {
        "dryRun": True,
        "added": [],
        "changed": ["crm", "trial"],
        "removed": ["theme"],
        "claimsBytes": {"before": 28, "after": 0, "limit": 4096},
    },
    ClaimsAnswer: _CLAIMS,
    ClientClaimsAnswer: {
        **_CLAIMS,
        "client": "shop",
        "released": True,
        "reason": None,
        "tokens": ["access", "id", "userinfo", "introspection"],
        "optionalScopes": [],
    },
}
_TAGGED = {EntryAnswer, DocumentAnswer}
_ETAG = {
    "ETag": {"description": "the revision, for If-Match and If-None-Match", "schema": {"type": "string"}}
}


_TAGS = {"anyOf": [{"const": "*"}, {"pattern": TAGS_PATTERN}]}
_NAME = {"pattern": r"^[^\u0000-\u001f]+$"}  # Keycloak refuses control characters before anybody is asked


def _parameter(name: str, where: str, description: str, example: object, **schema: object) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": {"type": "string", **schema},
        "description": description,
        "example": example,
    }


USER_ID = _parameter(
    "userId", "path", "id, username or e-mail address of the user", "jane.doe@example.com", **_NAME
)
KEY = _parameter("key", "path", "key of the entry", "theme", **KEY_RULE)
IF_MATCH = _parameter("If-Match", "header", "entity tags, or *: else 412", '"7"', **_TAGS)
IF_NONE_MATCH = _parameter("If-None-Match", "header", "entity tags, or *: else 412", "*", **_TAGS)
DRY_RUN = _parameter(
    "dryRun", "query", "true: answer what the write would do, store nothing", example=True, type="boolean"
)
CLIENT = _parameter("client", "query", "id of the client whose tokens are meant", "shop", **_NAME)
IF_CHANGED = _parameter("If-None-Match", "header", "entity tags: else 304", '"7"', **_TAGS)
_GIVEN_ID = _parameter(
    REQUEST_ID,
    "header",
    "id of the request in logs and in the audit: up to 128 of A-Z a-z 0-9 . _ -, else one is made",
    "crm-sync.2030-01-31.000042",
)
_ID = {REQUEST_ID: {"description": "the id of the request, or the one made", "schema": {"type": "string"}}}

_SAME_ENTRY = {name: f"$request.path.{name}" for name in ("userId", "key")}
ENTRY_LINKS = {
    operation: {"operationId": operation, "parameters": _SAME_ENTRY, "description": description}
    for operation, description in (("get_entry", "reads it"), ("delete_entry", "deletes it"))
}


class Problem(BaseModel):
    """An error, as RFC 9457 has it. Some have further members: the numbers."""

    type: str = Field(description="urn:user-metadata:problem:<code>; the code is stable")
    title: str = Field(description="fixed per code")
    status: int
    detail: str = Field(description="what went wrong here, and what would mend it")


def takes(
    *parameters: dict[str, Any], body: type[BaseModel] | None = None, media_type: str = JSON
) -> dict[str, Any]:
    """Document what a route takes: its parameters, and a body where there is one."""
    documented: dict[str, Any] = {"parameters": parameters}
    if body is not None:
        documented["requestBody"] = {"required": True, "content": {media_type: _content(body)}}
    return documented


def answer(
    description: str, *kinds: type[BaseModel], links: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Document an answer that is of one kind or another; an entry or a document comes with its tag."""
    headers = {"headers": _ETAG} if _TAGGED.intersection(kinds) else {}
    leads_to = {"links": links} if links else {}
    return {"description": description, **headers, "content": {JSON: _content(*kinds)}, **leads_to}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems a route answers with."""
    return {status: _problems(status) for status in statuses}


def describe(app: FastAPI, root_path: str) -> None:
    """Let ``app`` serve the description, with the schemas that the routes refer to."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                servers=[{"url": root_path or "/"}],
            )
            kinds: list[type[BaseModel]] = [KeyedEntryBody, *_EXAMPLES, Problem]
            _, models = models_json_schema(
                [(kind, "validation") for kind in kinds], ref_template="#/components/schemas/{model}"
            )
            schema["components"]["schemas"] = models["$defs"]
            for operation in (each for methods in schema["paths"].values() for each in methods.values()):
                operation["parameters"] = [*operation.get("parameters", ()), _GIVEN_ID]
                for response in operation["responses"].values():
                    response["headers"] = {**response.get("headers", {}), **_ID}
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign] # how FastAPI documents it


def _content(*kinds: type[BaseModel]) -> dict[str, Any]:
    schemas = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]
    if len(kinds) == 1:
        return {"schema": schemas[0], "example": _EXAMPLES[kinds[0]]}
    return {
        "schema": {"anyOf": schemas},
        "examples": {kind.__name__: {"value": _EXAMPLES[kind]} for kind in kinds},
    }


def _problems(status: int) -> dict[str, Any]:
    kinds = [kind for kind in _kinds(MetadataError) if kind.status == status]
    examples = {
        kind.code: {
            "value": {
                "type": f"urn:user-metadata:problem:{kind.code}",
                "title": kind.title,
                "status": status,
                "detail": (kind.__doc__ or "").split("\n", maxsplit=1)[0],
            }
        }
        for kind in kinds
    }
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


def _kinds(kind: type[MetadataError]) -> Iterator[type[MetadataError]]:
    for child in kind.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from _kinds(child)
