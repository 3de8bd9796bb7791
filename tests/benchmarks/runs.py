"""Owns the runs: many readers, many writers, requests as they are; and looks up what was lost."""

import os
from collections.abc import Callable, Sequence
from functools import partial

import httpx

from dev import DevError
from tests.benchmarks.comparing import Run, Sample
from tests.benchmarks.load import Script, run_load
from tests.benchmarks.meters import Meter
from tests.benchmarks.peers import Peer, Repeating, Writer
from tests.benchmarks.stage import Stage

CONNECTIONS = 16


def asking(requests: Sequence[bytes], stage: Stage, connections: int = CONNECTIONS) -> Run:
    """Ask Keycloak itself, each connection beginning at another place."""
    scripts = dealt_out(requests, connections)

    def run(seconds: float) -> Sample:
        return _measured(scripts, stage.direct.urls, (stage.meter, stage.meter), seconds)

    return run


def reading(peer: Peer, users: Sequence[str], keycloak: Meter, connections: int = CONNECTIONS) -> Run:
    """Read all metadata of the users in turn, in each run those after the last one's."""
    scripts = dealt_out([peer.reading(user) for user in users], connections)

    def run(seconds: float) -> Sample:
        return _measured(scripts, peer.urls, (peer.meter, keycloak), seconds)

    return run


def writing(peer: Peer, groups: Sequence[Sequence[str]], keycloak: Meter, key: str = "key") -> Run:
    """Write, each connection a key of its own to a group of users; and see afterwards what is there."""

    def run(seconds: float) -> Sample:
        writers = [Writer(peer, users, f"{key}-{place}") for place, users in enumerate(groups)]
        return _measured(writers, peer.urls, (peer.meter, keycloak), seconds, partial(_lost, peer, writers))

    return run


def dealt_out(requests: Sequence[bytes], connections: int) -> list[Repeating]:
    """Give every connection all requests in turn, each beginning at another place."""
    step = max(1, len(requests) // connections)
    return [Repeating(requests, place * step % len(requests)) for place in range(connections)]


def _measured(
    scripts: Sequence[Script],
    urls: Sequence[str],
    meters: tuple[Meter, Meter],
    seconds: float,
    count_lost: Callable[[], int] = int,
) -> Sample:
    watched = [*meters, Meter(os.getpid(), children=False)]
    before = [meter.seconds() for meter in watched]
    load = run_load(urls, scripts, seconds=seconds)
    taken = [meter.seconds() - start for meter, start in zip(watched, before, strict=True)]
    if load.failed and not isinstance(scripts[0], Writer):
        message = f"{load.failed} of {len(load.latencies)} requests failed, such as:\n{load.failure.decode()}"
        raise DevError(message)
    served, keycloak, generator = (1000 * time / max(1, load.succeeded) for time in taken)
    return Sample(load, served, keycloak, generator, count_lost())


def _lost(peer: Peer, writers: Sequence[Writer]) -> int:
    """Count the writes that were the last of their writer, acknowledged, and are not what is stored."""
    users = {user for writer in writers for user in writer.acknowledged}
    with httpx.Client(trust_env=False, timeout=60) as http:
        stored = {user: _stored(http, peer, user) for user in users}
    return sum(
        stored[user].get(writer.key) != value
        for writer in writers
        for user, value in writer.acknowledged.items()
    )


def _stored(http: httpx.Client, peer: Peer, user: str) -> dict[str, object]:
    line, *fields = peer.reading(user).decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields if field)
    answer = http.get(peer.urls[0] + line.split(" ")[1], headers=headers).raise_for_status().json()
    if "entries" in answer:
        return {key: entry["value"] for key, entry in answer["entries"].items()}
    return {entry["key"]: entry["value"] for entry in answer["metadata"]}
