"""What working out P12, P03, P06 and P13 anew costs, at 100,000 reads by people.

    python bench/reads.py [--reads 100000] [--rounds 3] [--json]

Four reads a grant; one in a thousand lies after its grant's end and must be found. Each measurement runs as
`manage.py promises` runs it. A database of its own is made in `var/bench` and dropped afterwards.
"""

import argparse
import json
import sys
import time
import uuid
from pathlib import Path
from statistics import median

from databases import scratch_office

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

GOAL_SECONDS = 5
READS_OF_A_GRANT = 4
STAMP = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
ROWS = """
CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS ask, gen_random_uuid() AS id_of_grant, md5(n::text) AS subject,
       'HA-2026-' || lpad(n::text, 7, '0') AS ref, repeat('b', 32) AS reader, now() - n * interval '1 second' AS at
FROM generate_series(1, %(grants)s) n;
CREATE TEMP TABLE items AS SELECT m.*, n, gen_random_uuid() AS item FROM made m, generate_series(1, 4) n;
CREATE TEMP TABLE lists AS SELECT ref, jsonb_agg(item ORDER BY n) AS list FROM items GROUP BY ref;
INSERT INTO humanaccess_ask (id, reference, ground, asker, subject, sealed, abuse_reference, "window", state,
                             asked_at, expires_at, closed_at)
SELECT ask, ref, 'agreement', reader, subject, 'x', '', interval '1 day', 'agreed', at, at + interval '7 days', at
FROM made;
INSERT INTO humanaccess_ask_item (id, ask_id, subject, position, kind, item, label, answer)
SELECT gen_random_uuid(), ask, subject, n, 'workloads.logline', item, 'Log line', 'agreed' FROM items;
INSERT INTO humanaccess_decision (id, ask_id, subject, decided_by, verdict, items, text_version, language, shown_at,
                                  sealed, saw_refusal, decided_at)
SELECT gen_random_uuid(), ask, subject, subject, 'agreed', list, '4', 'en', at, 'x', false, at
FROM made JOIN lists USING (ref);
INSERT INTO humanaccess_grant (id, ask_id, subject, reader, starts_at, ends_at, ended_reason)
SELECT id_of_grant, ask, subject, reader, at, at + interval '1 day', '' FROM made;
"""
#: event, payload, actor and rows of the entries: as `append` writes them
ENTRIES = [
    (
        "humanaccess.ask.agreed",
        "'agreed', list, 'refused', '[]'::jsonb, 'text_version', '4', 'language', 'en'",
        "'user:' || subject",
        "made JOIN lists USING (ref)",
    ),
    (
        "humanaccess.grant.started",
        "'grant', id_of_grant, 'reader', reader, 'items', list, 'ends_at', " + STAMP.format("(at + interval '1 day')"),
        "'user:' || subject",
        "made JOIN lists USING (ref)",
    ),
    (
        "humanaccess.item.read",
        "'grant', id_of_grant, 'kind', 'workloads.logline', 'item', item",
        "'staff:' || reader",
        """(SELECT ref, id_of_grant, subject, reader, item, at + CASE row_number() OVER (ORDER BY at, n) %% 1000
            WHEN 0 THEN interval '1 day' ELSE interval '1 second' END AS at FROM items) reads""",
    ),
]
APPEND = """
INSERT INTO audit_entry (id, leaf, time, actor, event, outcome, subject, case_ref)
SELECT id, convert_to(jsonb_build_object('version', 1, 'id', id, 'time', {time}, 'actor', {actor}, 'event', '{event}',
       'event_version', 1, 'outcome', 'ok', 'subject', subject, 'request', '', 'sd', '["digest"]'::jsonb,
       'payload', jsonb_build_object('case', ref, {payload}))::text, 'UTF8'), at, {actor}, '{event}', 'ok', subject, ref
FROM (SELECT *, overlay(gen_random_uuid()::text PLACING regexp_replace(lpad(to_hex(
      (extract(epoch FROM at) * 1000)::bigint), 12, '0'), '^(.{{8}})', '\\1-') || '-7' FROM 1)::uuid AS id
      FROM {rows}) given;
"""


def fill(reads):
    """Write the grants, decisions and entries of so many reads."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(ROWS, {"grants": reads // READS_OF_A_GRANT})
        for event, payload, actor, rows in ENTRIES:
            time_of = STAMP.format("at")
            cursor.execute(APPEND.format(event=event, payload=payload, actor=actor, rows=rows, time=time_of), {})
        cursor.execute("ANALYZE")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    with scratch_office(f"office_bench_{uuid.uuid4().hex[:8]}", keep=False):
        from django.utils import timezone

        from core.promises import measure, promises

        fill(asked.reads)
        found = {}
        for each in (each for each in promises() if each.id in {"P03", "P06", "P12", "P13"}):
            seconds = []
            for _ in range(asked.rounds):
                start = time.perf_counter()
                result = measure(each, timezone.now())
                seconds.append(time.perf_counter() - start)
            assert result.figures["exceptions"] == (0 if each.id == "P13" else asked.reads // 1000), result
            found[each.id] = {"seconds": round(median(seconds), 2), **result.figures}
    if asked.json:
        print(json.dumps({"reads": asked.reads, "goal_seconds": GOAL_SECONDS, **found}, indent=2))
        return
    print(f"{asked.reads} reads, goal of P12: {GOAL_SECONDS} s")
    for name, row in found.items():
        print(f"  {name}  {row.pop('seconds'):6.2f} s  {row}")


if __name__ == "__main__":
    main()
