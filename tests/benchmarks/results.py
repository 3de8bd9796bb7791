"""Owns what a case came to: medians, ratio, spread, and how they are kept and shown; measures nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

NOISE = "noise"


@dataclass(frozen=True)
class Result:
    """One line of the table: what the subject and the comparison came to in each run, in turn.

    ``target`` bounds the ratio, ``most`` the subject itself: a text such as ``≤ 1.5``; within ``NOISE`` are
    two whose runs overlap. ``lost_writes`` are the subject's and the comparison's; None where none writes.
    """

    case: str
    subject: str
    comparison: str
    unit: str
    runs: Sequence[tuple[float, float]]
    target: str = ""
    most: str = ""
    lost_writes: tuple[int, int] | None = None

    @property
    def subject_median(self) -> float:
        """The middle of the subject's runs."""
        return median(subject for subject, _ in self.runs)

    @property
    def comparison_median(self) -> float:
        """The middle of the comparison's runs."""
        return median(comparison for _, comparison in self.runs)

    @property
    def ratio(self) -> float:
        """The middle ratio of two runs, one after the other: a machine may be slower for some of them."""
        return median(self._ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio of two runs, one after the other."""
        return min(self._ratios), max(self._ratios)

    @property
    def is_met(self) -> bool:
        """Whether the targets are reached, and the subject has lost no write."""
        return (
            (self._overlaps if self.target == NOISE else _holds(self.ratio, self.target))
            and _holds(self.subject_median, self.most)
            and not (self.lost_writes and self.lost_writes[0])
        )

    @property
    def _ratios(self) -> Sequence[float]:
        return [subject / comparison for subject, comparison in self.runs if comparison] or [0.0]

    @property
    def _overlaps(self) -> bool:
        return min(subject for subject, _ in self.runs) <= max(comparison for _, comparison in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Write it as it is kept."""
        return {
            "case": self.case,
            "subject": self.subject,
            "comparison": self.comparison,
            "subject_median": self.subject_median,
            "comparison_median": self.comparison_median,
            "ratio": self.ratio,
            "unit": self.unit,
            "lost_writes": None if self.lost_writes is None else list(self.lost_writes),
            "runs": [list(run) for run in self.runs],
            "target": self.target,
            "most": self.most,
        }

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Result":
        """Read it as it was kept."""
        lost = kept["lost_writes"]
        return cls(
            kept["case"],
            kept["subject"],
            kept["comparison"],
            kept["unit"],
            [(subject, comparison) for subject, comparison in kept["runs"]],
            kept["target"],
            kept["most"],
            None if lost is None else (lost[0], lost[1]),
        )

    def cells(self) -> list[str]:
        """Write it as a line of a table, in the order of ``COLUMNS``."""
        lost = "" if self.lost_writes is None else f"{self.lost_writes[0]} / {self.lost_writes[1]}"
        lowest, highest = self.spread
        return [
            self.case,
            f"{self.subject} / {self.comparison}",
            f"{_short(self.subject_median)} / {_short(self.comparison_median)} {self.unit}",
            f"{self.ratio:.2f} ({lowest:.2f} to {highest:.2f})",
            " and ".join(filter(None, [self.target, f"{self.most} {self.unit}" if self.most else ""])),
            lost,
        ]


COLUMNS = ("case", "compared", "medians", "ratio (lowest to highest)", "target", "lost writes")


def table(results: Sequence[Result]) -> Table:
    """Show results to a person."""
    shown = Table(*COLUMNS, "met", title="Medians of all runs, and of their ratios")
    for result in results:
        has_target = result.target or result.most or result.lost_writes is not None
        shown.add_row(*result.cells(), ("yes" if result.is_met else "NO") if has_target else "")
    return shown


def write(results: Sequence[Result], file: Path) -> None:
    """Keep results; those of cases that were not run now stay."""
    fresh = {result.case for result in results}
    kept = [result for result in read(file) if result.case not in fresh] if file.exists() else []
    lines = [result.to_json() for result in [*kept, *results]]
    file.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n")


def read(file: Path) -> list[Result]:
    """Read what was kept."""
    return [Result.of_json(kept) for kept in json.loads(file.read_text())]


def _holds(number: float, bound: str) -> bool:
    if not bound:
        return True
    relation, limit = bound.split()
    return number <= float(limit) if relation == "≤" else number >= float(limit)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
