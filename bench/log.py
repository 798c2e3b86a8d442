"""What the log costs and how fast it is read again, beside what others take: bench/log.py [--json] [--quick].

Parts: append, sequence, read (export and verify). Everything runs against embedded PostgreSQL with fsync on, in a
scratch office of its own; each path and what it is measured against take turns, so that only ratios of one round are
formed. Printed: the median of all rounds, the ratio's median (lowest to highest), and how far the goal is.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from logbench import appending, reading, sequencing
from logbench.rounds import Row
from logbench.scratch import machine, scratch_office

PARTS = ("append", "sequence", "read")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it runs, not how fast")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=7, help="of appending; the rest takes fewer")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the log that is exported and verified")
    parser.add_argument("--only", default="", help="of the others that append, those with this in their name")
    asked = parser.parse_args()
    rounds, seconds = (1, 0.15) if asked.quick else (asked.rounds, 1.0)
    rows: list[Row] = []
    with scratch_office():
        about = {"before": machine()}
        if "append" in asked.parts:
            rows += appending.measure(rounds=rounds, seconds=seconds, writers=(1, 8), only=asked.only)
        if "sequence" in asked.parts:
            count, turn = (10_000, 1.0) if asked.quick else (100_000, 10.0)
            rows += sequencing.measure(entries=count, seconds=turn)
        if "read" in asked.parts:
            count, turns = (2_000, 1) if asked.quick else (asked.entries, min(asked.rounds, 3))
            rows += reading.measure(entries=count, rounds=turns, peers=not asked.only)
        about["after"] = machine()
    if asked.json:
        print(json.dumps({"machine": about, "rows": [row.as_json() for row in rows]}, indent=1))
        return
    for moment, found in about.items():
        print(f"{moment}: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    for row in rows:
        print(row.as_text())


if __name__ == "__main__":
    main()
