"""Owns how python-keycloak is made ready: as whom, trusting whom, waiting how long; asks nothing itself."""

import re
import ssl
from typing import Any, Final
from urllib.parse import quote

from keycloak import KeycloakOpenID, KeycloakOpenIDConnection

from .admin_errors import AdminError
from .settings import AdminSettings

# Seconds: counting the documents of a million users takes longer than a request that is served.
_ANSWER: Final = 300

_NO_LOGIN: Final = (
    "no login given: --admin-username with USER_METADATA_ADMIN_PASSWORD, or --admin-client-id with "
    "USER_METADATA_ADMIN_CLIENT_SECRET, or USER_METADATA_ADMIN_TOKEN"
)


def anonymous(settings: AdminSettings, host: str | None = None) -> KeycloakOpenID:
    """Make a client without a login; ``host`` is sent in place of the address's own."""
    openid = KeycloakOpenID(
        server_url=f"{settings.keycloak_url}/",
        realm_name=segment(settings.realm),
        client_id="",
        custom_headers={"Host": host} if host else {},
        **_bounds(settings),
    )
    openid.connection.verify = _trusted(settings)
    return openid


def administrator(settings: AdminSettings) -> KeycloakOpenIDConnection:
    """Make a connection with the administrator's credentials; it has not logged in yet.

    Raises:
        AdminError: there are none.
    """
    connection = KeycloakOpenIDConnection(
        server_url=f"{settings.keycloak_url}/",
        realm_name=segment(settings.realm),
        user_realm_name=segment(settings.admin_realm),
        client_id=settings.admin_client_id,
        **_credentials(settings),
        **_bounds(settings),
    )
    connection.keycloak_openid.connection.verify = connection.verify = _trusted(settings)
    return connection


def segment(realm: str) -> str:
    """Keep a realm's name one segment of a path: python-keycloak puts it into addresses as it is."""
    return quote(realm, safe="")


def _credentials(settings: AdminSettings) -> dict[str, Any]:
    if settings.admin_token:
        token = settings.admin_token.get_secret_value().strip()
        if not re.fullmatch(r"[\w.~+/=-]+", token, re.ASCII):
            message = "USER_METADATA_ADMIN_TOKEN holds no access token"
            raise AdminError(message)
        # Its own expiry counts, which Keycloak checks.
        return {"token": {"access_token": token, "expires_in": 3600}}
    secret = settings.admin_client_secret and settings.admin_client_secret.get_secret_value()
    if settings.admin_username and settings.admin_password:
        password = settings.admin_password.get_secret_value()
        return {"username": settings.admin_username, "password": password, "client_secret_key": secret}
    if settings.admin_username:
        message = f"the password of {settings.admin_username} is missing: set USER_METADATA_ADMIN_PASSWORD"
        raise AdminError(message)
    if secret:
        return {"client_secret_key": secret}
    raise AdminError(_NO_LOGIN)


def _bounds(settings: AdminSettings) -> dict[str, Any]:
    # A retry would repeat a write that may have arrived.
    return {"timeout": (settings.keycloak_timeout, _ANSWER), "max_retries": 0}


def _trusted(settings: AdminSettings) -> str | bool:
    """Name the authorities that the running sidecar trusts, too: python-keycloak brings others of its own.

    Set on a finished connection: given at its birth, it reaches an unused httpx client that warns of paths.
    """
    known = ssl.get_default_verify_paths()
    return settings.ca_file or known.cafile or known.capath or True
