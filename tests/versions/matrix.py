"""Owns the matrix: which tests run on which release and Java, and what came of it; the README has the table.

``python -m tests.versions.matrix`` runs it and keeps the numbers in ``.dev/``; with ``table`` it writes the
README's table from them, and only from a run in which everything passed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dev import FOLDER, ROOT, DevError, extension
from dev.releases import NEWEST, NEWEST_JAVA, RELEASES
from dev.server import ServerOptions
from dev.toolchain import java_version
from tests.integration.keycloaks import ADMIN, own_keycloak
from tests.versions.differences import DIFFERENCES
from tests.versions.javas import java_home

# What a release could break, by the modules of tests/integration that would tell.
COLUMNS: Mapping[str, Sequence[str]] = {
    "setup": ["test_setup"],
    "check": ["test_check"],
    "main job": ["test_main_job"],
    "login": ["test_login", "test_claims"],
    "concurrency": ["test_concurrency"],
    "seal": ["test_untouched", "test_unsealed"],
    "namespaces": ["test_namespaces"],
    "preview": ["test_preview", "test_release"],
    "admin events": ["test_admin_events"],
}
# Those on a second Keycloak, run as companies do: what they look at is not the release's.
LEFT_OUT = "not distant"
RESULTS = FOLDER / "matrix.json"
README = ROOT / "README.md"
TABLE = re.compile(r"(?<=<!-- matrix -->\n).*?(?=<!-- /matrix -->)", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """A release on a Java: how many tests passed in each column, which did not, what Keycloak logged."""

    release: str
    java: int
    passed: Mapping[str, int]
    failed: Sequence[str] = ()
    errors: Sequence[str] = ()

    def unexpected(self) -> list[str]:
        """Tell what went otherwise than is known of the release."""
        known = {
            test
            for difference in DIFFERENCES
            if difference.release == self.release
            for test in difference.tests
        }
        where = f"{self.release}, Java {self.java}"
        return [
            *(f"{where}: {name} did not pass" for name in self.failed if name not in known),
            *(
                f"{where}: {name} passed: it is no difference"
                for name in sorted(known.difference(self.failed))
            ),
            *(f"{where}: Keycloak logged {error}" for error in self.errors),
        ]


def run() -> list[Row]:
    """Run the selection on each release with this machine's Java, and on the newest with the newest Java.

    Raises:
        DevError: a Java is missing, or a release does not start.
    """
    extension.build()
    java, newest_java = java_version(), {"JAVA_HOME": str(java_home(NEWEST_JAVA))}
    return [*(_run(release, java, {}) for release in RELEASES), _run(NEWEST, NEWEST_JAVA, newest_java)]


def table(rows: Sequence[Row]) -> str:
    """Draw the table of the README, and say what is otherwise in a release."""
    head = ["Keycloak", "Java", *COLUMNS]
    body = [[row.release, str(row.java), *(str(row.passed.get(name, 0)) for name in COLUMNS)] for row in rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)]
    differences = [f"- {each.release}: {each.says}" for each in DIFFERENCES]
    return "".join(f"{line}\n" for line in [*lines, "", *differences])


def _run(release: str, java: int, environment: Mapping[str, str]) -> Row:
    print(f"\n== Keycloak {release} on Java {java}", flush=True)
    with TemporaryDirectory(prefix="matrix-", dir=FOLDER) as folder:
        report = Path(folder, "report.xml")
        with own_keycloak(Path(folder), ServerOptions(version=release, environment=environment)) as server:
            where = {"KEYCLOAK_URL": server.url, "KEYCLOAK_VERSION": release}
            login = {"ADMIN_USERNAME": ADMIN.username, "ADMIN_PASSWORD": ADMIN.password}
            modules = [f"tests/integration/{module}.py" for names in COLUMNS.values() for module in names]
            command = [sys.executable, "-m", "pytest", *modules, "-q", "-k", LEFT_OUT, f"--junitxml={report}"]
            ended = subprocess.run(command, env={**os.environ, **environment, **where, **login}, check=False)
            errors = [line for line in server.log_text().splitlines() if " ERROR " in line]
        if ended.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            message = f"The tests on Keycloak {release} were not run to their end."
            raise DevError(message)
        return _row(release, java, report, errors)


def _row(release: str, java: int, report: Path, errors: Sequence[str]) -> Row:
    columns = {module: column for column, modules in COLUMNS.items() for module in modules}
    passed: Counter[str] = Counter()
    failed = []
    for test in ET.parse(report).iter("testcase"):  # noqa: S314 - written by the run above
        module, name = test.attrib["classname"].split(".")[2], test.attrib["name"]
        if any(test.find(outcome) is not None for outcome in ("failure", "error", "skipped")):
            failed.append(f"{module}::{name}")
        else:
            passed[columns[module]] += 1
    return Row(release, java, dict(passed), failed, errors)


def main() -> None:
    """Run the matrix, or write the table of its last run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it ends what it started
    if sys.argv[1:] == ["table"]:
        if not RESULTS.exists():
            message = "There is no run to write the table of: run make test-versions."
            raise DevError(message)
        rows = [Row(**row) for row in json.loads(RESULTS.read_text())]
        _require_expected(rows)
        README.write_text(TABLE.sub(lambda _: table(rows), README.read_text()))
    else:
        RESULTS.unlink(missing_ok=True)
        rows = run()
        RESULTS.write_text(json.dumps([asdict(row) for row in rows], indent=1))
        print("\n" + table(rows))
        _require_expected(rows)


def _require_expected(rows: Sequence[Row]) -> None:
    if unexpected := [line for row in rows for line in row.unexpected()]:
        raise DevError("\n".join(unexpected))


if __name__ == "__main__":
    try:
        main()
    except DevError as error:
        sys.exit(f"\n{error}")
