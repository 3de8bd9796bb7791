"""Owns the fixtures of the cluster: two nodes, a prepared realm seen through each, a sidecar before each."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.nodes import Cluster, running_cluster
from tests.cluster.stations import Footprint, Station, at_rest, stations
from tests.cluster.verdicts import LIMIT
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm

MOST_GROWTH = 1.2


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often what must never happen is given the chance: ROUNDS, by default as often as it takes."""
    return int(os.environ.get("ROUNDS", "1000"))


@pytest.fixture(scope="session")
def cluster(run_folder: Path) -> Iterator[Cluster]:
    """Two nodes on one PostgreSQL; who ends one starts it again."""
    with running_cluster(run_folder) as running:
        yield running


@pytest.fixture(scope="session")
def realm(cluster: Cluster) -> Iterator[Realm]:
    """A prepared realm as the one node shows it; its tokens outlast every outage."""
    keycloak = Keycloak.of(cluster.one, cluster.database)
    prepared = Realm(keycloak, adminEventsEnabled=True, accessTokenLifespan=7200)
    prepared.prepare()
    yield prepared
    prepared.http.close()


@pytest.fixture(scope="session")
def other_realm(cluster: Cluster, realm: Realm) -> Iterator[Realm]:
    """The same realm as the other node shows it."""
    seen = realm.at(Keycloak.of(cluster.other, cluster.database))
    yield seen
    seen.http.close()


@pytest.fixture(scope="session")
def _stations(cluster: Cluster, realm: Realm, other_realm: Realm) -> Iterator[list[Station]]:
    issuer = f"{cluster.address}/realms/{realm.name}"
    with stations([realm, other_realm], issuer, LIMIT) as started:
        for station in started:
            assert station.api.token  # taken while every node is there
        yield started


@pytest.fixture
def one(_stations: list[Station]) -> Station:
    """The sidecar before the one node."""
    return _stations[0]


@pytest.fixture
def other(_stations: list[Station]) -> Station:
    """The sidecar before the other node."""
    return _stations[1]


@pytest.fixture(scope="session")
def _held_at_first(_stations: list[Station]) -> list[Footprint]:
    for station in _stations:
        station.api.read("nobody")  # what the first call loads stays
    return at_rest(_stations)


@pytest.fixture
def back_where_they_were(_stations: list[Station], _held_at_first: list[Footprint]) -> Iterator[None]:
    """After the test both sidecars hold what they held at first: no connection more, hardly more memory."""
    yield
    held = at_rest(_stations)
    assert [now.connections for now in held] == [0, 0]
    assert [now.files for now in held] == [then.files for then in _held_at_first]
    assert all(now.bytes <= MOST_GROWTH * then.bytes for now, then in zip(held, _held_at_first, strict=True))
