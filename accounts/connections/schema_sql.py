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
from core.db_objects import OWN_ROWS, Function, Policy

TOTALS = "connections_dailytotal"
#: table → data category
RESTRICTED = {"connections_automation": "automations", "connections_run": "runs"}
_TRANSFER = "connections_transfer"
_GRANTS = ("connections_googlegrant", "connections_revocation")
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
ERASING = [*erasing("connections", *RESTRICTED, _TRANSFER, *_GRANTS, _GITHUB), expiring("connections", KEEP_DAYS)]
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
OBJECTS = [*FIRST, *SHOWN, *ERASING, *TRANSFERS, *GRANTS[2:], *AT_GITHUB[2:]]
