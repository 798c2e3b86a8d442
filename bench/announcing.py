"""A new version of the policy is written to everybody: bench/announcing.py [--people N] [--json].

Letters a second and statements for each letter of the worker's own service, in one process, with the vault, the log and
the broker; without mailing, which other tasks do. Beside it the limit: the same letters' rows inserted again into a
table of the same columns and indexes (1.00), one statement each, fifty a transaction, as the service commits; that
encrypts nothing and writes no log. The database is made in `var/bench` and dropped afterwards.
"""

import argparse
import json
import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

from databases import scratch_office

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
NAME = "office_bench_announcing"
TEXT = "# Privacy\n\nLittle is kept."


def fill(people):
    """Make the people, and publish a version as two members of staff."""
    from django.utils import timezone

    from accounts.identity.models import User
    from accounts.terms import services
    from core import db

    now = timezone.now()
    with db.use_role("owner"):
        for start in range(0, people, 5000):
            numbers = range(start, min(start + 5000, people))
            User.objects.bulk_create(User(email=f"p{n}@example.org", username=f"person{n}") for n in numbers)
    with db.use_role("default"):
        writer, publisher = User.objects.order_by("pk")[:2]
    texts = {"text_en": TEXT, "text_ar": TEXT, "summary_en": "Less.", "summary_ar": "Less."}
    with db.use_role("staff"):
        day = now.date() + timedelta(days=30)
        version = services.write_version(actor=writer, now=now, effective_on=day, must_accept=False, **texts)
        services.publish_version(version.pk, actor=publisher, now=now, read=version.state)


def send():
    """Have everybody written to; return letters, seconds and statements."""
    from django.db import connections
    from django.utils import timezone

    from accounts.inbox.models import Letter
    from accounts.terms.models import Announcement
    from accounts.terms.services import send_announcement
    from core import db

    count = 0

    def counted(execute, *arguments):
        nonlocal count
        count += 1
        return execute(*arguments)

    with db.use_role("worker"):
        announcement = Announcement.objects.get()
        began = time.perf_counter()
        with connections["worker"].execute_wrapper(counted), connections["vault"].execute_wrapper(counted):
            send_announcement(announcement.pk, timezone.now())
        seconds = time.perf_counter() - began
        return Letter.objects.filter(case_ref=announcement.case).count(), seconds, count


def insert_again(batch=50):
    """Return the seconds in which the letters' rows are inserted into a table like theirs."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], dbname=NAME) as connection:
        connection.execute("CREATE TABLE bench_letter (LIKE inbox_letter INCLUDING ALL)")
        rows = connection.execute("SELECT * FROM inbox_letter").fetchall()
        connection.commit()
        places = ", ".join(["%s"] * len(rows[0]))
        began = time.perf_counter()
        for number, row in enumerate(rows, 1):
            connection.execute(f"INSERT INTO bench_letter VALUES ({places})", row)
            if number % batch == 0:
                connection.commit()
        connection.commit()
        return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with scratch_office(NAME, keep=False):
        fill(options.people)
        letters, seconds, statements = send()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        limit = insert_again()
    report = {
        "letters": letters,
        "seconds": round(seconds, 1),
        "letters_per_second": round(letters / seconds),
        "statements_per_letter": round(statements / letters, 2),
        "peak_mb": peak,
        "insert_per_second": round(letters / limit),
        "of_insert": round(limit / seconds, 3),
    }
    if options.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name.replace('_', ' '):<24}{value}")


if __name__ == "__main__":
    main()
