"""Owns the README's section on performance: written from what was measured, between two marks."""

import platform
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from dev.distribution import keycloak_version
from tests.benchmarks.results import COLUMNS, Result

BEGIN, END = "<!-- make bench writes from here -->", "<!-- make bench writes to here -->"


def machine() -> str:
    """Say in a line what was measured on."""
    cpus = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", cpus.read_text()) if cpus.exists() else None
    processor = found[1].strip() if found else platform.processor() or platform.machine()
    memory = round(psutil.virtual_memory().total / 2**30)
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr  # noqa: S607
    return (
        f"{psutil.cpu_count()} cores of {processor}, {memory} GiB; Keycloak {keycloak_version()} "
        f"on PostgreSQL, Java {java.split(chr(34))[1]}, Python {platform.python_version()}"
    )


def section(results: Sequence[Result], where: str) -> str:
    """Write all results as the README shows them."""
    lines = [f"Measured on {where}; load generator, sidecar, Keycloak and database share them.", ""]
    lines += [_line(COLUMNS), _line(["---"] * len(COLUMNS))]
    lines += [_line(result.cells()) for result in results]
    return "\n".join([BEGIN, *lines, END])


def write_into(readme: Path, results: Sequence[Result], where: str) -> None:
    """Put the section in the place of the one before."""
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(before + section(results, where) + after)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
