"""What the retention sweep costs who writes meanwhile.

    python bench/sweeping.py [--expired 40000] [--batch 50] [--seconds 5] [--rounds 3] [--keep] [--json]

Of five times as many usage records of a hundred people a fifth is past its rule. One writer ingests small batches
without a pause: for some seconds alone, then while the worker's sweep removes what is past, in short transactions of
its own. The ratio is that of the writer's times with the sweep and without. The database is made in `var/bench` and
dropped afterwards, unless --keep.
"""

import argparse
import io
import json
import sys
import threading
import time
import uuid
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from databases import scratch_office

FILL = """
INSERT INTO workloads_usagerecord (id, subject, occurred_at, app, resource, quantity, unit)
SELECT gen_random_uuid(), md5('person' || n / 5 %% 100),
       now() - CASE WHEN n %% 5 = 0 THEN interval '735 days' ELSE interval '5 days' END - n %% 60 * interval '12 hours',
       NULL, 'compute.small', 1.5, 'hour'
FROM generate_series(1, %(rows)s) n
"""


def fill(expired):
    """Store five times as many records, of which that many are past their rule."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE workloads_usagerecord, workloads_dailytotal")
        cursor.execute(FILL, {"rows": expired * 5})
        cursor.execute("VACUUM ANALYZE")


class Writer(threading.Thread):
    """Ingests one small batch after the other; `times` has when each began and how long it took."""

    def __init__(self, account, batch):
        super().__init__(daemon=True)
        self.account, self.batch = str(account), batch
        self.times, self.is_done = [], threading.Event()

    def lines(self):
        from django.utils import timezone

        now = timezone.now().isoformat()
        common = {"stream": "usage", "account": self.account, "time": now, "resource": "compute.small"}
        records = ({**common, "id": str(uuid.uuid4()), "quantity": 1.5, "unit": "hour"} for _ in range(self.batch))
        return io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())

    def run(self):
        from django.db import connections
        from django.utils import timezone

        from accounts.workloads.services import ingest_stream
        from audit.log.actors import machine
        from core import db

        try:
            with db.use_role("ingest"):
                while not self.is_done.is_set():
                    file, start = self.lines(), time.perf_counter()
                    report = ingest_stream(file, actor=machine("platform"), source="file", clock=timezone.now)
                    self.times.append((start, time.perf_counter() - start))
                    assert report.kept == self.batch, report.reasons
        finally:
            connections.close_all()  # the database is dropped afterwards


def points(times, since, until):
    """Return median and 99th percentile, in milliseconds, of the batches that ran in that time, and how many."""
    found = [taken * 1000 for start, taken in times if start < until and start + taken > since]
    if len(found) < 2:
        sys.exit("Too few batches ran: take more records or more seconds.")
    return {"p50": median(found), "p99": quantiles(found, n=100, method="inclusive")[98], "batches": len(found)}


def measure(options, account):
    """Return what each round found."""
    from django.utils import timezone

    from accounts.personaldata.retention import sweep_retention
    from core import db

    rounds = []
    for number in range(options.rounds):
        fill(options.expired)
        writer = Writer(account, options.batch)
        writer.start()
        time.sleep(0.5)
        begins = time.perf_counter()
        time.sleep(options.seconds)
        sweeps = time.perf_counter()
        with db.use_role("worker"):
            removed = sweep_retention(now=timezone.now())["usage"]
        ended = time.perf_counter()
        writer.is_done.set()
        writer.join()
        assert removed == options.expired, removed
        alone, beside = points(writer.times, begins, sweeps), points(writer.times, sweeps, ended)
        rounds.append({"seconds": ended - sweeps, "alone": alone, "beside": beside})
        print(f"round {number + 1}: swept in {ended - sweeps:.1f} s", file=sys.stderr, flush=True)
    return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--expired", type=int, default=40_000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_office("office_sweeping", keep=options.keep):
        from accounts.identity.models import User

        person = User.objects.create(username="bench", email="bench@example.org")
        rounds = measure(options, person.pk)
    ratios = {point: [each["beside"][point] / each["alone"][point] for each in rounds] for point in ("p50", "p99")}
    if options.json:
        print(json.dumps({"expired": options.expired, "rounds": rounds, "ratios": ratios}, indent=2))
        return
    print(f"{options.expired:,} expired of {options.expired * 5:,}: {median(each['seconds'] for each in rounds):.1f} s")
    for point, found in ratios.items():
        alone, beside = (median(each[which][point] for each in rounds) for which in ("alone", "beside"))
        print(
            f"writer's {point}: alone {alone:.1f} ms, beside the sweep {beside:.1f} ms, "
            f"ratio {median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        )


if __name__ == "__main__":
    main()
