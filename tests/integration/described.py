"""Owns the runs of schemathesis: every route as /openapi.json has it, against a sidecar that is a process."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.realms import User

COMMAND = str(Path(sys.executable).with_name("schemathesis"))
HOOKS = Path(__file__).with_name("described_hooks.py")
PATIENCE = 540  # seconds; a run of 3,000 cases takes one or two minutes of two idle processors

# Preconditions are looked at first: 412 is a right answer to whatever else a request holds.
CONFIGURATION = """
hooks = {hooks}
[auth.openapi.bearer]
bearer = "${{CALLER_TOKEN}}"
[dictionaries]
users = {{ values = {users} }}
keys = {{ values = ["theme", "a", "b/c", "ü"] }}
values = {{ values = ["${{PLANTED_VALUE}}"] }}
[parameters]
"path.userId" = {{ dictionary = "users", probability = 0.8 }}
"path.key" = {{ dictionary = "keys", probability = 0.5 }}
"body.value" = {{ dictionary = "values", probability = 0.3 }}
"body.metadata[*].value" = {{ dictionary = "values", probability = 0.3 }}
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
[phases.fuzzing.generation]
max-examples = {examples}
[phases.stateful.generation]
max-examples = 40
"""


@dataclass(frozen=True)
class Run:
    """What a run found."""

    cases: int
    complete: bool
    phases: dict[str, str]
    text: str
    code: int


def examine(  # noqa: PLR0913 - each is one choice of a run
    url: str,
    folder: Path,
    users: Sequence[User],
    *,
    token: str,
    value: str,
    examples: int,
    only: Collection[int] = (),
    paths: str = ".*",
) -> Run:
    """Run all phases and all checks, the same cases every time.

    With ``only`` no other status may be answered, whatever is sent; ``paths`` chooses the routes.
    """
    configuration, report = folder / "schemathesis.toml", folder / "report.json"
    names = [name for user in users for name in (user.id, user.username, user.email)]
    configuration.write_text(
        CONFIGURATION.format(hooks=json.dumps(str(HOOKS)), users=json.dumps(names), examples=examples),
        encoding="utf-8",
    )
    command = [COMMAND, "--config-file", str(configuration), "run", f"{url}/openapi.json"]
    options = ["--checks=all", "--phases=examples,coverage,fuzzing,stateful", "--generation-deterministic"]
    told = ["--report=json", f"--report-json-path={report}", "--no-color", f"--include-path-regex={paths}"]
    process = subprocess.run(  # noqa: S603 - the program of a pinned package
        [*command, *options, *told],
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "CALLER_TOKEN": token,
            "PLANTED_VALUE": value,
            "ONLY_STATUSES": " ".join(map(str, only)),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert report.exists(), process.stdout
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return Run(
        found["test_cases"]["generated"],
        found["complete"],
        {name: phase["status"] for name, phase in found["phases"].items()},
        process.stdout,
        process.returncode,
    )
