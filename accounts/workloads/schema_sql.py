"""The database's own part of the workloads: row-level security, sums by day, listings for staff. No Django."""

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
from core.db_objects import OWN_ROWS, Function, Policy, Trigger

TOTALS = "workloads_dailytotal"
#: table → data category
RESTRICTED = {
    "workloads_app": "apps",
    "workloads_usagerecord": "usage",
    "workloads_metric": "metrics",
    "workloads_command": "commands",
    "workloads_logline": "logs",
}
_VISIT = "workloads_webvisit"

#: records of one app, or of all; of log lines there are too many for that, and their index begins with the app
_ANY_APP = "(of_app IS NULL OR r.app = of_app)"
#: kind of item that the platform holds → what the last byte of its app's number is mixed with: each has its own
PLATFORM_ITEMS = {"platform.code": 1, "platform.files": 2}


def platform_item(kind: str, number: str) -> str:
    """Return SQL for the number of an app's item of this kind, by the app's number, and the other way round."""
    mixed = f"get_byte(uuid_send({number}), 15) # {PLATFORM_ITEMS[kind]}"
    return f"encode(set_byte(uuid_send({number}), 15, {mixed}), 'hex')::uuid"


LISTINGS = [
    # Code and files lie at the platform: an item is an app's.
    *(
        listing(
            __file__,
            f"workloads_outline_{name}",
            "of_subject text",
            "id uuid, provider text, region text, as_of timestamptz",
            kind,
            file="workloads_outline_apps",
            item=platform_item(kind, "a.id") if kind in PLATFORM_ITEMS else "a.id",
        )
        for name, kind in (("apps", "workloads.app"), ("code", "platform.code"), ("files", "platform.files"))
    ),
    *(
        listing(
            __file__,
            name,
            "of_subject text, of_app uuid, since timestamptz, until timestamptz, after uuid, at_most integer",
            "id uuid, occurred_at timestamptz, app uuid, what text",
            kind,
            file="workloads_name_records",
            table=table,
            what=what,
            within=within,
        )
        for name, kind, table, what, within in (
            ("workloads_name_usage", "workloads.usage", "workloads_usagerecord", "r.app, r.resource", _ANY_APP),
            ("workloads_name_metrics", "workloads.metric", "workloads_metric", "r.app, r.name", _ANY_APP),
            ("workloads_name_commands", "workloads.command", "workloads_command", "r.app, ''", _ANY_APP),
            ("workloads_name_lines", "workloads.logline", "workloads_logline", "r.app, r.level", "r.app = of_app"),
        )
    ),
]

STATES = newest_wins(
    "workloads_take_apps",
    "workloads_app",
    {
        "id": "uuid",
        "subject": "varchar",
        "occurred_at": "timestamptz",
        "provider": "varchar",
        "region": "varchar",
        "sealed": "bytea",
    },
)

SUMS = [
    *counted("workloads_app", TOTALS, "apps", kind="provider"),
    *counted("workloads_usagerecord", TOTALS, "usage", kind="resource", unit="unit", quantity="sum(quantity)"),
    *counted("workloads_metric", TOTALS, "metrics", kind="name", unit="unit", quantity="sum(value)"),
    *counted("workloads_command", TOTALS, "commands"),
    *counted("workloads_logline", TOTALS, "logs", kind="level", unit="'byte'", quantity="sum(octet_length(sealed))"),
]

#: ingest may read tokens and record that one was used; it may not make or extend one
TOKEN_USED = Function(__file__, "workloads_token_used", "token uuid, at timestamptz", "void", "sql", is_definer=True)

#: a token that was revoked is never good again
ENDINGS = keep_ended("workloads_servicetoken")

#: how staff read sums, and how ingest learns whose record it would take over
SHOWN = [
    shown_sums("workloads_shown_sums", TOTALS, "workloads.sums.shown"),
    *(conflicts(table) for table in RESTRICTED),
]

#: what the migration 0002_gates creates
FIRST = [
    *(policy for table, category in RESTRICTED.items() for policy in restricted(table, category)),
    *sums(TOTALS),
    *SUMS,
    STATES,
    *LISTINGS,
    TOKEN_USED,
]
#: days for which records are kept
KEEP_DAYS = {
    "workloads_usagerecord": 730,
    "workloads_metric": 90,
    "workloads_command": 365,
    "workloads_logline": 90,
    _VISIT: 30,
}
ERASING = [
    *erasing("workloads", *RESTRICTED, _VISIT, "workloads_pseudonym", "workloads_terminatedapp"),
    expiring("workloads", KEEP_DAYS),
]
#: the web log of omegacloud.ai: visits belong to no app, and are listed by time alone
WEBLOG = [
    *restricted(_VISIT, "weblog"),
    *counted(_VISIT, TOTALS, "weblog"),
    conflicts(_VISIT),
    listing(
        __file__,
        "workloads_name_visits",
        "of_subject text, since timestamptz, until timestamptz, after uuid, at_most integer",
        "id uuid, occurred_at timestamptz, what text",
        "workloads.webvisit",
        file="workloads_name_records",
        table=_VISIT,
        what="''",
        within="true",
    ),
]
#: a person's own pages see their own, the worker those of the subject whose step entry it names, the platform all
PSEUDONYMS = [
    *restricted("workloads_pseudonym", "workloads.pseudonyms"),
    Policy("workloads_pseudonym_fetched", "workloads_pseudonym", "SELECT", "office_ingest", using="true"),
    Function(
        __file__,
        "workloads_pseudonym_faults",
        "sample integer",
        "TABLE (seen bigint, outlived bigint, derived bigint)",
        "sql STABLE",
        is_definer=True,
    ),
]
_HOUSE = "office_staff, office_worker, office_ingest"
#: an order is numbered and given the person's apps when it is made; then it changes by its answer alone, once; what
#: it is made for is the rights requests' to say (rights/schema_sql.py)
ORDERS = [
    Function(__file__, "workloads_keep_order", is_definer=True),
    Trigger("workloads_keep_order", "workloads_platformorder", "BEFORE INSERT OR UPDATE", "workloads_keep_order"),
    *keep_ended("workloads_platformorder"),
    Policy("workloads_order_own", "workloads_platformorder", "SELECT", "office_self", using=OWN_ROWS),
    Policy("workloads_order_house", "workloads_platformorder", "SELECT", _HOUSE, using="true"),
    Policy("workloads_order_answer", "workloads_platformorder", "UPDATE", "office_worker, office_ingest", using="true"),
]
#: the platform notes that an app of a person has ended; the worker erases what is held of it, by that entry alone
ENDED_APPS = [
    Function(
        __file__, "workloads_end_app", "of_app uuid, of_subject text, at timestamptz", "boolean", "sql", is_definer=True
    ),
    Function(
        __file__,
        "workloads_erase_app",
        "of_table text, of_app uuid, at_most integer",
        "bigint",
        is_definer=True,
        values={"tables": ", ".join(f"'{table}'" for table in RESTRICTED)},
    ),
    *keep_ended("workloads_terminatedapp"),
    Policy("workloads_ended_own", "workloads_terminatedapp", "SELECT", "office_self", using=OWN_ROWS),
    Policy(
        "workloads_ended_house",
        "workloads_terminatedapp",
        "ALL",
        "office_worker, office_ingest",
        using="true",
        check="true",
    ),
]
OBJECTS = [*FIRST, *ENDINGS, *SHOWN, *ERASING, *WEBLOG, *ORDERS, *PSEUDONYMS, *ENDED_APPS]
