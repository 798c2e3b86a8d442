"""The database's own part of the connections: row-level security, counts by day, listings for staff. No Django."""

from accounts.personaldata.restricted_sql import (
    conflicts,
    counted,
    erasing,
    expiring,
    listing,
    newest_wins,
    restricted,
    shown_sums,
    sums,
)
from audit.log.schema_sql import keep_ended
from core.db_objects import ENTRY, OWN_ROWS, SUBJECT, Function, Policy

TOTALS = "connections_dailytotal"
#: table → data category
RESTRICTED = {"connections_automation": "automations", "connections_run": "runs"}
_TRANSFER = "connections_transfer"
_GRANTS = ("connections_googlegrant", "connections_revocation")
ENDED = "connections_endedautomation"
#: the entry by which the platform is given an automation's token
LENT = "connections.token.handed_out"
_GITHUB = "connections_githubgrant"

LISTINGS = [
    listing(
        __file__,
        "connections_outline_automations",
        "of_subject text",
        "id uuid, is_on boolean, scopes text[], as_of timestamptz",
        "connections.automation",
    ),
    listing(
        __file__,
        "connections_name_runs",
        "of_subject text, since timestamptz, until timestamptz, after uuid, at_most integer",
        "id uuid, occurred_at timestamptz, automation uuid, outcome text",
        "connections.run",
    ),
    listing(
        __file__,
        "connections_find_run",
        "of_subject text, of_run uuid",
        "occurred_at timestamptz",
        "connections.run",
    ),
]

STATES = newest_wins(
    "connections_take_automations",
    "connections_automation",
    {
        "id": "uuid",
        "subject": "varchar",
        "occurred_at": "timestamptz",
        "is_on": "boolean",
        "scopes": "varchar[]",
        "destination_digests": "varchar[]",
        "sealed": "bytea",
    },
    gathered=("destination_digests",),
    ended=ENDED,
)

SUMS = [
    *counted("connections_automation", TOTALS, "automations"),
    *counted("connections_run", TOTALS, "runs", kind="outcome"),
]

#: how staff read counts, and how ingest learns whose record it would take over
SHOWN = [
    shown_sums("connections_shown_sums", TOTALS, "connections.sums.shown"),
    *(conflicts(table) for table in RESTRICTED),
]

#: what the migration 0002_gates creates
FIRST = [
    *(policy for table, category in RESTRICTED.items() for policy in restricted(table, category)),
    *sums(TOTALS),
    *SUMS,
    *LISTINGS,
]
#: days for which records are kept
KEEP_DAYS = {"connections_run": 180, "connections_transfer": 730}
ERASING = [
    *erasing("connections", *RESTRICTED, _TRANSFER, *_GRANTS, ENDED, _GITHUB),
    expiring("connections", KEEP_DAYS),
]
#: what automations sent where; an automation's digests came with it
TRANSFERS = [
    STATES,
    *restricted(_TRANSFER, "transfers"),
    *counted(_TRANSFER, TOTALS, "transfers", kind="kind"),
    conflicts(_TRANSFER),
    listing(
        __file__,
        "connections_name_transfers",
        "of_subject text, since timestamptz, until timestamptz, after uuid, at_most integer",
        "id uuid, occurred_at timestamptz, automation uuid, kind text, digest text",
        "connections.transfer",
    ),
    # Transfers to a destination that no automation of the person ever had, for the promise P11.
    Function(
        __file__,
        "connections_transfer_faults",
        "since timestamptz, until timestamptz, at_most integer",
        "TABLE (transfers bigint, unknown bigint, wrong bigint, named uuid[])",
        "sql STABLE",
        is_definer=True,
    ),
]


def _kept(table: str) -> list[Policy]:
    """Return the policies of what a person keeps on their own pages, and the worker moves."""
    return [
        Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS),
        Policy(f"{table}_watched", table, "SELECT", "office_auditor", using="true"),
        Policy(f"{table}_kept", table, "INSERT", "office_self", check=OWN_ROWS),
        Policy(f"{table}_moved", table, "ALL", "office_worker", using="true"),
    ]


def _changing(table: str) -> list[Policy]:
    return [
        Policy(f"{table}_changed", table, "UPDATE", "office_self", using=OWN_ROWS),
        Policy(f"{table}_ended", table, "DELETE", "office_self", using=OWN_ROWS),
    ]


#: what a person granted at Google, on their own pages; the worker ends it there
GRANTS = [*ERASING[:2], *(policy for table in _GRANTS for policy in _kept(table)), *_changing(_GRANTS[0])]
#: what signing in through GitHub authorised there
AT_GITHUB = [*ERASING[:2], *_kept(_GITHUB), *_changing(_GITHUB)]
_LENT = f"""subject = (
    SELECT t.subject FROM audit_ticket({ENTRY}) t WHERE t.event = '{LENT}' AND t.subject = {SUBJECT}
      AND NOT audit_is_restricted(t.subject, 'connections.grants'))"""
#: what the promises about Google data are measured by
MEASURES = [
    Function(
        __file__,
        "connections_revocation_times",
        "since timestamptz",
        "TABLE (ended bigint, wiped_median double precision, wiped_worst double precision, confirmed bigint, "
        "confirmed_median double precision, confirmed_worst double precision)",
        "sql STABLE",
        is_definer=True,
    ),
    # How many records hold more than settings and reports may have.
    Function(
        __file__,
        "connections_oversize",
        "since timestamptz, most_settings integer, most_details integer",
        "bigint",
        "sql STABLE",
        is_definer=True,
    ),
]
#: a token of an automation is given to the platform by the entry that says so; an automation that was deleted at the
#: platform is erased by the worker
TOKENS = [
    Function(
        __file__,
        "connections_lendable",
        "of_subject text, of_automation uuid",
        "TABLE (is_on boolean, needed text[], granted text[], is_withheld boolean, is_restricted boolean)",
        "sql STABLE",
        is_definer=True,
    ),
    # Grants with scopes that no automation of their person needs, on or off: of one person, or of all.
    Function(
        __file__,
        "connections_unneeded",
        "of_subject text",
        "TABLE (id uuid, subject text, scopes text[], is_whole boolean, since timestamptz)",
        "sql STABLE",
        is_definer=True,
    ),
    Function(__file__, "connections_erase_automation", "of_automation uuid", "boolean", is_definer=True),
    Policy("connections_googlegrant_lent", "connections_googlegrant", "SELECT", "office_ingest", using=_LENT),
    Policy("connections_googlegrant_used", "connections_googlegrant", "UPDATE", "office_ingest", using=_LENT),
    *keep_ended(ENDED),
    Policy(f"{ENDED}_own", ENDED, "SELECT", "office_self", using=OWN_ROWS),
    Policy(f"{ENDED}_house", ENDED, "ALL", "office_worker", using="true", check="true"),
]
#: days for which the numbers of Google's security events are known: nothing older is acted on
EVENT_DAYS = 90
_EVENT = "connections_securityevent"
EVENTS = [
    Policy(f"{_EVENT}_received", _EVENT, "INSERT", "office_ingest", check="settled_at IS NULL"),
    Policy(f"{_EVENT}_worked", _EVENT, "SELECT", "office_worker", using="true"),
    Policy(
        f"{_EVENT}_settled",
        _EVENT,
        "UPDATE",
        "office_worker",
        using="settled_at IS NULL",
        check="settled_at IS NOT NULL",
    ),
    Policy(
        f"{_EVENT}_expired",
        _EVENT,
        "DELETE",
        "office_worker",
        using=f"received_at < statement_timestamp() - interval '{EVENT_DAYS} days'",
    ),
    *keep_ended(_EVENT),
]
OBJECTS = [*FIRST, *SHOWN, *ERASING, *TRANSFERS, *GRANTS[2:], *AT_GITHUB[2:], *TOKENS, *MEASURES, *EVENTS]
