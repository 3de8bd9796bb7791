"""A node, a sidecar or the database ends in the middle of a burst of writes; what was acknowledged is there.

Nothing has to be started again but what ended, and the sidecars hold afterwards what they held before.
"""

from functools import partial

import pytest

from tests.cluster.bursts import Burst, Write
from tests.cluster.faults import IN_FLIGHT, repeated
from tests.cluster.nodes import Cluster
from tests.cluster.stations import Station
from tests.integration.problems import assert_problem

pytestmark = [pytest.mark.timeout(900), pytest.mark.usefixtures("back_where_they_were")]

AWAY, LATE, BUSY = "keycloak_unavailable", "gateway_timeout", "contention"


def test_a_killed_node_is_missed_by_its_own_sidecar_only(
    cluster: Cluster, one: Station, other: Station
) -> None:
    """Its sidecar says 503; the other serves on, also what was written through the one just before."""
    jane = one.api.realm.user(credentials=[])

    def kill(going: Burst) -> list[Write]:
        written = one.api.put(jane, "theme", len(going.writes))
        hit = going.hit(cluster.one.kill)
        read = other.api.read(jane, "theme")
        assert (read.json(), read.headers["ETag"]) == (written.json(), written.headers["ETag"])
        assert_problem(one.api.read(jane), AWAY)
        assert_problem(one.process.get("/health/ready"), AWAY)
        going.wait_for_all(behind=[other.api])
        cluster.one.start()
        return [write for write in hit if write.sidecar == one.api.url]

    record = repeated(kill, [one, other])

    assert len(record.hit) >= IN_FLIGHT
    assert record.failures(behind=one).keys() <= {AWAY, LATE, BUSY}
    assert record.failures(behind=other).keys() <= {LATE, BUSY}


def test_a_killed_sidecar_leaves_nothing_half_done(one: Station, other: Station) -> None:
    """Its callers lose their connections, and find all that they were told once it runs again."""

    def kill(going: Burst) -> list[Write]:
        hit = going.hit(one.kill)
        going.wait_for_all(behind=[other.api])
        one.start_again()
        return [write for write in hit if write.sidecar == one.api.url]

    record = repeated(kill, [one, other])

    assert len(record.hit) >= IN_FLIGHT
    assert record.failures(behind=one).keys() <= {"", BUSY}
    assert record.failures(behind=other).keys() <= {BUSY}


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_a_database_that_ends_is_an_outage_and_no_error(
    cluster: Cluster, one: Station, other: Station, how: str
) -> None:
    """Stopped or crashed: callers get 503 with Retry-After until it is back, and nothing else."""
    jane = one.api.realm.user(credentials=[])
    one.api.put(jane, "theme", "Dark")

    def end(going: Burst) -> list[Write]:
        hit = going.hit(partial(getattr(cluster.database, how)))
        for station in (one, other):
            assert_problem(station.api.put(jane, "theme", "Light"), AWAY)
            assert_problem(station.process.get("/health/ready"), AWAY)
        cluster.database.start()
        return hit

    record = repeated(end, [one, other])

    assert len(record.hit) >= IN_FLIGHT
    assert {*record.failures(behind=one), *record.failures(behind=other)} <= {AWAY, LATE, BUSY}
    assert one.api.entries(jane) == other.api.entries(jane) == {"theme": "Dark"}
    assert other.process.wait_until("/health/ready", 200).json() == {"status": "ready"}
