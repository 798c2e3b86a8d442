"""Who read what by what right, worked out anew from the log and the grants under the auditor's role. No Django.

Each statement counts what it looks at since `since`, and names whatever breaks the rule: `<id>: <what is wrong>`.
Entries count by the time that the database gave them: who forges one chooses its id and its own time.
"""

from collections.abc import Iterable

from audit.log.purposes import MACHINE_READS, ReadPurpose

from .access_gate_sql import LISTING_SECONDS
from .grounds import GLASS_WINDOW, REVIEW_WITHIN

#: entries by which a person's own pages open that person's restricted data
_OWN_PAGES = (
    "connections.automations.shown",
    "inbox.letter.opened",
    "rights.package.downloaded",
    "rights.values.shown",
)
#: clocks differ, and a read that has begun may be logged a moment after its grant was ended
_SLACK = f"interval '{LISTING_SECONDS} seconds'"
_GLASS = f"interval '{GLASS_WINDOW.total_seconds()} seconds'"
#: when a grant that was opened without a decision must be reviewed, after its end: an hour late counts as in time
_REVIEWED = f"interval '{REVIEW_WITHIN.total_seconds() + 3600} seconds'"
_FOUND = "count(*), coalesce(array_agg(concat(id, ': ', wrong) ORDER BY id) FILTER (WHERE wrong IS NOT NULL), '{}')"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _entries(events: str, *fields: str, more: str = "", first_of: str = "") -> str:
    """Return a query of entries with fields of their payload; with `first_of`, the first one for each of its values.

    `more` are further columns: `said`, the whole leaf, and `payload`.
    """
    named = "".join(f""", payload ->> '{field}' AS "{field}\"""" for field in fields) + more
    return f"""
    SELECT {f"DISTINCT ON ({first_of})" if first_of else ""} e.id, e.event, e.actor, e.subject, e.case_ref, e.time,
           coalesce(e.written_at, e.time) AS written_at{named}
    FROM audit_entry e
    CROSS JOIN LATERAL (
        SELECT replace(convert_from(e.leaf, 'UTF8'), '\\u0000', '\\ufffd')::jsonb AS said OFFSET 0) l -- parsed once
    CROSS JOIN LATERAL (SELECT said -> 'payload' AS payload) p
    WHERE e.event IN ({events}) AND e.outcome = 'ok'
      AND coalesce(e.written_at, e.time) >= {"'-infinity'" if first_of else "%(since)s"}
    {f"ORDER BY {first_of}, e.written_at, e.id" if first_of else ""}"""


_GRANT = "payload ->> 'grant'"
#: every read of an item of `kinds` (NULL for all): inside a grant that was valid then, that is as the log tells, and
#: that the user, or a second person, had decided; on the ground of law for a process of that person whose scope the log
#: says was agreed before, and which it does not say was closed before
READS = f"""
WITH reads AS MATERIALIZED ({_entries("'humanaccess.item.read'", "grant", "kind", "item")}
      AND (%(kinds)s::text[] IS NULL OR payload ->> 'kind' = ANY(%(kinds)s))
), started AS ({_entries("'humanaccess.grant.started'", "grant", "reader", "ends_at", first_of=_GRANT)}
), ended AS ({_entries("'humanaccess.grant.ended'", "grant", first_of=_GRANT)}
), approved AS (
    SELECT d.ask_id FROM humanaccess_decision d JOIN humanaccess_ask a ON a.id = d.ask_id
    JOIN ({_entries("'humanaccess.ask.approved'", more=", payload", first_of="e.case_ref, e.actor")}
    ) e ON e.case_ref = a.reference AND e.actor = 'staff:' || d.decided_by
    WHERE d.verdict = 'approved' AND d.decided_by NOT IN (a.asker, a.subject)
    GROUP BY d.ask_id HAVING count(DISTINCT d.decided_by) >=
        max(CASE jsonb_typeof(payload -> 'needed') WHEN 'number' THEN (payload ->> 'needed')::numeric ELSE 1 END)
), scoped AS ({_entries("'humanaccess.process.scoped'", first_of="e.case_ref")}
), settled AS ({_entries("'humanaccess.process.closed', 'humanaccess.process.rejected'", first_of="e.case_ref")}
), broken AS ({_entries("'humanaccess.glass.broken'", first_of="e.case_ref")}
), checked AS (
    SELECT r.id, CASE
        WHEN g.id IS NULL THEN 'no_grant'
        WHEN r.case_ref IS DISTINCT FROM a.reference THEN 'other_case'
        WHEN r.actor <> 'staff:' || g.reader THEN 'other_reader'
        WHEN r.subject IS DISTINCT FROM g.subject THEN 'other_subject'
        WHEN i.id IS NULL THEN 'other_item'
        WHEN (s.subject, s.reader, s.time, s.ends_at) IS DISTINCT FROM (g.subject::text, g.reader::text, g.starts_at,
            to_char(g.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) THEN 'grant_not_as_logged'
        WHEN (a.break_glass OR a.state = 'opened' OR b.id IS NOT NULL) AND (
            a.ground = 'security' AND a.break_glass AND a.state = 'opened' AND b.subject = g.subject
            AND b.written_at <= r.written_at
            AND b.actor = 'staff:' || g.reader AND g.ends_at <= g.starts_at + {_GLASS}) IS NOT TRUE
            THEN 'not_break_glass'
        WHEN CASE a.ground WHEN 'agreement' THEN (d.items ? r.item) IS NOT TRUE
             ELSE y.ask_id IS NULL AND NOT a.break_glass END THEN 'no_decision'
        WHEN a.ground = 'legal' AND ((p.subject, l.subject) IS DISTINCT FROM (g.subject, g.subject::text)
             OR l.time > g.starts_at OR r.time >= c.time + {_SLACK}) THEN 'no_process'
        WHEN r.time < g.starts_at OR r.written_at < g.starts_at - {_SLACK} THEN 'before_start'
        WHEN r.time >= g.ends_at
             OR greatest(r.time, r.written_at) >= least(g.ends_at, g.ended_at, e.time) + {_SLACK} THEN 'after_end'
    END AS wrong
    FROM reads r
    LEFT JOIN humanaccess_grant g ON g.id::text = r.grant
    LEFT JOIN humanaccess_ask a ON a.id = g.ask_id
    LEFT JOIN humanaccess_ask_item i ON i.ask_id = g.ask_id AND i.kind = r.kind AND i.item::text = r.item
     AND (a.ground <> 'agreement' OR i.answer = 'agreed')
    LEFT JOIN humanaccess_decision d ON d.ask_id = g.ask_id AND d.verdict = 'agreed' AND d.decided_by = g.subject
    LEFT JOIN approved y ON y.ask_id = g.ask_id
    LEFT JOIN humanaccess_legalprocess p ON p.id = a.process_id
    LEFT JOIN scoped l ON l.case_ref = p.reference
    LEFT JOIN settled c ON c.case_ref = p.reference
    LEFT JOIN broken b ON b.case_ref = a.reference
    LEFT JOIN started s ON s.grant = r.grant
    LEFT JOIN ended e ON e.grant = r.grant
) SELECT {_FOUND} FROM checked
"""

#: every other entry under which restricted data is decrypted: by machines, and by the pages of the person it is about
OTHER_OPENINGS = f"""
SELECT {_FOUND} FROM (
    SELECT id, CASE
        WHEN event IN ({_listed(MACHINE_READS)}) AND NOT starts_with(actor, 'machine:') THEN 'not_a_machine'
        WHEN event IN ({_listed(_OWN_PAGES)}) AND split_part(actor, ':', 2) IS DISTINCT FROM subject THEN 'not_own_page'
    END AS wrong
    FROM audit_entry WHERE event IN ({_listed((*MACHINE_READS, *_OWN_PAGES))}) AND outcome = 'ok'
     AND coalesce(written_at, time) >= %(since)s) checked
"""

#: machines' reads, a row for each purpose of the list and one for `none`. Version 1 named none, and counts as what it
#: was for until the first entry of the next version
MACHINES = f"""
WITH found AS ({_entries(_listed(MACHINE_READS), "purpose", more=", said")}
), dated AS (
    SELECT *, min(written_at) FILTER (WHERE said ->> 'event_version' <> '1') OVER (PARTITION BY event) AS named_since
    FROM found
), counted AS (
    SELECT id, CASE WHEN said ->> 'event_version' = '1' AND written_at < coalesce(named_since, 'infinity')
        THEN CASE event {" ".join(f"WHEN '{event}' THEN '{purpose}'" for event, purpose in MACHINE_READS.items())} END
        ELSE purpose END AS purpose
    FROM dated
) SELECT CASE WHEN wrong IS NULL THEN purpose ELSE 'none' END, {_FOUND} FROM (
    SELECT *, CASE WHEN purpose IN ({_listed(ReadPurpose)}) THEN NULL ELSE 'no_purpose' END AS wrong FROM counted
) checked GROUP BY 1 ORDER BY 1
"""

#: every grant on a user's agreement: the text that they were shown, the items, and the entry of their act. The text of
#: somebody who was erased is gone, and its digest stands in the entry
AGREEMENTS = f"""
WITH acts AS ({_entries("'humanaccess.ask.agreed'", "text_version", more=", said, payload", first_of="e.case_ref")}
), granted AS (
    SELECT ask_id, jsonb_agg(item) AS items FROM humanaccess_ask_item WHERE answer = 'agreed' GROUP BY ask_id
), checked AS (
    SELECT g.id, CASE
        WHEN d.id IS NULL THEN 'no_decision'
        WHEN d.text_version = '' OR d.shown_at IS NULL OR octet_length(d.sealed) = 0 AND NOT EXISTS (
            SELECT FROM audit_entry e WHERE e.event = 'audit.subject.shredded' AND e.subject = g.subject)
            THEN 'no_text'
        WHEN (d.items @> i.items AND i.items @> d.items) IS NOT TRUE THEN 'other_items'
        WHEN d.decided_at > g.starts_at THEN 'decided_later'
        WHEN l.id IS NULL THEN 'no_entry'
        WHEN (l.subject, split_part(l.actor, ':', 2), l.time, l.text_version, l.payload -> 'agreed')
             IS DISTINCT FROM (g.subject::text, g.subject::text, d.decided_at, d.text_version::text, d.items)
             OR jsonb_array_length(l.said -> 'sd') = 0 THEN 'other_entry'
    END AS wrong
    FROM humanaccess_grant g JOIN humanaccess_ask a ON a.id = g.ask_id AND a.ground = 'agreement'
    LEFT JOIN humanaccess_decision d ON d.ask_id = a.id AND d.verdict = 'agreed' AND d.decided_by = g.subject
    LEFT JOIN granted i ON i.ask_id = a.id
    LEFT JOIN acts l ON l.case_ref = a.reference
    WHERE g.starts_at >= %(since)s
) SELECT {_FOUND} FROM checked
"""

#: everything handed over by law: under a process that is there, about its person, as the process has it, and after its
#: scope was agreed. A process that says so without an entry is named as well
PRODUCTIONS = f"""
WITH produced AS ({_entries("'humanaccess.process.produced'", "sha256")}
), scoped AS ({_entries("'humanaccess.process.scoped'", first_of="e.case_ref")}
) SELECT {_FOUND} FROM (
    SELECT coalesce(p.id, l.id) AS id, CASE
        WHEN l.id IS NULL THEN 'no_process'
        WHEN p.id IS NULL THEN 'no_entry'
        WHEN p.subject IS DISTINCT FROM l.subject THEN 'other_subject'
        WHEN p.sha256 IS DISTINCT FROM l.production_sha256 THEN 'other_digest'
        WHEN s.id IS NULL OR s.written_at > p.written_at THEN 'no_scope'
    END AS wrong
    FROM produced p FULL JOIN (
        SELECT * FROM humanaccess_legalprocess WHERE produced_at >= %(since)s) l ON l.reference = p.case_ref
    LEFT JOIN scoped s ON s.case_ref = p.case_ref
) checked
"""

#: every grant that was opened without a decision: reviewed by somebody else, by row and entry, within a day of its end
BREAK_GLASS = f"""
WITH reviewed AS ({_entries("'humanaccess.grant.reviewed'", "grant", first_of=f"{_GRANT}, e.actor")}
) SELECT {_FOUND} FROM (
    SELECT g.id, CASE WHEN least(g.ended_at, g.ends_at) + {_REVIEWED} < %(now)s AND NOT EXISTS (
        SELECT FROM humanaccess_review r JOIN reviewed v ON v.grant = g.id::text AND v.actor = 'staff:' || r.reviewed_by
        WHERE r.grant_id = g.id AND r.reviewed_by NOT IN (g.reader, g.subject)) THEN 'not_reviewed' END AS wrong
    FROM humanaccess_grant g JOIN humanaccess_ask a ON a.id = g.ask_id
    WHERE g.starts_at >= %(since)s AND (a.break_glass OR a.state = 'opened' OR a.reference IN (
        SELECT b.case_ref FROM audit_entry b WHERE b.event = 'humanaccess.glass.broken'))) checked
"""
