"""Figures: what several interleaved rounds gave, as a median and its spread, beside a goal."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """One measured thing: a value a round, and the ratio to its baseline in the same round."""

    part: str
    name: str
    unit: str
    values: Sequence[float]
    against: str = ""
    ratios: Sequence[float] = ()
    goal: float | None = None
    #: whether a ratio below the goal is the good side
    low_is_good: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def distance(self) -> float | None:
        """How far the goal is: 1.0 or more is reached."""
        if self.goal is None:
            return None
        found = statistics.median(self.ratios or self.values)
        return self.goal / found if self.low_is_good else found / self.goal

    def as_json(self) -> dict[str, Any]:
        """Return the row for `--json`."""
        found: dict[str, Any] = {"part": self.part, "name": self.name, "unit": self.unit, **spread(self.values)}
        if self.ratios:
            found |= {"against": self.against, "ratio": spread(self.ratios)}
        if self.distance is not None:
            found |= {"goal": self.goal, "of_goal": round(self.distance, 2), "reached": self.distance >= 1}
        return found | self.more

    def as_text(self) -> str:
        """Return the row as a line of a table."""
        value = statistics.median(self.values)
        text = f"  {self.name:<58}{value:>12,.{0 if value >= 100 else 2}f} {self.unit:<10}"
        if self.ratios:
            text += f" {statistics.median(self.ratios):5.2f} ({min(self.ratios):.2f} to {max(self.ratios):.2f})"
        if self.distance is not None:
            sign = "≤" if self.low_is_good else "≥"
            text += f"  goal {sign} {self.goal:g}: {'reached' if self.distance >= 1 else f'{self.distance:.0%} of it'}"
        for name, found in self.more.items():
            text += f"  {name} {found}"
        return text


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Return median, lowest, highest and the number of rounds."""
    return {
        "median": round(statistics.median(values), 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
        "rounds": len(values),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all lie at or below."""
    found = sorted(values)
    return found[min(len(found) - 1, int(len(found) * share))]
