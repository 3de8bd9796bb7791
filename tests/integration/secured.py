"""Owns a Keycloak below a relative path, with TLS and without the extension; asserts nothing."""

from dataclasses import dataclass
from pathlib import Path

from dev.ports import HOST
from tests.integration.commands import at
from tests.integration.keycloaks import Keycloak


@dataclass(frozen=True)
class Secured:
    """A Keycloak below /auth, without the extension, also on https by a certificate of our own authority."""

    keycloak: Keycloak
    https_port: int
    authority: Path

    @property
    def settings(self) -> dict[str, str]:
        """The settings for its realm master, by plain http."""
        return {**at(self.keycloak), "realm": "master"}

    def by_https(self, host: str = HOST) -> dict[str, str]:
        """The settings by https, at a host."""
        return {**self.settings, "keycloak_url": f"https://{host}:{self.https_port}/auth"}
