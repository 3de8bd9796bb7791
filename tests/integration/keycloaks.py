"""Owns where the tests' Keycloak comes from: an address, a container, the distribution; never none."""

import gc
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException
from keycloak import KeycloakAdmin
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from dev import extension
from dev.distribution import keycloak_version
from dev.ports import HOST, free_port
from dev.server import KeycloakServer, Login, ServerOptions
from tests.services.databases import Database

ADMIN = Login("admin", "admin")
IMAGE = "keycloak/keycloak"
HTTP_PORT = 8080


@dataclass(frozen=True)
class Keycloak:
    """A running Keycloak with the extension, and its administrator.

    Its log and its database too, where the tests can read them.
    """

    url: str
    login: Login
    log_text: Callable[[], str] = str
    database: Database | None = None

    @classmethod
    def of(cls, server: KeycloakServer, database: Database | None = None) -> "Keycloak":
        """See a server of one's own as the tests see any Keycloak."""
        return cls(server.url, server.admin, server.log_text, database)

    @property
    def admin(self) -> KeycloakAdmin:
        """Log in as the administrator, at the realm master."""
        return self.admin_of("master")

    def admin_of(self, realm: str) -> KeycloakAdmin:
        """Log in as the administrator, to act on a realm."""
        return KeycloakAdmin(
            server_url=f"{self.url}/",
            username=self.login.username,
            password=self.login.password,
            realm_name=realm,
            user_realm_name="master",
        )


@contextmanager
def running_keycloak(folder: Path, database: Database | None = None) -> Iterator[Keycloak]:
    """Give the Keycloak at KEYCLOAK_URL, else one in a container, else one of the distribution.

    With a database of the tests' own it is always one of the distribution.

    Raises:
        DevError: none of them can be had, and why.
    """
    if url := os.environ.get("KEYCLOAK_URL"):
        username = os.environ.get("ADMIN_USERNAME", ADMIN.username)
        yield Keycloak(url.rstrip("/"), Login(username, os.environ.get("ADMIN_PASSWORD", ADMIN.password)))
        return
    extension.build()
    if database is None and _container_engine_answers():
        with _container() as keycloak:
            yield keycloak
    else:
        options = ServerOptions(environment=database.environment) if database else None
        with own_keycloak(folder, options) as server:
            yield Keycloak.of(server, database)


def own_keycloak(folder: Path, options: ServerOptions | None = None) -> KeycloakServer:
    """Make a Keycloak of the distribution, not yet started, for a test that stops it or runs it otherwise."""
    return KeycloakServer(folder, ADMIN, options)


def _container_engine_answers() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return bool(docker.DockerClient.from_env().ping())
        except DockerException:
            return False
        finally:
            gc.collect()  # where nobody listens, the client leaves an open socket behind


@contextmanager
def _container() -> Iterator[Keycloak]:
    # The port is chosen here: the address must be known before the start, for the issuer to be fixed.
    port = free_port()
    url = f"http://{HOST}:{port}"
    container = (
        DockerContainer(f"{IMAGE}:{keycloak_version()}")
        .with_bind_ports(f"{HTTP_PORT}/tcp", port)
        .with_env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN.username)
        .with_env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN.password)
        .with_volume_mapping(str(extension.JAR), f"/opt/keycloak/providers/{extension.JAR.name}", "ro")
        .with_command(f"start-dev --hostname={url}")
        .waiting_for(HttpWaitStrategy(HTTP_PORT, "/realms/master").with_startup_timeout(240))
    )
    with container:
        yield Keycloak(url, ADMIN, lambda: b"\n".join(container.get_logs()).decode(errors="replace"))
