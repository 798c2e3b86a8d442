"""What the staff's first page, a queue and a case's page cost at a thousand and at a million cases, beside a bare page.

    python bench/queues.py [--cases 1000000] [--rounds 30] [--keep] [--json]

Every page is asked for through the whole stack by a signed-in privacy officer, in turns. A hundred cases of a thousand
are open, and a thousand of a million. The bare page is a Django view behind the same middleware and sign-in: five
queries, fifty rows, one template. The databases are made in `var/bench` and dropped afterwards, unless --keep.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SMALL = 1_000
FILL_REQUESTS = """
INSERT INTO rights_rightsrequest (id, reference, subject, kind, state, way_in, regime, country, received_at,
    identified_at, due_on, due_at, derivation, closed_at, refusal_ground, assignee_id)
SELECT gen_random_uuid(), 'RR-2026-' || lpad(n::text, 7, '0'), md5('subject' || n), 'access',
       CASE WHEN NOT is_open THEN 'fulfilled' ELSE (ARRAY['received', 'verifying', 'review'])[n %% 3 + 1] END,
       'settings', 'eu', '', at, at, (at + interval '30 days')::date, at + interval '30 days',
       '{"zone": "Europe/Brussels", "received_on": "2026-01-01", "sentences": []}',
       CASE WHEN NOT is_open THEN at + interval '9 days' END, '',
       CASE WHEN n %% 3 > 0 THEN %(officer)s END
FROM (SELECT n, now() - (%(cases)s - n) * (interval '60 days' / %(cases)s) AS at,
             n %% greatest(10, %(cases)s / 1000) = 0 AS is_open
      FROM generate_series(1, %(cases)s) n) numbered
"""
FILL_APPROVALS = """
INSERT INTO humanaccess_ask (id, reference, ground, asker, subject, sealed, abuse_reference, "window", state, asked_at,
    expires_at, closed_at)
SELECT gen_random_uuid(), 'HA-2026-' || lpad(n::text, 7, '0'), 'agreement', repeat('b', 32), md5('subject' || n), '',
       '', interval '1 day', CASE WHEN is_open THEN 'asked' ELSE 'refused' END, at, at + interval '70 days',
       CASE WHEN NOT is_open THEN at END
FROM (SELECT n, now() - (%(cases)s - n) * (interval '60 days' / %(cases)s) AS at,
             n %% greatest(10, %(cases)s / 1000) = 0 AS is_open
      FROM generate_series(1, %(cases)s) n) numbered
"""
BARE = """<!DOCTYPE html><title>Requests</title><table>{% for row in rows %}<tr><td>{{ row.reference }}</td>
<td>{{ row.state }}</td><td>{{ row.received_at }}</td><td>{{ row.due_at }}</td></tr>{% endfor %}</table>{{ counts }}"""
#: of one person whose items an officer lists
FILL_ITEMS = """
INSERT INTO workloads_metric (id, subject, occurred_at, app, name, value, unit)
SELECT gen_random_uuid(), %(subject)s, now() - n * interval '1 minute', NULL, 'latency', n, 'ms'
FROM generate_series(1, 1000) n
"""
SUBJECT = "subject@example.org"
QUEUE, APPROVALS = "/staff/rights/rightsrequest/", "/staff/humanaccess/ask/"


def fill(cases):
    """Fill the current database with so many rights requests and approval requests; return the officer."""
    from django.db import connections
    from django.utils import timezone

    from accounts.identity.models import RoleAssignment, User
    from accounts.identity.roles import Role
    from core import db

    now = timezone.now()
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        officer = User.objects.create(username="officer", email="officer@example.org", is_staff=True)
        RoleAssignment.objects.create(
            user=officer,
            role=Role.PRIVACY_OFFICER,
            given_by="0" * 32,
            given_at=now,
            confirmed_by="0" * 32,
            confirmed_at=now,
            effective_at=now,
        )
        cursor.execute(FILL_REQUESTS, {"cases": cases, "officer": officer.pk})
        cursor.execute(FILL_APPROVALS, {"cases": cases})
        subject = User.objects.create(username="subject", email=SUBJECT)
        cursor.execute(FILL_ITEMS, {"subject": subject.reference})
        cursor.execute("VACUUM ANALYZE")
    return officer


def bare(request):
    """Answer with fifty rows and four counts: what a plain Django page of the same size does."""
    from django.http import HttpResponse, HttpResponseForbidden
    from django.template import Context, Template

    from accounts.identity.models import RoleAssignment
    from rights.models import RightsRequest

    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    rows = list(RightsRequest.objects.filter(state__in=["received", "verifying", "review"]).order_by("due_at")[:50])
    roles = list(RoleAssignment.objects.filter(user=request.user.pk))
    counts = [len(roles), *(RightsRequest.objects.filter(assignee=pk).exists() for pk in (None, request.user.pk))]
    counts.append(RightsRequest.objects.filter(reference="RR-2026-0000001").exists())
    return HttpResponse(Template(BARE).render(Context({"rows": rows, "counts": counts})))


def pages(reference):
    """Return name → address."""
    return {
        "bare": "/staff/bare/",
        "first page": "/staff/",
        "queue, open": QUEUE,
        "queue, mine": f"{QUEUE}?tab=mine",
        "queue, unassigned": f"{QUEUE}?tab=unassigned",
        "queue, all, newest first": f"{QUEUE}?tab=all",
        "approval requests, all": APPROVALS,
        "approval requests, waiting": f"{APPROVALS}?tab=waiting",
        "one case": f"{QUEUE}{reference}/",
    }


def listings(officer, client):
    """Return name → what lists items of a person who has a thousand, on the form and by the service."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.identity.models import User
    from core import db
    from humanaccess import services

    now = timezone.now()
    start, end = now - timedelta(days=2), now + timedelta(days=1)
    form = {"step": "find", "person": SUBJECT, "kind": "workloads.metric"}
    form |= {name: at.strftime("%Y-%m-%dT%H:%M") for name, at in (("start", start), ("end", end))}

    def page():
        return client.post(f"{APPROVALS}new/", form).content.count(b'name="items"')

    def service():
        with db.use_role("staff"):
            who = {"asker": officer, "subject": User.objects.get(email=SUBJECT), "now": timezone.now()}
            where = {"start": start, "end": end}
            return len(services.search_items(kinds=["workloads.metric"], where=where, **who).items)

    return {"listing, a hundred of a thousand items": (page, 100), "a thousand items, listed": (service, 1000)}


def measure(offices, rounds):
    """Ask every page of every office once a round; return (size, page) → milliseconds."""
    from databases import use
    from django.test import Client

    from core import db
    from tests.signin import sign_in

    visitors, taken = {}, {}
    for name, (size, officer) in offices.items():
        use(name)
        with db.use_role("staff"):
            visitors[name] = size, sign_in(Client(SERVER_NAME="localhost"), officer, mfa=True, fresh=True)
    for n in range(-2, rounds):
        for name, (size, client) in visitors.items():
            use(name)
            client.get("/staff/bare/")  # opens the connections that the switch closed
            for page, address in pages("RR-2026-" + str(size // 2).zfill(7)).items():
                start = time.perf_counter()
                answer = client.get(address)
                spent = (time.perf_counter() - start) * 1000
                assert answer.status_code == 200, (address, answer.status_code)
                if n >= 0:
                    taken.setdefault((size, page), []).append(spent)
            for listing, (act, count) in listings(offices[name][1], client).items():
                start = time.perf_counter()
                assert act() == count, listing
                if n >= 0:
                    taken.setdefault((size, listing), []).append((time.perf_counter() - start) * 1000)
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    os.environ.update(OFFICE_ENV="test", OFFICE_VAR=str(ROOT / "var" / "bench"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
    from omegaoffice.dev.local_servers import local_servers

    with local_servers():
        import django
        import psycopg
        from databases import admin_url, drop, use
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections
        from django.urls import path

        django.setup()
        from omegaoffice import urls

        urls.urlpatterns.insert(0, path("staff/bare/", bare))
        settings.DEBUG = False
        offices = {}
        for size in (SMALL, asked.cases):
            name = f"office_cases_{size}"
            drop([name])
            with psycopg.connect(admin_url(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            use(name)
            call_command("migrate", verbosity=0)
            print(f"filling {name}", file=sys.stderr, flush=True)
            offices[name] = size, fill(size)
        try:
            found = report(measure(offices, asked.rounds), asked.cases)
        finally:
            connections.close_all()
            if not asked.keep:
                drop(list(offices))
    if asked.json:
        print(json.dumps({"cases": asked.cases, "rounds": asked.rounds, "pages": found}, indent=2))
        return
    print(f"small: {SMALL:,} cases · large: {asked.cases:,} · medians in ms")
    print(f"{'':30} {'small':>8} {'large':>8} {'large/small':>12} {'bare/page':>10}")
    for page, row in found.items():
        ratios = f"{row['large_to_small']:12.2f} {row['bare_to_page']:10.2f}"
        print(f"{page:30} {row['small']:8.1f} {row['large']:8.1f} {ratios}")
    print("goals: large/small at most 1.2, bare/page at least 0.5")


def report(taken, large):
    """Return page → medians in milliseconds and the ratios that the goals are about."""
    found = {}
    for _size, page in taken:
        small, big = median(taken[SMALL, page]), median(taken[large, page])
        found[page] = {
            "small": round(small, 2),
            "large": round(big, 2),
            "large_to_small": round(big / small, 2),
            "bare_to_page": round(median(taken[large, "bare"]) / big, 2),
        }
    return found


if __name__ == "__main__":
    main()
