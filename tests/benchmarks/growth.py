"""Owns the cases about growth: of the users in a realm, and of the entries of a user."""

from collections.abc import Callable, Iterator

from tests.benchmarks.cases import rate
from tests.benchmarks.comparing import Plan, Run, Sample, compare, each, warm
from tests.benchmarks.crowds import LARGE, SMALL
from tests.benchmarks.issuing import refreshing
from tests.benchmarks.results import Result
from tests.benchmarks.runs import CONNECTIONS, reading, writing
from tests.benchmarks.stage import Stage

ENTRIES = (4, 16, 64, 256)
_EACH = 8  # users of every size


def users(stage: Stage, plan: Plan) -> Iterator[Result]:
    """The same 200 users are read and written, and one refreshes, among few and among many others."""
    crowd, direct = stage.crowd, stage.direct
    working_set = crowd.working_set
    jane = stage.person({"theme": "Dark Mode"})
    runs: dict[str, Run] = {
        "reads": reading(direct, working_set, stage.meter),
        "writes": writing(direct, [working_set[n::CONNECTIONS] for n in range(CONNECTIONS)], stage.meter),
        "refresh grants": refreshing(stage, stage.realm.app, [stage.realm.login(jane) for _ in range(8)]),
    }
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for run in runs.values():
        warm(run, plan)
    for left in reversed(range(plan.rounds)):
        few = {name: _settled(run, plan) for name, run in runs.items()}
        crowd.grow(LARGE)
        for name, run in runs.items():
            pairs[name].append((_settled(run, plan), few[name]))
        if left:
            crowd.shrink(SMALL)
    for name, found in pairs.items():
        yield Result(f"growth: {name}", f"{LARGE:,} users", f"{SMALL:,} users", "/s", found, "≥ 0.9")
    everybody = reading(direct, crowd.everybody, stage.meter)
    uncached = compare(everybody, runs["reads"], plan)
    crowd.shrink(SMALL)
    yield Result(
        "growth: reads beyond Keycloak's cache",
        f"all of {LARGE:,}",
        "the same 200",
        "/s",
        each(uncached, rate),
    )


def entries(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Reads and writes of users with more and more entries: never worse than the bytes they have."""
    short = Plan(plan.seconds / 2, min(plan.rounds, 3), plan.warm_up / 2, warm_ups=3)
    one, one_size = _people(stage, 1)
    with stage.sidecars() as sidecar:
        for count in ENTRIES:
            people, size = _people(stage, count)
            bound = f"≤ {size / one_size:.1f}"
            kinds: dict[str, Callable[[list[str]], Run]] = {
                "reads": lambda ids: reading(sidecar, ids, stage.meter, _EACH),
                "writes": lambda ids: writing(sidecar, [[user] for user in ids], stage.meter),
            }
            for name, run_of in kinds.items():
                pairs = compare(run_of(people), run_of(one), short)
                case = f"growth: {name}, processor time of sidecar and Keycloak"
                yield Result(case, f"{count} entries", "1 entry", "ms", each(pairs, _cost), bound)


def _settled(run: Run, plan: Plan) -> float:
    """Measure the rate, after what was cached before has been read again."""
    run(plan.warm_up / 2)
    return run(plan.seconds).load.rate


def _people(stage: Stage, count: int) -> tuple[list[str], int]:
    """Create users with so many entries, and tell how many bytes those are."""
    value = "a sentence about somebody, of a usual length"
    made = [
        stage.person({f"key-{number}": value for number in range(count)}, claims=False) for _ in range(_EACH)
    ]
    return [user.id for user in made], count * len(value + '"key-000":{"value":"","profileClaim":false},')


def _cost(sample: Sample) -> float:
    return sample.served + sample.keycloak
