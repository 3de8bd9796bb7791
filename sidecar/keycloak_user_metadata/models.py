"""Owns the public wire: what callers send and get; does not decide limits or rights.

Here it is decided which members a body has and of which JSON type they are; what they may say is the
extension's to decide.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictStr,
    ValidationError,
    WithJsonSchema,
)

from .errors import InvalidEntry


def _without_default(schema: dict[str, Any]) -> None:
    """Describe a member that may be left out, without inventing what it then is."""
    schema.pop("default", None)


# What the extension decides, said in the description: a caller's tools then know what is refused anyway.
_BLANKS = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
KEY_RULE: dict[str, Any] = {
    "minLength": 1,
    # No longer than any realm may allow; the realm's own limit is 128 unless it is set.
    "maxLength": 1024,
    "pattern": rf"^(?!\.{{1,2}}$)(?![{_BLANKS}])[^{_CONTROLS}]*[^{_CONTROLS}{_BLANKS}]$",
}

Value = Annotated[
    Any,
    Field(
        description="any JSON value but null: it comes back, and goes into tokens, as the same JSON type",
        examples=["Dark Mode"],
        json_schema_extra={"type": ["string", "number", "boolean", "array", "object"]},
    ),
]
ProfileClaim = Annotated[
    StrictBool, Field(description="whether the entry becomes the claim metadata_<key> of the user's tokens")
]
ExpiresAt = Annotated[
    StrictStr | None,
    Field(json_schema_extra=_without_default),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "the instant (RFC 3339, in the future) from which it is gone; left out: never",
            "examples": ["2030-01-31T12:00:00Z"],
        }
    ),
]
Key = Annotated[
    StrictStr, Field(description="name of the entry", examples=["theme"], json_schema_extra=KEY_RULE)
]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class EntryBody(_Sent):
    """One entry as a caller sends it; its key is in the path."""

    value: Value
    profileClaim: ProfileClaim = False  # noqa: N815 - its name on the wire
    expiresAt: ExpiresAt = None  # noqa: N815 - its name on the wire


class KeyedEntryBody(EntryBody):
    """One entry of a list, with its key."""

    key: Key


class DocumentBody(_Sent):
    """All entries of a user as a caller sends them. A key given twice: the last one wins."""

    metadata: list[KeyedEntryBody]


class EntryPatch(_Sent):
    """What to merge into one entry (RFC 7396): a member left out stays, null removes it."""

    value: Annotated[
        Any,
        Field(
            description="merged deep where both are objects, put in its place otherwise",
            json_schema_extra=_without_default,
        ),
    ] = None
    profileClaim: Annotated[  # noqa: N815 - its name on the wire
        StrictBool | None, Field(description="null: false again", json_schema_extra=_without_default)
    ] = None
    expiresAt: Annotated[  # noqa: N815 - its name on the wire
        StrictStr | None,
        Field(json_schema_extra=_without_default),
        WithJsonSchema(
            {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "an instant (RFC 3339, in the future); null: never",
            }
        ),
    ] = None


class PatchBody(RootModel[dict[StrictStr, EntryPatch | None]]):
    """What to merge, by key; null removes the entry, what is not named stays."""

    model_config = ConfigDict(hide_input_in_errors=True, json_schema_extra={"propertyNames": KEY_RULE})


class EntryAnswer(BaseModel):
    """One entry."""

    key: Key
    value: Value
    profileClaim: ProfileClaim  # noqa: N815 - its name on the wire
    expiresAt: Annotated[  # noqa: N815 - its name on the wire
        ExpiresAt, Field(description="the instant from which the entry is gone; only where it is set")
    ] = None


class DocumentAnswer(BaseModel):
    """All entries of a user, sorted by key."""

    metadata: list[EntryAnswer]


class ClaimsBytes(BaseModel):
    """Bytes of all profile claims of a user together, as they stand in a token."""

    before: int
    after: int
    limit: int


class DryRunAnswer(BaseModel):
    """What a write would do. Nothing was stored."""

    dryRun: Literal[True]  # noqa: N815 - its name on the wire
    added: list[str]
    changed: list[str]
    removed: list[str]
    claimsBytes: ClaimsBytes  # noqa: N815 - its name on the wire


class ClaimsAnswer(BaseModel):
    """The metadata claims that a token made now would carry."""

    claims: dict[str, Any]
    bytes: Annotated[int, Field(description="of these claims in a token, that of the revision left out")]
    limit: Annotated[int, Field(description="on the bytes of all profile claims of a user")]


class ClientClaimsAnswer(ClaimsAnswer):
    """The metadata claims that the tokens of one client would carry."""

    client: str
    released: Annotated[bool, Field(description="whether the client gets any of the entries")]
    reason: Annotated[str | None, Field(description="why it gets none: no_mapper, too_large, …")]
    tokens: Annotated[list[str], Field(description="access, id, userinfo, introspection, lightweight")]
    optionalScopes: Annotated[  # noqa: N815 - its name on the wire
        list[str], Field(description="scopes that would add claims when a login asks for them")
    ]


_Body = TypeVar("_Body", bound=BaseModel)

_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
    "string_unicode": "must be a string of Unicode characters",
    "list_type": "must be an array",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def parse_body(kind: type[_Body], body: object) -> _Body:
    """Read what a caller sent.

    Raises:
        InvalidEntry: it has another shape; names the place, never the value.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))[:200] or "body"
        reason = _REASONS.get(first["type"], "has the wrong type")
        detail = f"The entry cannot be stored: {place} {reason}."
        raise InvalidEntry(detail, {"place": place, "reason": reason}) from None
