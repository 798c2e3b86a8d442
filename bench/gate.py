"""What the gate costs: one read through row-level security, beside the same row without it, at 100,000 grants.

    python bench/gate.py [--grants 100000] [--reads 1000]

Prints milliseconds a read (median, 95th percentile) as text, or as JSON with --json. A database of its own is made
in `var/bench` and dropped afterwards.
"""

import argparse
import json
import os
import statistics
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from databases import admin_url, drop

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FILL = """
CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS ask, gen_random_uuid() AS item, md5(n::text) AS subject, n
FROM generate_series(1, %(grants)s) n;
INSERT INTO humanaccess_ask (id, reference, ground, asker, subject, sealed, abuse_reference, "window", state,
                             asked_at, expires_at, closed_at)
SELECT ask, 'B-' || n, 'agreement', 'r' || substr(subject, 2), subject, 'x', '', interval '1 day', 'agreed', now(),
       now() + interval '7 days', now() FROM made;
INSERT INTO humanaccess_ask_item (id, ask_id, subject, position, kind, item, label, answer)
SELECT gen_random_uuid(), ask, subject, 1, 'workloads.logline', item, 'Log line', 'agreed' FROM made;
INSERT INTO humanaccess_grant (id, ask_id, subject, reader, starts_at, ends_at, ended_reason)
SELECT gen_random_uuid(), ask, subject, 'r' || substr(subject, 2), now(), now() + interval '1 day', '' FROM made;
INSERT INTO workloads_logline (id, subject, app, occurred_at, level, sealed)
SELECT item, subject, gen_random_uuid(), now(), 'error', 'x' FROM made;
ANALYZE;
"""


def timed(act, count):
    """Return milliseconds of each of `count` runs."""
    found = []
    for _ in range(count):
        start = time.perf_counter()
        act()
        found.append((time.perf_counter() - start) * 1000)
    return found


def measure(grants, reads):
    """Fill a database and measure; return name → milliseconds of each run."""
    from django.db import connections
    from django.utils import timezone

    from accounts.identity.models import RoleAssignment, User
    from accounts.identity.roles import Role
    from accounts.personaldata.item_providers import NamedItem
    from core import db
    from humanaccess import services
    from humanaccess.grounds import Ground
    from humanaccess.texts import ShownText
    from tests.platform_rows import put_row

    now = timezone.now()
    with db.use_role("staff"):
        reader, officer = (
            User.objects.create(username=name, email=f"{name}@example.org", is_staff=True)
            for name in ("reader", "officer")
        )
        subject = User.objects.create(username="subject", email="subject@example.org")
    given = {"given_by": "0" * 32, "given_at": now, "confirmed_by": "0" * 32, "confirmed_at": now}
    with db.use_role("owner"):  # who may confirm a role without a second administrator
        for person, role in ((reader, Role.SUPPORT), (officer, Role.PRIVACY_OFFICER)):  # one asks, one could review
            RoleAssignment.objects.create(user=person, role=role, effective_at=now, **given)
    with connections["owner"].cursor() as cursor:
        cursor.execute(FILL % {"grants": int(grants)})
    item = put_row("workloads_logline", subject.reference, now - timedelta(hours=1))
    with db.use_role("staff"):
        approval_request = services.request_approval(
            asker=reader,
            subject=subject,
            ground=Ground.AGREEMENT,
            items=[NamedItem("workloads.logline", item, {"app": "00000000", "time": "now", "level": "info"})],
            reason="Measured by the benchmark, with a reason that is long enough.",
            now=now,
        )
    grant = services.agree_to_request(
        approval_request, user=subject, items={item}, shown=ShownText("Text", "1", "en", now), now=now
    )

    sql = "SELECT id, level, sealed FROM workloads_logline WHERE id = %s"
    found = {}
    with connections["owner"].cursor() as cursor:

        def bare():
            cursor.execute(sql, [item])
            assert cursor.fetchone()

        timed(bare, 50)
        found["the row alone, without row-level security"] = timed(bare, reads)
    with db.use_role("staff"):

        def whole():
            services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())

        timed(whole, 20)
        found["read_item: checks, entry, commit, row, decryption"] = timed(whole, min(reads, 300))
        read = services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())
        with db.atomic(), db.connection().cursor() as cursor:
            db.set_local(subject=subject.reference, grant=str(grant.pk), entry=str(read.entry))

            def restricted():
                cursor.execute(sql, [item])
                assert cursor.fetchone()

            timed(restricted, 50)
            found["the row through the gate"] = timed(restricted, reads)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grants", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    os.environ.update(OFFICE_ENV="test", OFFICE_VAR=str(ROOT / "var" / "bench"))
    from omegaoffice.dev.local_servers import local_servers

    with local_servers():
        import psycopg

        parts = urlsplit(os.environ["DATABASE_URL"])
        name = f"office_bench_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(admin_url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
        try:
            os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
            import django
            from django.core.management import call_command
            from django.db import connections

            django.setup()
            call_command("migrate", verbosity=0)
            try:
                found = measure(asked.grants, asked.reads)
            finally:
                connections.close_all()
        finally:
            drop([name, f"{name}_vault"])
    figures = {
        label: {
            "median_ms": round(statistics.median(values), 3),
            "p95_ms": round(statistics.quantiles(values, n=20)[18], 3),
        }
        for label, values in found.items()
    }
    if asked.json:
        print(json.dumps({"grants": asked.grants, **figures}, indent=2))
        return
    print(f"{asked.grants} grants, {asked.reads} reads")
    for label, row in figures.items():
        print(f"  {row['median_ms']:8.3f} ms (95 %: {row['p95_ms']:.3f})  {label}")


if __name__ == "__main__":
    main()
