"""What the benchmarks make of their runs, and how the README shows it."""

import json
import re
from pathlib import Path

import pytest

from dev import ROOT
from tests.benchmarks import results
from tests.benchmarks.report import BEGIN, END, section, write_into
from tests.benchmarks.results import COLUMNS, NOISE, Result

CASES = {
    "reads",
    "writes",
    "one connection",
    "50 writers on one user",
    "refresh grant",
    "userinfo",
    "growth",
    "start",
    "memory",
}
RESULT = Result("reads", "sidecar", "direct", "/s", [(60, 100), (80, 100), (90, 120)], "≥ 0.6")


def test_a_result_is_medians_and_the_ratios_of_runs_one_after_the_other() -> None:
    """Their middle is the ratio, the lowest and the highest are its spread."""
    assert (RESULT.subject_median, RESULT.comparison_median, RESULT.ratio) == (80, 100, 0.75)
    assert RESULT.spread == (0.6, 0.8)


@pytest.mark.parametrize(
    ("target", "most", "lost", "is_met"),
    [
        ("≥ 0.6", "", None, True),
        ("≥ 0.9", "", None, False),
        ("≤ 0.9", "≤ 80", None, True),
        ("", "≤ 79", None, False),
        ("≥ 0.6", "", (0, 7), True),
        ("≥ 0.6", "", (1, 0), False),
    ],
)
def test_a_target_is_met_or_not(
    target: str, most: str, lost: tuple[int, int] | None, *, is_met: bool
) -> None:
    """A target bounds the ratio, or the subject itself; and a subject that loses a write never meets it."""
    result = Result("case", "sidecar", "direct", "ms", RESULT.runs, target, most, lost)

    assert result.is_met == is_met


def test_within_noise_are_two_whose_runs_overlap() -> None:
    """What lies among the comparison's own runs cannot be told from it."""
    assert Result("case", "ours", "none", "ms", [(2.1, 2.0), (2.3, 2.2)], NOISE).is_met
    assert not Result("case", "ours", "none", "ms", [(2.3, 2.0), (2.4, 2.2)], NOISE).is_met


def test_results_are_kept_until_their_case_is_measured_again(tmp_path: Path) -> None:
    """The file lists every case by its fields, the newest run of it."""
    file, other = (
        tmp_path / "bench.json",
        Result("writes", "sidecar", "direct", "/s", [(1, 2)], lost_writes=(0, 3)),
    )
    results.write([RESULT, other], file)
    results.write([other], file)

    assert results.read(file) == [RESULT, other]
    assert {
        "case": "writes",
        "subject": "sidecar",
        "comparison": "direct",
        "subject_median": 1,
        "comparison_median": 2,
        "ratio": 0.5,
        "unit": "/s",
        "lost_writes": [0, 3],
        "runs": [[1, 2]],
    }.items() <= json.loads(file.read_text())[1].items()


def test_the_readme_holds_what_was_measured(tmp_path: Path) -> None:
    """The section between the marks is a table of all results, and is replaced by the next one."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_into(readme, [RESULT], "a machine")

    assert readme.read_text() == f"before\n{section([RESULT], 'a machine')}\nafter\n"
    assert "| reads | sidecar / direct | 80 / 100 /s | 0.75 (0.60 to 0.80) | ≥ 0.6 |  |" in readme.read_text()


def test_the_section_of_the_readme_has_the_shape_of_one() -> None:
    """It names the machine, and has a line for each case, with medians, a ratio and its spread."""
    text = (ROOT / "README.md").read_text()
    _, _, rest = text.partition(f"{BEGIN}\n")
    written, end, _ = rest.partition(f"\n{END}")
    where, _, header, _, *lines = written.splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines]

    assert end
    assert re.match(r"Measured on \d+ cores of .+; Keycloak 26\.\d+\.\d+ on PostgreSQL, Java \d", where)
    assert header == f"| {' | '.join(COLUMNS)} |"
    assert {name.split(":")[0].split(",")[0] for name, *_ in cells} >= CASES
    for _, compared, medians, ratio, *_ in cells:
        assert re.fullmatch(r".+ / .+", compared)
        assert re.fullmatch(r"[\d.,]+ / [\d.,]+ (/s|ms|s|MB)", medians)
        assert re.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)", ratio)
