"""Owns the settings: USER_METADATA_* from the environment, all mistakes at once; does not use the network.

Server settings are ``Settings``. What ``setup`` and ``check`` need besides, an administrator's login, is
``AdminSettings``: the running sidecar holds no credential and does not read them.
"""

import difflib
import ipaddress
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "USER_METADATA_"

# A Kubernetes service called "user-metadata" puts these beside the settings of every pod of its namespace.
_SERVICE_LINK = re.compile(r"SERVICE_(HOST|PORT\w*)|PORT_\d+_\w+")


class SettingsError(Exception):
    """The settings are wrong; ``mistakes`` holds one sentence for each, its text all of them, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def _split_url(text: str) -> SplitResult:
    problem = "must be an address such as https://id.example.com or http://127.0.0.1:8080/auth"
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError(problem) from None
    if (
        url.scheme not in ("http", "https")
        or not url.hostname
        or port == 0
        or re.search(r"[^!-\[\]-~]", text)
    ):
        raise ValueError(problem)
    if url.username is not None or url.query or url.fragment or text.endswith(("?", "#")):
        message = "must hold neither a user, nor a query, nor a fragment"
        raise ValueError(message)
    return url


def _keycloak_url(text: str) -> str:
    url = _split_url(text)
    if re.search(r"/(realms|admin)(/|$)", url.path):
        message = "must end before /realms or /admin: the realm has a setting of its own"
        raise ValueError(message)
    # As a client spells it in the Host header, from which Keycloak may build the issuer.
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    port = "" if url.port in (None, {"http": 80, "https": 443}[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{host}{port}{url.path.rstrip('/')}"


def _issuer(text: str) -> str:
    _split_url(text)
    return text  # kept to the letter: an issuer is compared, not followed


def _ca_file(path: str) -> str:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        message = f"{path} holds no certificate in PEM form"
        raise ValueError(message) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ValueError(message) from None
    return path


def _root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
        message = "must be a plain path such as /meta"
        raise ValueError(message)
    # With one of these nobody could tell whether the proxy in front took the prefix off or left it on.
    if path and ("/api/user/".startswith(f"{path}/") or path.startswith("/api/user/") or path == "/health"):
        message = "must not be the beginning of a route of the sidecar itself"
        raise ValueError(message)
    return path


def _trusted_proxies(text: str) -> str:
    for part in (part.strip() for part in text.split(",")):
        try:
            if part != "*":
                ipaddress.ip_network(part, strict=False)
        except ValueError:
            message = "must be * or a list of addresses and networks such as 127.0.0.1,10.0.0.0/8"
            raise ValueError(message) from None
    return text


def _port(value: object) -> object:
    if isinstance(value, str) and "://" in value:
        message = (
            "holds an address instead of a number; Kubernetes sets it so for a service called user-metadata: "
            "turn enableServiceLinks off for the pod"
        )
        raise ValueError(message)
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """What the sidecar needs to know: where Keycloak is, for which realm it serves, where it listens."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    keycloak_url: Annotated[str, AfterValidator(_keycloak_url)] = Field(
        description="address at which Keycloak is reached, with its relative path where it has one (/auth)"
    )
    realm: str = Field(min_length=1, description="name of the realm")
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default_factory=lambda known: f"{known['keycloak_url']}/realms/{quote(known['realm'], safe='')}",
        description="issuer in the tokens, where it differs from {KEYCLOAK_URL}/realms/{REALM}",
    )
    ca_file: Annotated[str, AfterValidator(_ca_file)] | None = Field(
        default=None, description="PEM file with the authorities trusted for every connection to Keycloak"
    )
    host: str = Field(default="127.0.0.1", description="address the sidecar listens on")
    port: Annotated[int, BeforeValidator(_port)] = Field(
        default=8000, ge=0, le=65535, description="port the sidecar listens on"
    )
    root_path: Annotated[str, AfterValidator(_root_path)] = Field(
        default="", description="path under which a proxy publishes the sidecar, such as /meta"
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1, description="largest request body accepted, in bytes"
    )
    request_timeout: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="seconds in which a request's head must arrive, its body, and its answer be read",
    )
    max_connections: int = Field(
        default=2_000,
        ge=1,
        description="connections of callers at most; a new one ends the one that is idle longest",
    )
    keycloak_timeout: float = Field(
        default=10, gt=0, le=300, description="seconds after which a call to Keycloak is given up"
    )
    keycloak_connections: int = Field(default=100, ge=1, description="connections to Keycloak kept at most")
    token_cache_size: int = Field(default=10_000, ge=1, description="verified tokens remembered at most")
    log_level: Annotated[
        Literal["critical", "error", "warning", "info", "debug"], BeforeValidator(_lower)
    ] = Field(default="info", description="how much is logged")
    log_format: Annotated[Literal["json", "text"], BeforeValidator(_lower)] = Field(
        default="json", description="how: json for machines, text for a terminal"
    )
    trusted_proxies: Annotated[str, AfterValidator(_trusted_proxies)] = Field(
        default="127.0.0.1", description="proxies whose X-Forwarded-For is believed: addresses, networks or *"
    )

    @classmethod
    def load(cls, **given: Any) -> Self:  # noqa: ANN401 - whatever a command line hands over is parsed here
        """Read the environment, overridden by what is given and not None.

        Raises:
            SettingsError: something is missing or wrong; it names every mistake.
        """
        try:
            settings = cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            raise SettingsError([*_mistakes(cls, error), *_misspelt(os.environ)]) from None
        if misspelt := list(_misspelt(os.environ)):
            raise SettingsError(misspelt)
        return settings

    @property
    def realm_url(self) -> str:
        """Where the realm's public endpoints are: {KEYCLOAK_URL}/realms/{REALM}."""
        return f"{self.keycloak_url}/realms/{quote(self.realm, safe='')}"

    @property
    def extension_url(self) -> str:
        """Where the extension of the realm's admin API is."""
        return f"{self.keycloak_url}/admin/realms/{quote(self.realm, safe='')}/user-metadata"

    def tls(self) -> ssl.SSLContext:
        """Build what every https connection to Keycloak is checked with."""
        return ssl.create_default_context(cafile=self.ca_file)


class AdminSettings(Settings):
    """The settings, and an administrator's login: by password, by client secret, or an existing token."""

    admin_realm: str = Field(default="master", min_length=1, description="realm the administrator logs in at")
    admin_username: str | None = Field(default=None, description="administrator's name")
    admin_password: SecretStr | None = Field(default=None, description="administrator's password")
    admin_client_id: str = Field(
        default="admin-cli", min_length=1, description="client the administrator logs in with"
    )
    admin_client_secret: SecretStr | None = Field(
        default=None, description="secret of that client; without a name its service account logs in"
    )
    admin_token: SecretStr | None = Field(
        default=None, description="access token to use instead of logging in"
    )


def _mistakes(kind: type[Settings], error: ValidationError) -> Iterator[str]:
    for mistake in error.errors(include_url=False, include_input=False):
        name = str(mistake["loc"][0])
        match mistake["type"]:
            case "default_factory_not_called":  # follows from another mistake, which is listed itself
                continue
            case "missing":
                text = f"is missing: {kind.model_fields[name].description}"
            case "value_error":
                text = str(_context(mistake).get("error"))
            case _:
                text = mistake["msg"][0].lower() + mistake["msg"][1:]
        yield f"{PREFIX}{name.upper()} {text}"


def _context(mistake: Mapping[str, Any]) -> Mapping[str, Any]:
    context: Mapping[str, Any] = mistake.get("ctx", {})
    return context


def _misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    known = [name.upper() for name in AdminSettings.model_fields]
    for variable in sorted(environment):
        name = variable.upper().removeprefix(PREFIX)
        if name == variable.upper() or name in known or _SERVICE_LINK.fullmatch(name):
            continue
        if close := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
            yield f"{variable} is no setting; did you mean {PREFIX}{close[0]}?"
