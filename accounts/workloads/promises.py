"""The promise about analytics (P04): what leaves carries a pseudonym, erasure reaches it, and no visit is among it."""

from datetime import datetime, timedelta

from accounts.personaldata.disclosures import disclosures
from audit.log.purposes import MACHINE_READS, ReadPurpose
from core import db
from core.promises import CheckResult, declare_promise, kept_if

from .events import PSEUDONYM_MADE
from .models import AnalyticsProvider
from .streams import WEBLOG

#: pseudonyms that are compared, the newest; visits of the web log that are looked at
SAMPLE = 1000
#: how far back the log is looked at
PERIOD = timedelta(days=90)
#: what machines may read the web log for: analytics is none of the closed list, billing and support need no visits
WEBLOG_PURPOSES = (ReadPurpose.OPERATING, ReadPurpose.MONITORING, ReadPurpose.RIGHT, ReadPurpose.LAW)

#: columns that the web log's table should not have
_COLUMNS = """
SELECT count(*) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)"""
_ENTRIES = """audit_entry e CROSS JOIN LATERAL (
    SELECT replace(convert_from(e.leaf, 'UTF8'), '\\u0000', '\\ufffd')::jsonb AS leaf) l
WHERE e.outcome = 'ok' AND coalesce(e.written_at, e.time) >= %s"""
#: entries by which a machine read a data category, and those of them for another purpose than these, or for none
_READS = f"""
SELECT count(*), count(*) FILTER (WHERE (l.leaf #>> '{{payload,purpose}}' = ANY (%s)) IS NOT TRUE)
FROM {_ENTRIES} AND e.event = ANY (%s) AND l.leaf #>> '{{payload,holding}}' = %s"""
#: entries of one event by which something left for one of these providers, and those that say more than for which
_DISCLOSED = f"""
SELECT count(*), count(*) FILTER (
    WHERE l.leaf -> 'payload' <> jsonb_build_object('provider', l.leaf #>> '{{payload,provider}}')
       OR coalesce(l.leaf -> 'sd', '[]') <> '[]')
FROM {_ENTRIES} AND e.event = %s AND coalesce(nullif(%s, ''), l.leaf #>> ARRAY['payload', %s]) = ANY (%s)"""


def _pseudonyms_are_random_and_go(_now: datetime) -> CheckResult:
    """Count pseudonyms of erased people, and those that something known of the person gives away; none is read here."""
    with db.use_role("auditor"):
        [(seen, outlived, derived)] = db.select_rows(
            "SELECT seen, outlived, derived FROM workloads_pseudonym_faults(%s)", [SAMPLE]
        )
    figures = {"pseudonyms": seen, "compared": min(seen, SAMPLE), "of_erased": outlived, "derived": derived}
    return kept_if(not outlived + derived, figures, "Pseudonyms outlived their person, or can be worked out.")


def _web_log_stays_here(now: datetime) -> CheckResult:
    """Count what of the web log lies in clear, what machines read of it, and what left for providers of analytics."""
    known = ["id", "subject", "occurred_at", "sealed", *WEBLOG.columns]
    with db.use_role("auditor"):
        [(visits, unencrypted)] = db.select_rows(
            "SELECT seen, unsealed FROM audit_count_unsealed(%s, 'sealed', %s)", [WEBLOG.table, SAMPLE]
        )
        columns = db.select_value(_COLUMNS, [f"public.{WEBLOG.table}", known])
        [(reads, misread)] = db.select_rows(_READS, [[*WEBLOG_PURPOSES], now - PERIOD, [*MACHINE_READS], WEBLOG.name])
        disclosed = named = 0
        for kind in disclosures():
            to = [kind.event, kind.to, kind.to_field, AnalyticsProvider.values]
            [(sent, wrong)] = db.select_rows(_DISCLOSED, [now - PERIOD, *to])
            disclosed += sent
            named += wrong if kind.event == PSEUDONYM_MADE.name else sent
    faults = {
        "unencrypted": unencrypted,
        "columns_in_clear": columns,
        "misread": misread,
        "more_than_pseudonyms": named,
    }
    figures = {"visits": visits, "reads": reads, "disclosed": disclosed, **faults}
    wrong_ones = ", ".join(name for name, count in faults.items() if count)
    return kept_if(
        not wrong_ones, figures, f"The web log lies open, or analytics got more than pseudonyms: {wrong_ones}."
    )


declare_promise(
    "P04", "What leaves for analytics carries a pseudonym, and erasure reaches it", _pseudonyms_are_random_and_go
)
declare_promise("P04", "The web log is encrypted, and neither read nor sent for analytics", _web_log_stays_here)
