"""Owns the calls to the admin extension, relayed with the caller's own token; does not decide who may what.

An error of the extension goes on to the caller under the same code, with its message as the detail and its
numbers as they are.
"""

from dataclasses import dataclass
from urllib.parse import quote

from .bearer import VerifiedToken, challenge
from .changes import Change
from .clock import KeycloakClock
from .connection import DOUBT, Answer, Connection
from .discovery import unavailable_or_nonsense
from .documents import (
    ChangedDocument,
    Claims,
    Document,
    DryRun,
    FailedPrecondition,
    SealedStatus,
    document_json,
    entry_json,
    parse_answer,
)
from .entity_tags import entity_tag
from .errors import (
    AmbiguousUser,
    BodyTooLarge,
    ClientNotFound,
    Contention,
    DirectoryUnavailable,
    DocumentUnreadable,
    ExtensionMissing,
    Forbidden,
    InvalidEntry,
    InvalidToken,
    KeycloakUnavailable,
    LimitExceeded,
    MalformedRequest,
    MetadataError,
    PreconditionFailed,
    RealmNotSealed,
    UserNotFound,
    UserReadOnly,
)
from .exact_json import dumps
from .request_record import REQUEST_ID, RequestRecord
from .settings import Settings

_OK, _NOT_FOUND = 200, 404

_RELAYED: dict[str, type[MetadataError]] = {
    error.code: error
    for error in (
        MalformedRequest,
        Forbidden,
        UserNotFound,
        ClientNotFound,
        AmbiguousUser,
        DocumentUnreadable,
        UserReadOnly,
        DirectoryUnavailable,
        PreconditionFailed,
        BodyTooLarge,
        InvalidEntry,
        LimitExceeded,
        RealmNotSealed,
        Contention,
        KeycloakUnavailable,
    )
}


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a call is made: the token that is relayed, and what Keycloak may record."""

    token: VerifiedToken
    address: str | None
    request: RequestRecord


class MetadataClient:
    """The extension of one realm, called over a shared connection."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._url = settings.extension_url
        self._status_url = f"{settings.realm_url}/user-metadata/status"
        self._realm = settings.realm
        self._patience = settings.keycloak_timeout
        self._clock = KeycloakClock()

    async def document(self, caller: Caller, user: str) -> Document:
        """Read a user's document; one without entries where the user has none.

        Raises:
            MetadataError: the extension refuses, or does not answer.
        """
        return parse_answer(Document, await self._get(caller, "document", user=user))

    async def own_document(self, caller: Caller) -> Document:
        """Read what the caller's own tokens show of the caller: the entries that are profile claims.

        Raises:
            MetadataError: the extension refuses, or does not answer.
        """
        return parse_answer(Document, await self._get(caller, "own-document"))

    async def claims(self, caller: Caller, user: str, client_id: str | None) -> Claims:
        """Read the claims that a token of a user would carry now, in general or as one client would get them.

        Raises:
            ClientNotFound: the realm has no such client.
            MetadataError: the extension refuses, or does not answer.
        """
        named = {"user": user} if client_id is None else {"user": user, "client": client_id}
        return parse_answer(Claims, await self._get(caller, "claims", **named))

    async def change(
        self, caller: Caller, user: str, change: Change, *, named_only: bool = False
    ) -> ChangedDocument:
        """Change a user's document in one operation.

        With ``named_only``, the document that is given has no other entries than those that the change names.

        Raises:
            PreconditionFailed: the conditions do not hold; carries what is stored instead.
            MetadataError: the extension refuses, or does not answer.
        """
        shown = "&entries=named" if named_only else ""
        return parse_answer(ChangedDocument, await self._post(caller, user, change.to_wire(), shown))

    async def dry_run(self, caller: Caller, user: str, change: Change) -> DryRun:
        """Have a change of a user's document done up to the storing, and learn what it would have done.

        Raises:
            PreconditionFailed, MetadataError: as the change itself would.
        """
        return parse_answer(DryRun, await self._post(caller, user, change.to_wire(dry_run=True)))

    async def require_sealed(self) -> None:
        """Ask whether the extension is there and the realm sealed; needs no token.

        Raises:
            ExtensionMissing: Keycloak does not know it.
            RealmNotSealed: the realm does not protect the stored document.
        """
        answer = await self._connection.call("GET", self._status_url)
        if answer.status == _NOT_FOUND:
            raise _extension_missing()
        if answer.status != _OK:
            note = f"[GET {self._status_url}: {answer.status}]"
            raise _relayed(answer) or unavailable_or_nonsense(answer, note)
        status = parse_answer(SealedStatus, answer.body)
        if not status.sealed:
            detail = f"The realm does not protect the document ({status.reason}): run user-metadata setup."
            raise RealmNotSealed(detail, {"reason": status.reason})

    async def _get(self, caller: Caller, what: str, **named: str) -> object:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items())
        url = f"{self._url}/{what}?{query}" if query else f"{self._url}/{what}"
        answer = await self._connection.call("GET", url, fields=_fields(caller))
        self._clock.learn(answer.time)
        if answer.status != _OK:
            raise self._failure(answer)
        return answer.body

    async def _post(self, caller: Caller, user: str, change: dict[str, object], shown: str = "") -> object:
        query = f"user={quote(user, safe='')}{shown}"
        if deadline := self._clock.after(self._patience):  # what is given up here must not be begun there
            query = f"{query}&before={deadline}"
        fields = [*_fields(caller), ("Content-Type", "application/json")]
        body = dumps(change, ascii_only=True)  # half a surrogate pair arrives as it came, to be refused there
        answer = await self._connection.call("POST", f"{self._url}/change?{query}", fields=fields, body=body)
        self._clock.learn(answer.time)
        if answer.status != _OK:
            raise self._failure(answer, DOUBT)
        return answer.body

    def _failure(self, answer: Answer, doubt: str = "") -> MetadataError:
        error = _relayed(answer, doubt)
        if error is not None:
            return error
        match answer.status:
            case 401:
                detail = (
                    "Keycloak refuses the token: its session has ended, or its user or client is disabled."
                )
                return InvalidToken(detail, headers=challenge(self._realm, detail))
            case 403:
                return Forbidden("Keycloak refuses this to the caller.")
            case 404:
                return _extension_missing()
            case 400 | 414 | 431:
                # Keycloak's HTTP server, before the extension is asked. The rest of the request is our own.
                detail = (
                    f"Keycloak does not take the request ({answer.status}): the name of the user or the "
                    "token is longer than it accepts, or the name holds a character it refuses."
                )
                return MalformedRequest(detail)
            case _:
                return unavailable_or_nonsense(answer, f"[{self._url}: {answer.status}]", doubt)


def _relayed(answer: Answer, doubt: str = "") -> MetadataError | None:
    """Make the error the extension names, None where it was not the extension that answered."""
    kind, message = _RELAYED.get(str(answer.member("error"))), answer.member("message")
    if (
        not kind
        or kind.status != answer.status
        or not isinstance(answer.body, dict)
        or not isinstance(message, str)
    ):
        return None
    if kind is PreconditionFailed:
        return _precondition_failed(message, answer.body)
    return kind(
        message + doubt if kind is KeycloakUnavailable else message,
        {name: value for name, value in answer.body.items() if name not in ("error", "message")},
    )


def _fields(caller: Caller) -> list[tuple[str, str]]:
    fields = [("Authorization", f"Bearer {caller.token.text}"), (REQUEST_ID, caller.request.request_id)]
    if caller.address:
        fields.append(("X-Forwarded-For", caller.address))
    if caller.request.traceparent:
        fields.append(("traceparent", caller.request.traceparent))
    return fields


def _extension_missing() -> ExtensionMissing:
    detail = "Keycloak runs without the extension keycloak-user-metadata: its JAR belongs into providers/."
    return ExtensionMissing(detail)


def _precondition_failed(detail: str, body: dict[str, object]) -> MetadataError:
    """Show what is stored, as the API shows it and with its tag: the caller need not read again to decide."""
    stored = parse_answer(FailedPrecondition, body)
    if "key" not in body:
        current: object = document_json(stored.entries or {})
        return PreconditionFailed(detail, {"current": current}, {"ETag": entity_tag(stored.revision)})
    if stored.entry is None:
        return PreconditionFailed(detail, {"current": None})
    current = entry_json(str(body["key"]), stored.entry)
    return PreconditionFailed(detail, {"current": current}, {"ETag": entity_tag(stored.entry.revision)})
