"""The list of threats names tests that exist."""

import re

from dev import ROOT

NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())


def test_every_test_that_the_list_of_threats_names_exists() -> None:
    """A defence whose test was renamed or deleted is noticed."""
    missing = [
        f"{file}::{test}"
        for file, test in NAMED
        if not (ROOT / "tests" / file).is_file()
        or not re.search(rf"^(async )?def {test}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE)
    ]

    assert missing == []


def test_every_threat_names_a_test() -> None:
    """No row of the list goes without one."""
    rows = [
        line
        for line in (ROOT / "docs" / "security.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| threat")
    ]

    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []
