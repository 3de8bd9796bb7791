"""Owns the six routes that read and write metadata as tests call them all; asserts nothing."""

from dataclasses import dataclass

import httpx

from tests.integration.realms import User
from tests.integration.sidecars import Sidecar, metadata_path

KEY = "theme"
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Route:
    """One route, with a body that it takes."""

    method: str
    one_key: bool
    body: object = None
    media_type: str = "application/json"

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET"

    def path(self, user: User | str) -> str:
        """Name what is called."""
        return metadata_path(user, KEY if self.one_key else None)

    def call(self, sidecar: Sidecar, user: User | str, **options: object) -> httpx.Response:
        """Call it about a user; ``options`` go on to ``Sidecar.request``."""
        body = {} if self.body is None else {"json": self.body, "headers": self.headers}
        return sidecar.request(self.method, self.path(user), **{**body, **options})  # type: ignore[arg-type]

    @property
    def headers(self) -> dict[str, str]:
        """Say what the body is."""
        return {"Content-Type": self.media_type}

    def __str__(self) -> str:
        """Name it in the test's id."""
        return f"{self.method} {'one' if self.one_key else 'all'}"


ENTRY = {"value": "Dark", "profileClaim": True}
ROUTES = [
    Route("GET", one_key=False),
    Route("PUT", one_key=False, body={"metadata": [{"key": KEY, **ENTRY}]}),
    Route("PATCH", one_key=False, body={KEY: ENTRY}, media_type=MERGE_PATCH),
    Route("GET", one_key=True),
    Route("PUT", one_key=True, body=ENTRY),
    Route("DELETE", one_key=True),
]
READS = [route for route in ROUTES if not route.writes]
WRITES = [route for route in ROUTES if route.writes]
