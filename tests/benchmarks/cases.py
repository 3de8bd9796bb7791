"""Owns the cases about reads and writes: the sidecar against the extension itself, *relay* and *usual*."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.benchmarks.comparing import Plan, Sample, compare, each, lost, warm
from tests.benchmarks.results import Result
from tests.benchmarks.runs import CONNECTIONS, reading, writing
from tests.benchmarks.stage import Stage

WRITERS = 50


def rate(sample: Sample) -> float:
    """Successful answers a second."""
    return sample.load.rate


def settle(stage: Stage) -> None:
    """Read and write until Keycloak is as fast as it gets: Java takes minutes to compile what it runs.

    What *usual* has it do is other code, and as warm: else ours would look the better for it. The runs are
    long: in ten seconds it gets so little faster that it seems to be done.
    """
    users, groups = stage.crowd.working_set, _shares(stage.crowd.working_set, CONNECTIONS)
    with stage.usual() as usual:
        for peer, key in ((stage.direct, "key"), (usual, "usual")):
            for run in (reading(peer, users, stage.meter), writing(peer, groups, stage.meter, key)):
                warm(run, Plan(warm_up=20, warm_ups=12))


def reads(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Reads of many users."""
    users, keycloak = stage.crowd.working_set, stage.meter
    with stage.sidecars() as sidecar:
        subject = reading(sidecar, users, keycloak)
        pairs = compare(subject, reading(stage.direct, users, keycloak), plan)
        yield Result("reads", "sidecar", "direct", "/s", each(pairs, rate), "≥ 0.6")
        p99 = each(pairs, lambda sample: sample.load.latency(0.99))
        yield Result("reads: 99th percentile", "sidecar", "direct", "ms", p99, "≤ 2.0")
        own = [(sample.served, sample.keycloak) for sample, _ in pairs]
        yield Result(
            "reads: processor time", "sidecar", "Keycloak in the same call", "ms", own, "≤ 1.0", "≤ 0.25"
        )
        generated = [(sample.generator, sample.served + sample.keycloak) for sample, _ in pairs]
        yield Result("reads: processor time", "load generator", "what is measured", "ms", generated)
        with stage.relay() as relay:
            pairs = compare(subject, reading(relay, users, keycloak), plan)
        relayed = each(pairs, lambda sample: sample.served)
        yield Result("reads: processor time", "sidecar", "relay", "ms", relayed)
        with stage.usual() as usual:
            pairs = compare(subject, reading(usual, users, keycloak), plan)
        yield Result("reads", "sidecar", "usual", "/s", each(pairs, rate), "≥ 5.0")


def callers(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Reads and writes for callers whose session Keycloak holds, and need not ask its database for."""
    users, keycloak = stage.crowd.working_set, stage.meter
    groups = _shares(users, CONNECTIONS)
    application = reading(stage.direct, users, keycloak)
    with stage.sidecars() as sidecar, stage.usual() as usual:
        for caller, token in stage.tokens_with_session.items():
            direct, through, other = (
                reading(replace(peer, token=token), users, keycloak)
                for peer in (stage.direct, sidecar, usual)
            )
            pairs = compare(direct, application, plan)
            case = "reads, direct: Keycloak's processor time"
            yield Result(case, caller, "application", "ms", each(pairs, lambda sample: sample.keycloak))
            pairs = compare(through, direct, plan)
            case = f"reads for {'an' if caller.startswith('a') else 'a'} {caller}"
            yield Result(case, "sidecar", "direct", "/s", each(pairs, rate))
            own = [(sample.served, sample.keycloak) for sample, _ in pairs]
            yield Result(f"{case}: processor time", "sidecar", "Keycloak in the same call", "ms", own)
            yield Result(case, "sidecar", "usual", "/s", each(compare(through, other, plan), rate))
            direct, through, other = (
                writing(replace(peer, token=token), groups, keycloak, "usual" if peer is usual else "key")
                for peer in (stage.direct, sidecar, usual)
            )
            case = case.replace("reads", "writes")
            for name, comparison in (("direct", direct), ("usual", other)):
                pairs = compare(through, comparison, plan)
                yield Result(case, "sidecar", name, "/s", each(pairs, rate), lost_writes=lost(pairs))


def writes(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Writes to many users, each user by one writer."""
    groups, keycloak = _shares(stage.crowd.working_set, CONNECTIONS), stage.meter
    with stage.sidecars() as sidecar:
        subject = writing(sidecar, groups, keycloak)
        pairs = compare(subject, writing(stage.direct, groups, keycloak), plan)
        yield Result(
            "writes", "sidecar", "direct", "/s", each(pairs, rate), "≥ 0.75", lost_writes=lost(pairs)
        )
        with stage.usual() as usual:
            pairs = compare(subject, writing(usual, groups, keycloak, "usual"), plan)
        yield Result("writes", "sidecar", "usual", "/s", each(pairs, rate), "≥ 5.0", lost_writes=lost(pairs))


def one_connection(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Reads over one connection: how long a caller waits."""
    users, keycloak = stage.crowd.working_set, stage.meter
    with stage.sidecars() as sidecar:
        subject = reading(sidecar, users, keycloak, 1)
        pairs = compare(subject, reading(stage.direct, users, keycloak, 1), plan)
    latency = each(pairs, lambda sample: sample.load.latency(0.5))
    yield Result("one connection: median latency", "sidecar", "direct", "ms", latency, "≤ 1.5")


def one_user(stage: Stage, plan: Plan) -> Iterator[Result]:
    """Fifty writers on one user, each with a key of its own."""
    groups, keycloak = [[stage.crowd.working_set[0]]] * WRITERS, stage.meter
    case = f"{WRITERS} writers on one user"
    with stage.sidecars() as sidecar:
        subject = writing(sidecar, groups, keycloak)
        pairs = compare(subject, writing(stage.direct, groups, keycloak), plan)
        yield Result(case, "sidecar", "direct", "/s", each(pairs, rate), "≥ 0.8", lost_writes=lost(pairs))
        p99 = each(pairs, lambda sample: sample.load.latency(0.99))
        yield Result(f"{case}: 99th percentile", "sidecar", "direct", "ms", p99, "≤ 2.0")
        with stage.usual() as usual:
            users = iter(stage.crowd.working_set[2:])

            def comparison(seconds: float) -> Sample:
                """Write another user each time: the rows that *usual* leaves behind fill the memory."""
                return writing(usual, [[next(users)]] * WRITERS, keycloak, "usual")(seconds)

            pairs = compare(subject, comparison, plan)
        yield Result(case, "sidecar", "usual", "/s", each(pairs, rate), lost_writes=lost(pairs))


def two_processes(stage: Stage, plan: Plan) -> Iterator[Result]:
    """The same writers over two sidecars."""
    groups, keycloak = [[stage.crowd.working_set[1]]] * WRITERS, stage.meter
    with stage.sidecars() as one, stage.sidecars(2) as two:
        pairs = compare(writing(two, groups, keycloak), writing(one, groups, keycloak), plan)
    case = f"{WRITERS} writers on one user"
    yield Result(case, "two sidecars", "sidecar", "/s", each(pairs, rate), lost_writes=lost(pairs))


def _shares(users: Sequence[str], count: int) -> list[Sequence[str]]:
    return [users[place::count] for place in range(count)]
