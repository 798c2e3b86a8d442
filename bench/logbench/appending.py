"""Part 1: append one entry, a transaction each."""

import contextlib
import os
import statistics
from collections.abc import Iterator
from typing import Any

import psycopg

from .crews import Crew, Turn
from .paths import DISCLOSURES, RAW_TABLES, start_office, start_peers
from .rounds import Row, percentile

PART = "append"
GOAL = 0.65
GOAL_WITH_DISCLOSURES = 0.55
CHAINS = ("chain, advisory lock", "chain, locked head row")
PEERS = (
    "ORM create, no log",
    "django-auditlog, save",
    "django-auditlog, accessed",
    "django-simple-history, save",
)


#: a baseline runs before and after what is measured against it, so that the machine's other work falls on both
TURNS = 4


def _pairs(only: str) -> Iterator[tuple[str, str, float | None]]:
    """Yield each path, what it is measured against, and the goal of that ratio."""
    for disclosures in DISCLOSURES:
        goal = GOAL_WITH_DISCLOSURES if disclosures else GOAL
        yield f"office {disclosures}", f"raw {disclosures}", goal
        yield f"office tx {disclosures}", f"raw tx {disclosures}", goal
    for name in (*CHAINS, *PEERS):
        if only in name:
            yield name, "raw 0", None


class _Pair:
    """What the turns of one path and of its baseline gave, together."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.ratios: list[float] = []
        self.ratios_of_p50: list[float] = []
        self.base_rates: list[float] = []
        self.milliseconds: list[float] = []
        self.base_milliseconds: list[float] = []

    def add(self, base: list[Turn], path: list[Turn]) -> None:
        rate, base_rate = (sum(turn.rate for turn in turns) / len(turns) for turns in (path, base))
        times, base_times = ([one for turn in turns for one in turn.milliseconds] for turns in (path, base))
        self.rates.append(rate)
        self.base_rates.append(base_rate)
        self.ratios.append(rate / base_rate)
        self.ratios_of_p50.append(percentile(base_times, 0.5) / percentile(times, 0.5))
        self.milliseconds += times
        self.base_milliseconds += base_times


def _row(name: str, rates: list[float], milliseconds: list[float], **more: Any) -> Row:
    p50, p99 = (round(percentile(milliseconds, share), 3) for share in (0.5, 0.99))
    return Row(PART, name, "entries/s", rates, more={"p50_ms": p50, "p99_ms": p99}, **more)


def measure(*, rounds: int, seconds: float, writers: tuple[int, ...], only: str = "") -> list[Row]:
    """Run every path between two turns of its baseline, `rounds` times over, for each number of writers."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(RAW_TABLES)
    pairs = list(_pairs(only))
    found = {(name, count): _Pair() for count in writers for name, _, _ in pairs}
    with contextlib.ExitStack() as crews:
        office = peers = crews.enter_context(Crew(start_office, max(writers)))
        if any(name in PEERS for name, _, _ in pairs):
            peers = crews.enter_context(Crew(start_peers, max(writers)))
        for _ in range(rounds):
            for (name, count), pair in found.items():
                base = next(base for each, base, _ in pairs if each == name)
                crew = peers if name in PEERS else office
                first = office.run(base, count, seconds / TURNS)
                turns = [crew.run(name, count, seconds / TURNS) for _ in range(TURNS // 2)]
                pair.add([first, office.run(base, count, seconds / TURNS)], turns)
    rows = []
    for count in writers:
        many = f"{count} writer{'s' if count > 1 else ''}"
        for name, base, goal in pairs:
            pair = found[name, count]
            if name.startswith("office"):
                rows.append(_row(f"{base}, {many}", pair.base_rates, pair.base_milliseconds))
            row = _row(f"{name}, {many}", pair.rates, pair.milliseconds, against=base, ratios=pair.ratios, goal=goal)
            row.more["ratio_of_p50"] = round(statistics.median(pair.ratios_of_p50), 2)
            rows.append(row)
    return rows
