"""Owns what the cases play on: a Keycloak on PostgreSQL, a realm, those who serve it; measures nothing."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dev import FOLDER, extension
from dev.ports import HOST, free_port
from dev.server import ServerOptions
from tests.benchmarks.crowds import SMALL, Crowd
from tests.benchmarks.meters import Meter
from tests.benchmarks.peers import Direct, Served
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.profiles import set_policy
from tests.integration.realms import Realm, User
from tests.integration.served import Process, running, serving
from tests.services.postgres import PostgreSQL, running_postgres

HEAP = "-Xms512m -Xmx2g"  # *usual* multiplies the rows of an attribute, and all of them are loaded

# Tokens that last as long as the benchmarks do.
_LIFE: Mapping[str, Any] = {
    "accessTokenLifespan": 7200,
    "ssoSessionIdleTimeout": 7200,
    "ssoSessionMaxLifespan": 7200,
}


@dataclass
class Stage:
    """A running Keycloak with a prepared realm, and who may be compared there."""

    realm: Realm
    database: PostgreSQL
    meter: Meter
    folder: Path

    @cached_property
    def token(self) -> str:
        """The token of an application that may manage metadata."""
        return self.realm.token("manage-metadata")

    @cached_property
    def crowd(self) -> Crowd:
        """The users that the realm has."""
        identity: str = self.realm.admin.get_realm(self.realm.name)["id"]
        crowd = Crowd(self.database, identity)
        crowd.grow(SMALL)
        return crowd

    @cached_property
    def tokens_with_session(self) -> Mapping[str, str]:
        """Tokens of others who may manage metadata, whose session Keycloak holds, by who they are."""
        switch = {"client_credentials.use_refresh_token": "true"}
        application, person = self.realm.client(attributes=switch), self.realm.user()
        for user in (self.realm.service_account(application), person.id):
            self.realm.grant(user, "manage-metadata")
        return {
            "application with a session": self.realm.client_token(application),
            "person": self.realm.login(person).access_token,
        }

    @property
    def direct(self) -> Direct:
        """The extension, without the sidecar."""
        return Direct([self.realm.keycloak.url], self.realm.name, self.token, self.meter)

    @contextmanager
    def sidecars(self, count: int = 1) -> Iterator[Served]:
        """Serve the realm by one process, or more."""
        settings = {"keycloak_url": self.realm.keycloak.url, "realm": self.realm.name}
        with serving(**settings) as first:
            if count == 1:
                yield self._served(first)
                return
            with serving(**settings) as second:
                yield self._served(first, second)

    @contextmanager
    def usual(self) -> Iterator[Served]:
        """Serve the realm as one would write it today."""
        set_policy(self.realm, "ADMIN_EDIT")
        client = self.realm.introspector
        self.realm.grant(
            self.realm.service_account(client), "view-users", "manage-users", of="realm-management"
        )
        keycloak = {
            "KEYCLOAK_SERVER": f"{self.realm.keycloak.url}/",
            "KEYCLOAK_REALM": self.realm.name,
            "KEYCLOAK_CLIENT": client.client_id,
            "KEYCLOAK_SECRET": client.secret,
        }
        with self._running("usual", keycloak, "/openapi.json") as served:
            yield served

    @contextmanager
    def relay(self) -> Iterator[Served]:
        """Serve reads by what does nothing but relay them."""
        with self._running("relay", {"EXTENSION": self._extension}, "/up") as served:
            yield served

    def person(self, entries: Mapping[str, object], *, claims: bool = True) -> User:
        """Create a user who can log in and has these entries, as profile claims or not."""
        user = self.realm.user()
        change = {"set": {key: {"value": value, "profileClaim": claims} for key, value in entries.items()}}
        url = f"{self._extension}/change"
        bearer = {"Authorization": f"Bearer {self.token}"}
        answer = self.realm.http.post(url, params={"user": user.id}, headers=bearer, json=change)
        answer.raise_for_status()
        return user

    @property
    def _extension(self) -> str:
        return self.realm.keycloak.url + self.direct.path

    @contextmanager
    def _running(self, module: str, environment: Mapping[str, str], path: str) -> Iterator[Served]:
        port = free_port()
        place = ["--host", HOST, "--port", str(port), "--no-access-log"]
        command = [sys.executable, "-m", "uvicorn", f"tests.benchmarks.{module}:app", *place]
        with running(command, {**os.environ, **environment}, port, path) as process:
            yield self._served(process)

    def _served(self, *processes: Process) -> Served:
        urls = [process.url for process in processes]
        return Served(urls, self.token, Meter(*(process.pid for process in processes)))


@contextmanager
def running_stage() -> Iterator[Stage]:
    """Start all of it; it ends with the benchmarks, and its data with it.

    Raises:
        DevError: PostgreSQL or Java is missing, or something does not come up.
    """
    extension.build()
    folder = FOLDER / "benchmarks" / str(os.getpid())
    with running_postgres() as database:
        environment = {
            **database.environment,
            "KC_HTTP_ENABLED": "true",
            "KC_CACHE_EMBEDDED_NETWORK_BIND_ADDRESS": HOST,
            "JAVA_OPTS_KC_HEAP": HEAP,
        }
        options = ServerOptions(command="start", environment=environment)
        with own_keycloak(folder, options) as server:
            realm = Realm(Keycloak.of(server), **_LIFE)
            realm.prepare()
            try:
                yield Stage(realm, database, Meter(server.pid), folder)
            finally:
                realm.http.close()
