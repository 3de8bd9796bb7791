"""Owns the coverage of the Java code: the agent's option for every Java that runs it, and the report."""

import csv
import sys
from pathlib import Path

from dev import FOLDER, DevError
from dev.extension import PROJECT
from dev.toolchain import run_maven

VERSION = "0.8.14"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
REPORT = f"org.jacoco:jacoco-maven-plugin:{VERSION}:report"
DATA = FOLDER / "java-coverage.exec"
TABLE = PROJECT / "target" / "site" / "jacoco" / "jacoco.csv"


def agent() -> str:
    """Fetch the agent, forget earlier runs, and give the option that makes a Java record what it runs.

    Raises:
        DevError: Maven cannot fetch it.
    """
    folder = FOLDER / f"jacoco-{VERSION}"
    if not folder.exists():
        artifact = f"org.jacoco:org.jacoco.agent:{VERSION}:jar:runtime"
        run_maven(COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}")
    DATA.unlink(missing_ok=True)
    return f"-javaagent:{next(folder.glob('*.jar'))}=destfile={DATA},includes=usermetadata.*"


def report() -> str:
    """Sum up what ran in all of them.

    Raises:
        DevError: nothing was recorded.
    """
    if not DATA.exists():
        message = f"{DATA} is not there: no Java ran with the agent."
        raise DevError(message)
    run_maven("-f", str(PROJECT), REPORT, f"-Djacoco.dataFile={DATA}")
    return f"Java coverage, all tests: {_share('LINE')} of lines, {_share('BRANCH')} of branches"


def _share(counter: str) -> str:
    with Path(TABLE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    covered = sum(int(row[f"{counter}_COVERED"]) for row in rows)
    missed = sum(int(row[f"{counter}_MISSED"]) for row in rows)
    return f"{covered / ((covered + missed) or 1):.0%} ({covered}/{covered + missed})"


if __name__ == "__main__":
    try:
        print(agent() if sys.argv[1:] == ["agent"] else report())
    except DevError as error:
        sys.exit(f"\n{error}")
