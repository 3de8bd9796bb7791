"""Owns what is asked of Keycloak's admin API for one realm; does not know what a realm needs.

What goes wrong becomes an ``AdminError``: one line for the person at the terminal, without secrets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NoReturn

from keycloak import KeycloakAdmin
from keycloak.exceptions import (
    KeycloakConnectionError,
    KeycloakError,
    KeycloakGetError,
    raise_error_from_response,
)

from .admin_errors import AdminError, ExtensionAbsent, LoginRefused, MissingRole
from .admin_failures import explain, said
from .admin_login import administrator, anonymous, segment
from .realm import Json
from .settings import AdminSettings

MISSING_EXTENSION = (
    "the extension is not installed: copy keycloak-user-metadata.jar into Keycloak's providers/ folder, "
    "run kc.sh build, restart Keycloak"
)


class RealmAdmin:
    """One realm of one Keycloak, seen by an administrator."""

    def __init__(self, settings: AdminSettings) -> None:
        self.settings = settings
        self._keycloak: KeycloakAdmin | None = None

    def discover(self, host: str | None = None) -> Json:
        """Read the realm's discovery document, as one who asks for ``host`` sees it; needs no login.

        Raises:
            AdminError: there is no Keycloak at the address, or no such realm in it.
        """
        settings = self.settings
        try:
            document: Json = anonymous(settings, host).well_known()
        except TypeError:
            self._no_keycloak("its answer is not Keycloak's")
        except KeycloakConnectionError as error:
            raise AdminError(explain(error, settings.keycloak_url)) from None
        except KeycloakError as error:
            if said(error) == "Realm does not exist":
                message = f"realm {settings.realm} not found at {settings.keycloak_url}"
                raise AdminError(message) from None
            if (error.response_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                message = f"{settings.keycloak_url} answered {error.response_code}: Keycloak is not ready"
                raise AdminError(message) from None
            self._no_keycloak(f"it answered {error.response_code}")
        if "issuer" not in document:
            self._no_keycloak("its answer is not Keycloak's")
        return document

    def log_in(self) -> None:
        """Obtain the administrator's token.

        Raises:
            LoginRefused: Keycloak does not accept it.
            AdminError: none is given, or Keycloak cannot be reached.
        """
        settings = self.settings
        if settings.admin_realm not in ("master", settings.realm):
            message = (
                f"log in at the realm master or at {settings.realm} itself, not at {settings.admin_realm}"
            )
            raise AdminError(message)
        connection = administrator(settings)
        self._keycloak = KeycloakAdmin(connection=connection)
        if settings.admin_token:
            return  # the first call shows whether it counts
        try:
            connection.get_token()
        except KeycloakConnectionError as error:
            raise AdminError(explain(error, settings.keycloak_url)) from None
        except KeycloakError as error:
            who = settings.admin_username or f"client {settings.admin_client_id}"
            message = f"realm {settings.admin_realm} refuses the login of {who}: {said(error)}"
            raise LoginRefused(message) from None

    @contextmanager
    def needing(self, role: str) -> Iterator[KeycloakAdmin]:
        """Hand out python-keycloak's client; a refusal names ``role``.

        Raises:
            MissingRole: the login lacks the role.
            AdminError: Keycloak refused or failed for another reason.
        """
        if self._keycloak is None:
            message = "not logged in"
            raise RuntimeError(message)
        try:
            yield self._keycloak
        except KeycloakConnectionError as error:
            raise AdminError(explain(error, self.settings.keycloak_url)) from None
        except KeycloakError as error:
            self._refused(error, role)

    def info(self) -> Json:
        """Ask the extension for its version, whether the realm is sealed, and the limits in force.

        Raises:
            ExtensionAbsent: Keycloak runs without it.
        """
        return self._extension("info", "view-realm")

    def census(self) -> Json:
        """Ask the extension how many users hold a document, and how many something else under its name.

        Raises:
            ExtensionAbsent: Keycloak runs without it.
        """
        return self._extension("census", "manage-realm")

    def _extension(self, what: str, role: str) -> Json:
        path = f"admin/realms/{segment(self.settings.realm)}/user-metadata/{what}"
        with self.needing(role) as keycloak:
            response = keycloak.connection.raw_get(path)
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise ExtensionAbsent(MISSING_EXTENSION)
            answer = raise_error_from_response(response, KeycloakGetError)
        if not isinstance(answer, dict):
            message = f"the extension's answer at {path} cannot be read"
            raise AdminError(message)
        return answer

    def lacks(self, role: str) -> str:
        """Say that the login lacks a role, and where that role is found."""
        own = self.settings.admin_realm == self.settings.realm != "master"
        owner = "realm-management" if own else f"{self.settings.realm}-realm"
        return f"the login lacks {role} (role of the client {owner} in the realm {self.settings.admin_realm})"

    def _refused(self, error: KeycloakError, role: str) -> NoReturn:
        match error.response_code:
            case HTTPStatus.FORBIDDEN:
                raise MissingRole(self.lacks(role)) from None
            case HTTPStatus.UNAUTHORIZED:
                message = (
                    "Keycloak refuses the administrator's token: expired, or issued under another address"
                )
                raise LoginRefused(message) from None
            case HTTPStatus.CONFLICT:
                message = f"somebody else changes the realm at the same time ({said(error)}): run setup again"
                raise AdminError(message) from None
            case _:
                message = f"Keycloak answered {error.response_code}: {said(error)}"
                raise AdminError(message) from None

    def _no_keycloak(self, why: str) -> NoReturn:
        url = self.settings.keycloak_url
        bare = "/".join(url.split("/")[:3])
        hint = f"{url}/auth" if url == bare else bare
        message = f"no Keycloak at {url} ({why}); is its relative path right? Perhaps it is {hint}"
        raise AdminError(message) from None
