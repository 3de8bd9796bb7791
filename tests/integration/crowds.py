"""Owns many clients at once: connections of their own, one start for all; asserts nothing."""

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TypeVar

import httpx

from tests.integration.sidecars import PATIENCE, Sidecar

Outcome = TypeVar("Outcome")


@contextmanager
def crowd(size: int, *sidecars: Sidecar) -> Iterator[list[Sidecar]]:
    """Open this many clients, dealt out evenly to the sidecars; none shares a connection with another."""
    with ExitStack() as opened:
        yield [
            Sidecar(
                sidecar.realm,
                opened.enter_context(
                    httpx.Client(base_url=sidecar.url, trust_env=False, timeout=PATIENCE, verify=_tls())
                ),
                sidecar.token,
            )
            for sidecar in (sidecars[number % len(sidecars)] for number in range(size))
        ]


def at_once(calls: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Make all calls at the same moment, each in a thread of its own; give their outcomes in order."""
    start = threading.Barrier(len(calls))

    def call_together(call: Callable[[], Outcome]) -> Outcome:
        start.wait(PATIENCE)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call_together, calls))


@cache
def _tls() -> ssl.SSLContext:
    return (
        ssl.create_default_context()
    )  # httpx would build one for each client, which takes longer than a call
