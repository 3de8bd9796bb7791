"""Owns the error tree: one class per problem code; does not render it.

MetadataError
├── MalformedRequest                the caller's request cannot be read
│   ├── MalformedJson
│   ├── MalformedPath
│   └── MalformedHeader
├── RequestTimeout                  the caller's request did not arrive in time
├── InvalidToken                    no access token, or one that does not count here
├── Forbidden
├── NotFound                        no such route
├── MethodNotAllowed
├── UserNotFound
├── EntryNotFound
├── ClientNotFound
├── AmbiguousUser
├── DocumentUnreadable
├── UserReadOnly
├── PreconditionFailed
├── BodyTooLarge
├── UnsupportedMediaType
├── InvalidEntry
├── LimitExceeded
├── InternalError                   a fault of ours
├── BadGateway                      Keycloak answered what nobody expects
├── ExtensionMissing
└── Unavailable                     may work later: carries Retry-After
    ├── KeycloakUnavailable
    │   ├── NoKeycloakHere          something answers at the address, but not Keycloak
    │   └── TlsFailed
    ├── RealmNotFound
    ├── IssuerMismatch
    ├── RealmNotSealed
    ├── DirectoryUnavailable
    ├── Contention
    ├── Overloaded
    └── GatewayTimeout
"""

# ruff: noqa: N818 - they are named as the problem is: LimitExceeded, UserNotFound

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class MetadataError(Exception):
    """What the caller is told: ``code`` is stable, ``title`` fixed per code, ``detail`` written for callers.

    ``members`` are further members of the problem (the numbers), ``headers`` go beside it. None of them ever
    holds a token; values only where a failed precondition shows its caller what is stored. ``note`` is for
    the operator: it is part of the exception's text, which goes to the log or the terminal, not to a caller.
    """

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]
    retry_after: ClassVar[int | None] = None

    def __init__(
        self,
        detail: str,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        note: str = "",
    ) -> None:
        super().__init__(f"{detail} {note}".rstrip())
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})
        if self.retry_after is not None:
            self.headers.setdefault("Retry-After", str(self.retry_after))


class MalformedRequest(MetadataError):
    """The request cannot be read."""

    status = HTTPStatus.BAD_REQUEST
    code, title = "malformed_request", "Malformed request"


class MalformedJson(MalformedRequest):
    """The body is no JSON text."""

    code, title = "malformed_json", "Malformed JSON"


class MalformedPath(MalformedRequest):
    """A segment of the path is no percent-encoded UTF-8."""

    code, title = "malformed_path", "Malformed path"


class MalformedHeader(MalformedRequest):
    """A header field cannot be read."""

    code, title = "malformed_header", "Malformed header"


class RequestTimeout(MetadataError):
    """The request did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code, title = "request_timeout", "Request not sent in time"


class InvalidToken(MetadataError):
    """There is no access token, or it does not count here; carries the challenge of RFC 6750."""

    status = HTTPStatus.UNAUTHORIZED
    code, title = "invalid_token", "No valid access token"


class Forbidden(MetadataError):
    """The caller lacks a role."""

    status = HTTPStatus.FORBIDDEN
    code, title = "forbidden", "Forbidden"


class NotFound(MetadataError):
    """There is no such route."""

    status = HTTPStatus.NOT_FOUND
    code, title = "not_found", "Not found"


class UserNotFound(NotFound):
    """No user has this id, name or e-mail address."""

    code, title = "user_not_found", "User not found"


class EntryNotFound(NotFound):
    """The user has no entry of this key."""

    code, title = "entry_not_found", "Entry not found"


class ClientNotFound(NotFound):
    """The realm has no client of this id."""

    code, title = "client_not_found", "Client not found"


class MethodNotAllowed(MetadataError):
    """The route exists, but not with this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code, title = "method_not_allowed", "Method not allowed"


class AmbiguousUser(MetadataError):
    """The name fits two different users."""

    status = HTTPStatus.CONFLICT
    code, title = "ambiguous_user", "Ambiguous user"


class DocumentUnreadable(MetadataError):
    """What is stored for the user is no document of ours, or one of a newer format."""

    status = HTTPStatus.CONFLICT
    code, title = "document_unreadable", "Document unreadable"


class UserReadOnly(MetadataError):
    """The user is outside Keycloak, and of a name that Keycloak cannot store anything for."""

    status = HTTPStatus.CONFLICT
    code, title = "user_read_only", "User is read-only"


class PreconditionFailed(MetadataError):
    """If-Match or If-None-Match does not hold; nothing was stored."""

    status = HTTPStatus.PRECONDITION_FAILED
    code, title = "precondition_failed", "Precondition failed"


class BodyTooLarge(MetadataError):
    """The request body is larger than the sidecar accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code, title = "body_too_large", "Body too large"


class UnsupportedMediaType(MetadataError):
    """The request body is not declared as JSON in UTF-8."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code, title = "unsupported_media_type", "Unsupported media type"


class InvalidEntry(MetadataError):
    """The body is JSON, but not the entry or the list of entries that is expected; nothing was stored."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code, title = "invalid_entry", "Invalid entry"


class LimitExceeded(MetadataError):
    """The write would go beyond a limit; nothing was stored."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code, title = "limit_exceeded", "Limit exceeded"


class InternalError(MetadataError):
    """A fault of the sidecar itself."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code, title = "internal_error", "Internal error"


class BadGateway(MetadataError):
    """Keycloak's answer makes no sense here."""

    status = HTTPStatus.BAD_GATEWAY
    code, title = "bad_gateway", "Unexpected answer from Keycloak"


class ExtensionMissing(MetadataError):
    """Keycloak runs without our extension."""

    status = HTTPStatus.BAD_GATEWAY
    code, title = "extension_missing", "Extension missing"


class Unavailable(MetadataError):
    """Not now; a later attempt may succeed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after = 5


class KeycloakUnavailable(Unavailable):
    """Keycloak cannot be reached."""

    code, title = "keycloak_unavailable", "Keycloak is not available"


class NoKeycloakHere(KeycloakUnavailable):
    """Something answers at the address, but it is not Keycloak: the address is wrong."""


class TlsFailed(KeycloakUnavailable):
    """Keycloak's certificate is not trusted, or the other side speaks no TLS."""


class RealmNotFound(Unavailable):
    """Keycloak has no realm of the configured name."""

    code, title = "realm_not_found", "Realm not found"


class IssuerMismatch(Unavailable):
    """The configured issuer is not the one Keycloak puts into its tokens."""

    code, title = "issuer_mismatch", "Issuer mismatch"


class RealmNotSealed(Unavailable):
    """The realm does not protect the stored document."""

    code, title = "realm_not_sealed", "Realm not sealed"


class DirectoryUnavailable(Unavailable):
    """The directory that the user is in does not answer Keycloak."""

    code, title = "directory_unavailable", "The user's directory is not available"


class Contention(Unavailable):
    """Too many writers at once for the database; nothing was stored."""

    code, title = "contention", "Too many writers at once"
    retry_after = 1


class Overloaded(Unavailable):
    """Every connection that the sidecar may have is in use."""

    code, title = "overloaded", "Too many requests at once"
    retry_after = 1


class GatewayTimeout(Unavailable):
    """Keycloak did not answer in time."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code, title = "gateway_timeout", "Keycloak did not answer in time"
