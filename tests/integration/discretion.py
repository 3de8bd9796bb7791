"""Owns the check that neither log holds a value or a token, whatever was sent."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.keycloaks import Keycloak

SECRET = "hush-4711-hush"
# They are the test's own clients, and tell what they send.
CLIENTS = ("httpx", "httpcore", "urllib3")


@contextmanager
def kept_out_of_logs(caplog: pytest.LogCaptureFixture, keycloak: Keycloak, *secrets: str) -> Iterator[None]:
    """Assert, around a test as a fixture, that what the sidecar and Keycloak log holds none of these."""
    before = len(keycloak.log_text())
    server = logging.getLogger("uvicorn")
    server.addHandler(caplog.handler)  # it does not pass its records on
    try:
        with caplog.at_level(logging.DEBUG):
            yield
    finally:
        server.removeHandler(caplog.handler)
    during = caplog.get_records("call")
    assert during, "not even the test's own client was heard"
    records = [record for record in during if not record.name.startswith(CLIENTS)]
    logged = "\n".join(f"{caplog.handler.format(record)} {vars(record)}" for record in records)
    for secret in secrets:
        assert secret not in logged
        assert secret not in keycloak.log_text()[before:]
