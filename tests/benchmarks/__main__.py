"""Measures: ``python -m tests.benchmarks [CASE…]``. Owns the order of things; knows no case itself."""

import signal
import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from rich.console import Console

from dev import FOLDER, ROOT, DevError
from tests.benchmarks import cases, growth, issuing, lasting, report, results
from tests.benchmarks.comparing import Plan
from tests.benchmarks.results import Result
from tests.benchmarks.stage import Stage, running_stage

WIDTH = 160
KEPT = FOLDER / "bench.json"

CASES: dict[str, Callable[[Stage, Plan], Iterator[Result]]] = {
    "reads": cases.reads,
    "callers": cases.callers,
    "writes": cases.writes,
    "one-connection": cases.one_connection,
    "one-user": cases.one_user,
    "two-processes": cases.two_processes,
    "tokens": issuing.tokens,
    "users": growth.users,
    "entries": growth.entries,
    "start": lasting.start,
    "memory": lasting.memory,
}


def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="CASE", help=" ".join(CASES))] = None,
    seconds: Annotated[float, typer.Option(help="of each run")] = Plan.seconds,
    rounds: Annotated[
        int, typer.Option(help="in which subject and comparison are run in turn")
    ] = Plan.rounds,
    *,
    readme: Annotated[bool, typer.Option(help="write what is kept into the README")] = False,
) -> None:
    """Measure all cases, or those that are named."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started ends with this
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    if unknown := set(names or []) - set(CASES):
        sys.exit(f"No such case: {' '.join(sorted(unknown))}. There are: {' '.join(CASES)}")
    found: list[Result] = []
    try:
        console.print("Starting a Keycloak on PostgreSQL …")
        with running_stage() as stage:
            console.print("Warming it up …")
            cases.settle(stage)
            for name in names or CASES:
                console.print(f"Measuring {name} …")
                found += CASES[name](stage, Plan(seconds, rounds))
    except DevError as error:
        sys.exit(f"\n{error}")
    console.print(results.table(found))
    results.write(found, KEPT)
    if readme:
        report.write_into(ROOT / "README.md", results.read(KEPT), report.machine())


if __name__ == "__main__":
    typer.run(main)
