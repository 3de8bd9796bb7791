"""Owns the repetition of a fault until it hit enough writes in flight, and the check after each time."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.cluster.bursts import Burst, Write, burst
from tests.cluster.registers import registers_of
from tests.cluster.stations import Station
from tests.cluster.verdicts import assert_whole
from tests.integration.problems import TYPE, assert_problem

WRITERS = 48  # half of them behind each sidecar
IN_FLIGHT = 20
ATTEMPTS = 10


@dataclass
class Record:
    """What came of a repeated fault."""

    hit: list[Write] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    def failures(self, behind: Station) -> Counter[str]:
        """Count the codes of what writers behind a sidecar were not acknowledged; "" for no answer."""
        return Counter(
            _code(write)
            for write in self.writes
            if write.sidecar == behind.api.url and not write.acknowledged
        )


def repeated(
    fault: Callable[[Burst], Sequence[Write]],
    stations: Sequence[Station],
    times: int = 1,
) -> Record:
    """Let a fault happen in the middle of a burst so many times, and until it hit so many writes in flight.

    A write was hit when it was sent and not answered as the fault happened, and what became of it was never
    told. The fault gives those that were under way. Each time every writer is served again, and what is
    stored is whole.
    """
    record = Record()
    for attempt in range(ATTEMPTS):
        realm = stations[0].api.realm
        with burst(registers_of(realm), [station.api for station in stations], WRITERS) as going:
            going.wait_for_all()
            under_way = fault(going)
            going.wait_for_all()
        assert_whole(going, realm)
        record.hit += [write for write in under_way if not (write.acknowledged or write.refused)]
        record.writes += going.writes
        if attempt + 1 >= times and len(record.hit) >= IN_FLIGHT:
            break
    return record


def _code(write: Write) -> str:
    if write.answer is None:
        return ""
    code = str(write.answer.json()["type"]).removeprefix(TYPE)
    assert_problem(write.answer, code)
    return code
