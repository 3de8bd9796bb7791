"""Owns the comparison of two things: run in turn, several times, each warmed up first; knows no case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.load import Load

_FASTER = 1.05
_ENOUGH = 2  # one run that is no faster may have met something else


@dataclass(frozen=True)
class Plan:
    """How long and how often is measured."""

    seconds: float = 2.0
    rounds: int = 5
    warm_up: float = 2.0
    warm_ups: int = 8  # at most


@dataclass(frozen=True)
class Sample:
    """What one run came to.

    Times are milliseconds of processor time a successful call: ``served`` of what was asked, ``keycloak`` of
    Keycloak, ``generator`` of the load itself.
    """

    load: Load
    served: float
    keycloak: float
    generator: float
    lost_writes: int = 0


Run = Callable[[float], Sample]
Pairs = Sequence[tuple[Sample, Sample]]


def compare(subject: Run, comparison: Run, plan: Plan) -> Pairs:
    """Run both in turn, after each has got warm."""
    for run in (comparison, subject):
        warm(run, plan)
    return [(subject(plan.seconds), comparison(plan.seconds)) for _ in range(plan.rounds)]


def warm(run: Run, plan: Plan) -> None:
    """Run until that makes it no faster: a Java that has just started takes many times as long for a call."""
    best, no_faster = 0.0, 0
    for _ in range(plan.warm_ups):
        rate = run(plan.warm_up).load.rate
        no_faster = 0 if rate > _FASTER * best else no_faster + 1
        if no_faster == _ENOUGH:
            break
        best = max(best, rate)


def each(pairs: Pairs, measure: Callable[[Sample], float]) -> list[tuple[float, float]]:
    """Take one number out of every run."""
    return [(measure(subject), measure(comparison)) for subject, comparison in pairs]


def lost(pairs: Pairs) -> tuple[int, int]:
    """Sum up the writes that were acknowledged and were not there."""
    return sum(pair[0].lost_writes for pair in pairs), sum(pair[1].lost_writes for pair in pairs)
