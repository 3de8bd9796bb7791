"""Owns what the extension sends, as it is read here and as callers get it; does not fetch it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import BadGateway


class _Received(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class Entry(_Received):
    """A stored entry, and the revision of the document that last changed it."""

    value: Any
    profileClaim: bool  # noqa: N815 - its name on the wire
    expiresAt: str | None = None  # noqa: N815 - its name on the wire
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


class ClaimsBytes(_Received):
    """The bytes of all profile claims before and after a change, and the limit on them."""

    before: int
    after: int
    limit: int


class DryRun(ChangedDocument):
    """What a change would have done, and what became of the size of the claims."""

    claimsBytes: ClaimsBytes  # noqa: N815 - its name on the wire


class Claims(_Received):
    """The claims a token would carry; of a client, which of its tokens, and why none."""

    claims: dict[str, Any]
    bytes: int
    limit: int
    client: str | None = None
    reason: str | None = None
    tokens: list[str] = []
    optionalScopes: list[str] = []  # noqa: N815 - its name on the wire


class SealedStatus(_Received):
    """Whether the realm protects the stored document, and if not, why."""

    sealed: bool
    reason: str | None


class FailedPrecondition(_Received):
    """What is stored instead of what the conditions name: the entry asked about, or all of them."""

    revision: int = Field(ge=0)
    entry: Entry | None = None
    entries: dict[str, Entry] | None = None


_Answer = TypeVar("_Answer", bound=_Received)


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
    shown = {"key": key, "value": entry.value, "profileClaim": entry.profileClaim}
    return shown if entry.expiresAt is None else {**shown, "expiresAt": entry.expiresAt}


def document_json(entries: Mapping[str, Entry]) -> dict[str, object]:
    """Write all entries as callers get them, in the order of the keys' code points."""
    return {"metadata": [entry_json(key, entries[key]) for key in sorted(entries)]}


def dry_run_json(outcome: DryRun) -> dict[str, object]:
    """Write what a change would have done as callers get it."""
    return {
        "dryRun": True,
        "added": outcome.added,
        "changed": outcome.changed,
        "removed": outcome.removed,
        "claimsBytes": outcome.claimsBytes.model_dump(),
    }


def claims_json(claims: Claims) -> dict[str, object]:
    """Write the claims as callers get them; those of a client say whether it gets any, and where."""
    shown: dict[str, object] = {"claims": claims.claims, "bytes": claims.bytes, "limit": claims.limit}
    if claims.client is None:
        return shown
    return {
        **shown,
        "client": claims.client,
        "released": claims.reason is None,
        "reason": claims.reason,
        "tokens": claims.tokens,
        "optionalScopes": claims.optionalScopes,
    }
