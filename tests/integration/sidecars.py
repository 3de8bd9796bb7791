"""Owns the sidecar as a client sees it: a real one in a thread, and the calls of its API; asserts nothing."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import uvicorn

from dev.ports import HOST
from keycloak_user_metadata.app import create_app
from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.settings import Settings
from tests.integration.contract import Announced
from tests.integration.realms import Realm, User
from tests.integration.tokens import claims_of

FRESH_SECONDS = 60
PATIENCE = 30.0


class Sidecar:
    """The API of a running sidecar, called by an application that may manage metadata, or ``as_caller``."""

    def __init__(self, realm: Realm, http: httpx.Client, token: str | None = None) -> None:
        self.realm = realm
        self.http = http
        self.url = str(http.base_url).rstrip("/")
        self._token = token
        self._managers_token = ""

    def as_caller(self, token: str) -> "Sidecar":
        """See the same sidecar as one who has this token; an empty one sends none."""
        return Sidecar(self.realm, self.http, token)

    @property
    def token(self) -> str:
        """The token it is called with."""
        if self._token is not None:
            return self._token
        if not self._managers_token or claims_of(self._managers_token)["exp"] < time.time() + FRESH_SECONDS:
            self._managers_token = self.realm.token("manage-metadata")
        return self._managers_token

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,  # noqa: ANN401 - as httpx takes it
    ) -> httpx.Response:
        """Send any request, as the caller; ``body`` as httpx takes it (``json=``, ``content=``)."""
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, path, headers={**bearer, **(headers or {})}, **body)

    def read(self, user: User | str, key: str | None = None) -> httpx.Response:
        """Read all entries of a user, or one."""
        return self.request("GET", metadata_path(user, key))

    def put(
        self,
        user: User | str,
        key: str,
        value: object,
        *,
        profile_claim: bool | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Create or overwrite one entry; ``profile_claim`` None leaves the member out."""
        entry = {"value": value} if profile_claim is None else {"value": value, "profileClaim": profile_claim}
        return self.request("PUT", metadata_path(user, key), json=entry, headers=headers)

    def delete(
        self, user: User | str, key: str, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Delete one entry."""
        return self.request("DELETE", metadata_path(user, key), headers=headers)

    def replace(
        self,
        user: User | str,
        entries: Sequence[Mapping[str, object]],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Replace all entries of a user."""
        return self.request("PUT", metadata_path(user), json={"metadata": list(entries)}, headers=headers)

    def patch(
        self, user: User | str, patch: object, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Merge into the entries of a user."""
        declared = {"Content-Type": "application/merge-patch+json", **(headers or {})}
        return self.request("PATCH", metadata_path(user), content=json.dumps(patch), headers=declared)

    def claims(self, user: User | str, client_id: str | None = None) -> httpx.Response:
        """Ask what a token of a user would carry now, or one of a client."""
        path = metadata_path(user).removesuffix("/metadata") + "/claims"
        return self.request("GET", path, params={} if client_id is None else {"client": client_id})

    def own(self, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Read the caller's own metadata."""
        return self.request("GET", "/api/me/metadata", headers=headers)

    def entries(self, user: User | str) -> dict[str, Any]:
        """Give the values of all entries of a user, by key."""
        answer = self.read(user)
        assert answer.is_success, answer.text
        return {entry["key"]: entry["value"] for entry in answer.json()["metadata"]}


def metadata_path(user: User | str, key: str | None = None) -> str:
    """Name a user's metadata, or one entry of it, as a path."""
    name = user.id if isinstance(user, User) else user
    path = f"/api/user/{quote(name, safe='')}/metadata"
    return path if key is None else f"{path}/{quote(key, safe='')}"


@contextmanager
def running_sidecar(realm: Realm, /, **settings: Any) -> Iterator[Sidecar]:  # noqa: ANN401 - as Settings takes them
    """Serve a realm by a real uvicorn in a thread, on a free port of loopback."""
    chosen = Settings.load(**{"keycloak_url": realm.keycloak.url, "realm": realm.name, **settings})
    announced = Announced(create_app(chosen).openapi(), chosen.root_path)
    with (
        _serving(chosen) as url,
        httpx.Client(
            base_url=url, trust_env=False, timeout=PATIENCE, event_hooks={"response": [announced]}
        ) as http,
    ):
        yield Sidecar(realm, http)


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    config = uvicorn.Config(
        create_app(settings),
        http=strict_protocol(settings),
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        thread = threading.Thread(target=server.run, args=([listener],), name="sidecar", daemon=True)
        thread.start()
        deadline = time.monotonic() + PATIENCE
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started, "the sidecar did not start: see the log"
        yield f"http://{HOST}:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE)
