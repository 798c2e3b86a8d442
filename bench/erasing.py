"""What erasing a person's records costs, beside one DELETE of as many by the tables' owner.

    python bench/erasing.py [--records 1000000] [--rounds 3] [--keep] [--json]

Two people have as many usage records each, among as many of other people. The office erases the first as the worker
does, in batches, each its own transaction; the owner deletes the second's in one statement. Both are read again, both
take the sums by day with them (a trigger of the table), and they take turns at going first. The database is made in
`var/bench` and dropped afterwards, unless --keep.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from databases import scratch_office

GOAL = 0.5
FILL = """
INSERT INTO workloads_usagerecord (id, subject, occurred_at, app, resource, quantity, unit)
SELECT gen_random_uuid(), CASE n %% 4 WHEN 0 THEN %(first)s WHEN 1 THEN %(second)s ELSE md5('other' || n %% 100) END,
       now() - n * (interval '400 days' / %(rows)s), NULL, 'compute.small', 1.5, 'hour'
FROM generate_series(1, %(rows)s) n
"""


def fill(records, first, second):
    """Give two people so many records each, among those of others, and say in the log that the first is erased."""
    from django.db import connections
    from django.utils import timezone

    from audit.log.actors import machine
    from audit.log.append import append
    from audit.log.events import SUBJECT_SHREDDED
    from core import db

    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE workloads_usagerecord, workloads_dailytotal")
        cursor.execute(FILL, {"first": first, "second": second, "rows": records * 4})
        cursor.execute("VACUUM ANALYZE")
    with db.use_role("worker"), db.atomic():
        append(
            SUBJECT_SHREDDED, actor=machine("bench"), subject=first, now=timezone.now(), payload={"ground": "closed"}
        )


def erase(reference):
    """Erase a person's usage records as the worker does; return how many."""
    from accounts.workloads.data_categories import USAGE
    from core import db

    with db.use_role("worker"):
        erased = USAGE.erase(reference)
        assert USAGE.recheck(reference) == 0
    return erased


def delete(reference):
    """Delete a person's usage records in one statement; return how many."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM workloads_usagerecord WHERE subject = %s", [reference])
        deleted = cursor.rowcount
        cursor.execute("SELECT count(*) FROM workloads_usagerecord WHERE subject = %s", [reference])
        assert cursor.fetchone() == (0,)
    return deleted


def measure(records, rounds):
    """Return the seconds of each round, by the office and by one DELETE."""
    taken = {erase: [], delete: []}
    for n in range(rounds):
        people = {erase: f"{n:032x}", delete: "f" * 32}
        fill(records, *people.values())
        for act in (erase, delete) if n % 2 else (delete, erase):
            start = time.perf_counter()
            assert act(people[act]) == records
            taken[act].append(time.perf_counter() - start)
        print(
            f"round {n + 1}: {taken[erase][-1]:.1f} s, one DELETE {taken[delete][-1]:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    return {"erase": taken[erase], "delete": taken[delete]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_office("office_erasures", keep=options.keep):
        seconds = measure(options.records, options.rounds)
    ratios = [single / office for office, single in zip(seconds["erase"], seconds["delete"], strict=True)]
    found = {"records": options.records, "seconds": seconds, "ratio": median(ratios), "goal": GOAL}
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{options.records:,} records: {median(seconds['erase']):.1f} s, one DELETE {median(seconds['delete']):.1f} s"
    )
    print(f"DELETE/erase {found['ratio']:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), goal at least {GOAL}")


if __name__ == "__main__":
    main()
