"""Owns the wire: what callers send and get, what the extension sends; does not decide limits or rights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from .entity_tags import Conditions
from .errors import BadGateway, InvalidEntry

Value = Annotated[
    Any,
    Field(
        description="any JSON value but null: it comes back, and goes into tokens, as the same JSON type",
        examples=["Dark Mode"],
    ),
]
ProfileClaim = Annotated[
    StrictBool, Field(description="whether the entry becomes the claim metadata_<key> of the user's tokens")
]
Key = Annotated[StrictStr, Field(description="name of the entry", examples=["theme"])]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class EntryBody(_Sent):
    """One entry as a caller sends it; its key is in the path."""

    value: Value
    profileClaim: ProfileClaim = False  # noqa: N815 - its name on the wire


class KeyedEntryBody(EntryBody):
    """One entry of a list, with its key."""

    key: Key


class DocumentBody(_Sent):
    """All entries of a user as a caller sends them. A key given twice: the last one wins."""

    metadata: list[KeyedEntryBody]


class EntryAnswer(BaseModel):
    """One entry."""

    key: Key
    value: Value
    profileClaim: ProfileClaim  # noqa: N815 - its name on the wire


class DocumentAnswer(BaseModel):
    """All entries of a user, sorted by key."""

    metadata: list[EntryAnswer]


class _Received(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class Entry(_Received):
    """A stored entry, and the revision of the document that last changed it."""

    value: Any
    profileClaim: bool  # noqa: N815 - its name on the wire
    revision: int = Field(ge=0)


class Document(_Received):
    """All entries of a user and the number of changes so far."""

    revision: int = Field(ge=0)
    entries: dict[str, Entry]


class ChangedDocument(Document):
    """The document after a change, and the keys it touched."""

    added: list[str]
    changed: list[str]
    removed: list[str]


class SealedStatus(_Received):
    """Whether the realm protects the stored document, and if not, why."""

    sealed: bool
    reason: str | None


class FailedPrecondition(_Received):
    """What is stored instead of what the conditions name: the entry asked about, or all of them."""

    revision: int = Field(ge=0)
    entry: Entry | None = None
    entries: dict[str, Entry] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The one operation that writes: everything else is made of it."""

    set: Mapping[str, EntryBody] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    replace: bool = False
    conditions: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def put(cls, key: str, entry: EntryBody, conditions: Conditions) -> "Change":
        """Create or overwrite one entry."""
        return cls(set={key: entry}, conditions=conditions.to_wire(key))

    @classmethod
    def delete(cls, key: str, conditions: Conditions) -> "Change":
        """Remove one entry."""
        return cls(remove=(key,), conditions=conditions.to_wire(key))

    @classmethod
    def replace_all(cls, entries: Iterable[KeyedEntryBody], conditions: Conditions) -> "Change":
        """Put these entries in the place of all that is there."""
        return cls(
            set={entry.key: entry for entry in entries}, replace=True, conditions=conditions.to_wire(None)
        )

    def to_wire(self) -> dict[str, object]:
        """Write it as the extension reads it."""
        return {
            "set": {
                key: {"value": entry.value, "profileClaim": entry.profileClaim}
                for key, entry in self.set.items()
            },
            "remove": self.remove,
            "replace": self.replace,
            "conditions": self.conditions,
        }


_Body = TypeVar("_Body", bound=_Sent)
_Answer = TypeVar("_Answer", bound=_Received)

_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
    "string_unicode": "must be a string of Unicode characters",
    "list_type": "must be an array",
    "model_type": "must be an object",
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


def parse_answer(kind: type[_Answer], body: object) -> _Answer:
    """Read what the extension answered.

    Raises:
        BadGateway: it has another shape, so somebody else answered, or another version.
    """
    try:
        return kind.model_validate(body)
    except ValidationError:
        detail = "Keycloak's extension answered something that this version does not understand."
        raise BadGateway(detail) from None


def entry_json(key: str, entry: Entry) -> dict[str, object]:
    """Write one entry as callers get it."""
    return {"key": key, "value": entry.value, "profileClaim": entry.profileClaim}


def document_json(entries: Mapping[str, Entry]) -> dict[str, object]:
    """Write all entries as callers get them, in the order of the keys' code points."""
    return {"metadata": [entry_json(key, entries[key]) for key in sorted(entries)]}
