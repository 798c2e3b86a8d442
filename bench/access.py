"""What one read of restricted data costs, beside one committed raw INSERT of its entry and a fetch of the same row.

    python bench/access.py [--reads 200] [--rounds 3] [--grants 100 100000] [--json]

With one reader and with eight at once, each in a process of its own with a grant of its own; among a hundred grants and
among a hundred thousand. Reads and the baseline take turns within each round. A database of its own is made in
`var/bench` and dropped afterwards.
"""

import argparse
import json
import multiprocessing
import sys
import time
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

from databases import scratch_office
from gate import FILL

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

READERS = 8
GOAL_RATIO, GOAL_GROWTH = 8, 1.2
FEWEST_READS = 20
_PARAMETERS = {"dbname", "user", "password", "host", "port", "autocommit", "options"}
RAW_TABLE = "CREATE TABLE bench_raw (LIKE audit_entry INCLUDING ALL)"
COLUMNS = "id, leaf, time, actor, event, outcome, subject, case_ref"
INSERT = f"INSERT INTO bench_raw ({COLUMNS}) VALUES (gen_random_uuid(), %b, %b, %b, %b, %b, %b, %b)"
FETCH = "SELECT id, level, sealed FROM workloads_logline WHERE id = %b"


def make_readers():
    """Return for each reader: their account, their grant, the item."""
    from django.utils import timezone

    from accounts.identity.models import RoleAssignment, User
    from accounts.identity.roles import Role
    from accounts.personaldata.item_providers import NamedItem
    from core import db
    from humanaccess import services
    from humanaccess.grounds import Ground
    from humanaccess.texts import ShownText
    from tests.platform_rows import put_row

    now, made = timezone.now(), []

    def staff(name, role):
        with db.use_role("staff"):
            user = User.objects.create(username=name, email=f"{name}@example.org", is_staff=True)
        given = {"given_by": "0" * 32, "given_at": now, "confirmed_by": "0" * 32, "confirmed_at": now}
        with db.use_role("owner"):  # who may confirm a role without a second administrator
            RoleAssignment.objects.create(user=user, role=role, effective_at=now, **given)
        return user

    staff("officer", Role.PRIVACY_OFFICER)  # nothing opens that nobody can review
    for number in range(READERS):
        reader = staff(f"reader{number}", Role.SUPPORT)
        with db.use_role("staff"):
            subject = User.objects.create(username=f"subject{number}", email=f"subject{number}@example.org")
        item = put_row("workloads_logline", subject.reference, now - timedelta(hours=1))
        with db.use_role("staff"):
            request = services.request_approval(
                asker=reader,
                subject=subject,
                ground=Ground.AGREEMENT,
                items=[NamedItem("workloads.logline", item, {"app": "00000000", "time": "now", "level": "info"})],
                reason="Measured by the benchmark, with a reason that is long enough.",
                now=now,
            )
        shown = ShownText("Text", "1", "en", now)
        grant = services.agree_to_request(request, user=subject, items={item}, shown=shown, now=now)
        made.append((reader, grant.pk, item))
    return made


def read_all(made, reads, start, answers):
    """Read one's item so often, all readers from the same moment; put milliseconds of each read and of each raw."""
    import psycopg
    from django.db import connections
    from django.utils import timezone

    from audit.log.models import Entry
    from core import db
    from humanaccess import services

    reader, grant, item = made

    def read():
        return services.read_item(grant, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())

    with db.use_role("staff"):
        for _ in range(10):
            written = Entry.objects.get(pk=read().entry)
        values = [getattr(written, name) for name in COLUMNS.split(", ")[1:]]
        connections["owner"].ensure_connection()
        parameters = connections["owner"].get_connection_params() | {"autocommit": True}
        raw = psycopg.connect(**{name: value for name, value in parameters.items() if name in _PARAMETERS})
        with raw.cursor() as cursor:

            def bare():
                cursor.execute(INSERT, values)
                cursor.execute(FETCH, [item])
                assert cursor.fetchone()

            for _ in range(10):
                bare()
            found = []
            for act in (read, bare):
                start.wait()
                taken = []
                for _ in range(reads):
                    began = time.perf_counter()
                    act()
                    taken.append((time.perf_counter() - began) * 1000)
                found.append(taken)
        raw.close()
    answers.put(found)


def measure(made, readers, reads):
    """Return milliseconds of every read and of every raw of so many readers at once."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(readers), fork.Queue()
    workers = [fork.Process(target=read_all, args=(made[number], reads, start, answers)) for number in range(readers)]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    return [[one for each in found for one in each[act]] for act in (0, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--grants", type=int, nargs="+", default=[100, 100_000])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    with scratch_office("office_bench_access", keep=False):
        from django.db import connections

        with connections["owner"].cursor() as cursor:
            cursor.execute(RAW_TABLE)
        made = make_readers()
        for grants in sorted(asked.grants):
            with connections["owner"].cursor() as cursor:
                cursor.execute(FILL.replace("'B-'", f"'B{grants}-'") % {"grants": grants})
                cursor.execute("DROP TABLE made")
            for readers in (1, READERS):
                for number in range(asked.rounds):
                    read, raw = measure(made, readers, max(asked.reads // readers, FEWEST_READS))
                    rows.append(
                        {
                            "grants": grants,
                            "readers": readers,
                            "round": number + 1,
                            "read_p50_ms": median(read),
                            "read_p99_ms": quantiles(read, n=100)[98],
                            "raw_p50_ms": median(raw),
                            "raw_p99_ms": quantiles(raw, n=100)[98],
                            "ratio": median(read) / median(raw),
                        }
                    )
    of = {
        key: [row["ratio"] for row in rows if (row["grants"], row["readers"]) == key]
        for key in {(row["grants"], row["readers"]) for row in rows}
    }
    growth = {
        readers: median(of[max(asked.grants), readers]) / median(of[min(asked.grants), readers])
        for readers in (1, READERS)
    }
    if asked.json:
        print(json.dumps({"rows": rows, "growth": growth}, indent=2))
        return
    for row in rows:
        print(
            f"{row['grants']:>7} grants, {row['readers']} at once: read {row['read_p50_ms']:.2f} ms "
            f"(p99 {row['read_p99_ms']:.2f}), raw {row['raw_p50_ms']:.2f} ms (p99 {row['raw_p99_ms']:.2f}), "
            f"{row['ratio']:.1f} times"
        )
    for (grants, readers), ratios in sorted(of.items()):
        print(f"{grants:>7} grants, {readers} at once: {median(ratios):.1f} times the raw (goal {GOAL_RATIO} at most)")
    for readers, ratio in growth.items():
        print(f"large/small, {readers} at once: {ratio:.2f} (goal {GOAL_GROWTH} at most)")


if __name__ == "__main__":
    main()
