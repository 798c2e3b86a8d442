"""What the log's pages cost at ten thousand entries and at millions, beside Django's own list at a thousand.

    python bench/pages.py [--entries 1000000] [--rounds 30] [--keep] [--json]

Every page is asked for through the whole stack (middleware, session, roles, template) by a signed-in auditor, in turns:
one round asks each page of each log once, with filters that change from round to round. The databases
`office_pages_<entries>` are made in `var/bench`, filled in SQL, and dropped afterwards; with --keep they stay, and the
next run measures them again without filling. A million entries take half a minute and 1.2 GB, ten million ten times
as much.
"""

import argparse
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from databases import admin_url, drop, use

STOCK, SMALL = 1_000, 10_000
MONTHS = 24
ACTOR = "staff:" + "a" * 32
BATCH = 500_000

#: entries as the office writes them, by number: 70 of 100 by users, 12 by staff, the rest by machines, 1 refused
FILL = """
INSERT INTO audit_entry (id, leaf, time, actor, event, outcome, subject, case_ref)
SELECT id, convert_to(format(
    '{"actor":"%%s","event":"%%s","event_version":1,"id":"%%s","outcome":"%%s","payload":{"case":%%s,"item":"%%s",'
    '"kind":"workloads.logline"},"request":"%%s","sd":["%%s"],"subject":"%%s","time":"%%sZ","version":1}',
    actor, event, id, outcome, coalesce('"' || case_ref || '"', 'null'), id, md5(n::text),
    substr(encode(sha256(n::text::bytea), 'base64'), 1, 43), subject, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US')
), 'UTF8'), at AT TIME ZONE 'UTC', actor, event, outcome, subject, case_ref
FROM (
    SELECT n, at, (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(us * 4096 / 1000), 3, '0') || '8'
                   || substr(md5(n::text), 1, 15))::uuid AS id,
           CASE WHEN n %% 100 < 70 THEN 'user:' || subject
                WHEN n %% 100 < 72 THEN %(actor)s
                WHEN n %% 100 < 82 THEN 'staff:' || md5('staff' || n %% 199)
                ELSE 'machine:' || (ARRAY['sequencer', 'worker', 'ingest'])[n %% 3 + 1] END AS actor,
           CASE WHEN n %% 997 = 0 THEN 'rights.request.received'
                ELSE (ARRAY['identity.session.started', 'inbox.letter.opened', 'humanaccess.item.read',
                            'rights.step.finished', 'audit.heartbeat.written', 'humanaccess.looked.opened',
                            'workloads.batch.ingested'])[n %% 7 + 1] END AS event,
           CASE WHEN n %% 101 = 0 THEN 'refused' WHEN n %% 503 = 0 THEN 'failed' ELSE 'ok' END AS outcome,
           subject, case_ref
    FROM (
        SELECT n, at, (extract(epoch FROM at) * 1000000)::bigint / 1000 AS ms,
               (extract(epoch FROM at) * 1000000)::bigint %% 1000 AS us,
               md5('subject' || (n * 7919) %% %(subjects)s) AS subject,
               CASE WHEN n %% 10 < 3 THEN 'RR-2026-' || lpad(((n * 31) %% %(cases)s)::text, 6, '0') END AS case_ref
        FROM (SELECT n, %(start)s::timestamp + n * %(step)s::interval AS at
              FROM generate_series(%(low)s::bigint, %(high)s::bigint) n) numbered
    ) known
) made
"""
LEAVES = """
INSERT INTO audit_leaf (index, entry, hash)
SELECT row_number() OVER (ORDER BY id) - 1, id, sha256('\\x00'::bytea || leaf) FROM audit_entry
"""
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_entry' AND indexname <> 'audit_entry_pkey'"
)


def fill(entries):
    """Fill the log of the current database with `entries` over two years up to now, its tree and a checkpoint."""
    from dateutil.relativedelta import relativedelta
    from django.db import connections

    from audit.log import uuid7
    from audit.merkle.tree import EMPTY, extend, root
    from audit.tree import checkpoints
    from core import db

    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    start = now - relativedelta(months=MONTHS)
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        for ahead in range(MONTHS + 1):
            month = (start + relativedelta(months=ahead)).date().replace(day=1)
            cursor.execute("SELECT audit_make_partition(%s, %s, %s)", [month, *uuid7.uuid7_bounds(month)])
        # Loading goes past the queue, and indexes are made afterwards: this database is measured, not trusted.
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_to_queue")
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        step = (now - start) / entries
        # As many people and cases as give each the same number of lines in a log of any size.
        kinds = {"actor": ACTOR, "subjects": max(entries // 500, 2), "cases": max(entries // 1000, 2)}
        for low in range(1, entries + 1, BATCH):
            high = min(low + BATCH - 1, entries)
            cursor.execute(FILL, {**kinds, "start": start, "step": step, "low": low, "high": high})
            print(f"  {high:,} entries", file=sys.stderr, flush=True)
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for _, definition in indexes:
            cursor.execute(definition.replace(" ONLY ", " "))
        cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_to_queue")
        cursor.execute(LEAVES)
        edge = EMPTY
        for first in range(0, entries, 256 * 256):
            cursor.execute(
                "SELECT hash FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index",
                [first, first + 256 * 256],
            )
            edge, tiles = extend(edge, [bytes(found) for (found,) in cursor.fetchall()])
            cursor.executemany(
                "INSERT INTO audit_tile (level, number, width, hashes) VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (level, number) DO UPDATE SET width = excluded.width, hashes = excluded.hashes",
                [(tile.level, tile.number, tile.width, tile.hashes) for tile in tiles],
            )
        cursor.execute("UPDATE audit_head SET size = %s", [edge.size])
        head = root(edge)
        note = checkpoints.signed(edge.size, head).decode()
        cursor.execute(
            "INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, now())",
            [edge.size, head, note],
        )
        cursor.execute("VACUUM ANALYZE")


def make(names, sizes):
    """Make the databases that are not there yet, migrated and filled; return the names of the new ones."""
    import psycopg
    from django.core.management import call_command

    made = []
    for name, entries in zip(names, sizes, strict=True):
        with psycopg.connect(admin_url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                continue
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        use(name)
        call_command("migrate", verbosity=0)
        print(f"filling {name}", file=sys.stderr, flush=True)
        fill(entries)
    return made


def stock_site():
    """Return Django's own list over the same table: dates above, filters beside, a search box."""
    from django.contrib import admin
    from django.urls import path

    from audit.log.models import Entry

    class Stock(admin.ModelAdmin):
        list_display = ("time", "event", "outcome", "actor", "subject", "case_ref")
        list_filter = ("event", "outcome")
        search_fields = ("subject", "actor", "case_ref")
        date_hierarchy = "time"

        def has_view_permission(self, *_given):
            return True

        has_module_permission = has_view_permission

        def has_change_permission(self, *_given):
            return False

        has_add_permission = has_delete_permission = has_change_permission

    class StockSite(admin.AdminSite):
        def get_urls(self):
            # Our templates, which this site uses too, name the page of the search.
            return [path("search/", self.index, name="search"), *super().get_urls()]

    site = StockSite(name="stock")
    site.has_permission = lambda request: request.user.is_authenticated
    site.register(Entry, Stock)
    return site


MOMENT = "%Y-%m-%dT%H:%M:%SZ"
LOG, STOCK_LIST = "/staff/audit/entry/", "/staff/stock/audit/entry/"
EVENTS = ("rights.request.received", "humanaccess.item.read", "identity.session.started", "inbox.letter.opened")


def samples(entries, rounds):
    """Return what the filters ask for: a value a round, spread over the whole log, and an entry to page from."""
    from django.db import connections

    from audit.log import uuid7

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT min(time), max(time) FROM audit_entry")
        low, high = cursor.fetchone()
        found = []
        for n in range(rounds):
            at = low + (high - low) * (n + 1) / (rounds + 2)
            cursor.execute(
                "SELECT id, subject, case_ref, time FROM audit_entry WHERE id >= %s AND case_ref IS NOT NULL "
                "ORDER BY id LIMIT 1",
                [uuid7.first_from(at)],
            )
            found.append(cursor.fetchone())
        cursor.execute("SELECT id FROM audit_entry ORDER BY id DESC OFFSET %s LIMIT 1", [min(entries - 200, 100_000)])
        return found, cursor.fetchone()[0], (high - low) * 2000 / entries


def own_pages(found, deep, span):
    """Return name → the address that a round asks for; `span` is the time that 2,000 entries take."""
    return {
        "first page": lambda _n: LOG,
        "page 1000 (or the last but one)": lambda _n: f"{LOG}?older={deep}",
        "oldest page": lambda _n: f"{LOG}?end=oldest",
        "filter: event": lambda n: f"{LOG}?event={EVENTS[n % len(EVENTS)]}",
        "filter: refused": lambda _n: f"{LOG}?outcome=refused",
        "filter: 2,000 entries' time": lambda n: (
            f"{LOG}?after={found[n][3]:{MOMENT}}&before={found[n][3] + span:{MOMENT}}"
        ),
        "filter: actor and event": lambda n: f"{LOG}?actor={ACTOR}&event={EVENTS[n % len(EVENTS)]}",
        "exact search: subject": lambda n: f"{LOG}?subject={found[n][1]}",
        "exact search: case": lambda n: f"{LOG}?case={found[n][2]}",
        "timeline of a case": lambda n: f"/staff/log/cases/{found[n][2]}/",
        "one entry with its proof": lambda n: f"{LOG}{found[n][0]}/",
    }


def stock_pages(found):
    """Return the same of Django's own list, as far as it has them."""
    return {
        "first page": lambda _n: STOCK_LIST,
        "page 1000 (or the last but one)": lambda _n: f"{STOCK_LIST}?p=8",
        "filter: event": lambda n: f"{STOCK_LIST}?event={EVENTS[n % len(EVENTS)]}",
        "exact search: subject": lambda n: f"{STOCK_LIST}?q={found[n][1]}",
    }


def visitor():
    """Return a browser in which an auditor is signed in to the database in use."""
    from django.test import Client
    from django.utils import timezone

    from accounts.identity.models import RoleAssignment, User
    from accounts.identity.roles import Role
    from core import db
    from tests.signin import sign_in

    now = timezone.now()
    with db.use_role("staff"):
        auditor, _ = User.objects.get_or_create(username="auditor", email="auditor@example.org", is_staff=True)
    given = {"given_by": "0" * 32, "given_at": now, "confirmed_by": "0" * 32, "confirmed_at": now}
    with db.use_role("owner"):  # who may confirm a role without a second administrator
        RoleAssignment.objects.get_or_create(
            user=auditor, role=Role.AUDITOR, ended_at=None, defaults={**given, "effective_at": now}
        )
    with db.use_role("staff"):
        return sign_in(Client(SERVER_NAME="localhost"), auditor, mfa=True)


def measure(names, sizes, rounds):
    """Ask every page of every log once a round; return (log, page) → milliseconds."""
    asked = {}
    for name, size in zip(names, sizes, strict=True):
        use(name)
        found, deep, span = samples(size, rounds)
        pages = {"ours": own_pages(found, deep, span)} if size != STOCK else {"stock": stock_pages(found)}
        asked[name] = (visitor(), pages)
    taken = {}
    for n in range(-2, rounds):
        for name, (client, lists) in asked.items():
            use(name)
            client.get("/staff/")  # opens the connections that the switch closed
            for whose, pages in lists.items():
                for page, address in pages.items():
                    start = time.perf_counter()
                    answer = client.get(address(max(n, 0)))
                    spent = (time.perf_counter() - start) * 1000
                    assert answer.status_code == 200, (address(max(n, 0)), answer.status_code)
                    if n >= 0:
                        taken.setdefault((whose, name, page), []).append(spent)
    return taken


def figures(taken, small):
    """Return page → medians and spread in milliseconds, and the ratios that the goals are about."""
    found = {}
    for whose, name, page in taken:
        values = sorted(taken[whose, name, page])
        label = "stock" if whose == "stock" else "small" if name == small else "large"
        found.setdefault(page, {})[label] = {
            "median_ms": round(statistics.median(values), 2),
            "p25_ms": round(values[len(values) // 4], 2),
            "p75_ms": round(values[-len(values) // 4], 2),
        }
    for row in found.values():
        row["large_to_small"] = round(row["large"]["median_ms"] / row["small"]["median_ms"], 2)
        if "stock" in row:
            row["large_to_stock"] = round(row["large"]["median_ms"] / row["stock"]["median_ms"], 2)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.entries <= SMALL or asked.rounds < 4:
        parser.error(f"--entries must be more than {SMALL}, --rounds at least 4")

    os.environ.update(OFFICE_ENV="test", OFFICE_VAR=str(ROOT / "var" / "bench"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
    from omegaoffice.dev.local_servers import local_servers

    sizes = [STOCK, SMALL, asked.entries]
    names = [f"office_pages_{size}" for size in sizes]
    with local_servers():
        import django
        from django.conf import settings
        from django.db import connections
        from django.urls import path

        django.setup()
        made = make(names, sizes)
        from omegaoffice import urls

        urls.urlpatterns.insert(0, path("staff/stock/", stock_site().urls))
        settings.DEBUG = False
        try:
            found = figures(measure(names, sizes, asked.rounds), names[1])
        finally:
            connections.close_all()
            if not asked.keep:
                drop(made)
    if asked.json:
        print(json.dumps({"entries": asked.entries, "rounds": asked.rounds, "pages": found}, indent=2))
        return
    print(f"stock: Django's list at {STOCK:,} entries · small: {SMALL:,} · large: {asked.entries:,} · medians in ms")
    print(f"{'':34} {'stock':>8} {'small':>8} {'large':>8} {'large/small':>12} {'large/stock':>12}")
    for page, row in found.items():
        stock = f"{row['stock']['median_ms']:8.1f}" if "stock" in row else f"{'':8}"
        beside = f"{row['large_to_stock']:12.2f}" if "stock" in row else ""
        print(
            f"{page:34} {stock} {row['small']['median_ms']:8.1f} {row['large']['median_ms']:8.1f}"
            f" {row['large_to_small']:12.2f} {beside}"
        )
    print("goals: large/small at most 1.2, large/stock at most 0.5")


if __name__ == "__main__":
    main()
