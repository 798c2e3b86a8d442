"""The access gate in the database: who sees a restricted row, and who may open or end a grant. No Django.

A read takes two transactions. The first appends `humanaccess.item.read` and commits. The second names grant and
entry in `office.grant` and `office.entry` (and the user in `office.subject`); only then, for seconds, does
`humanaccess_open_item` give the item's id, and only the row with that id passes the policy.
"""

import json
from collections.abc import Iterable, Mapping

from accounts.workloads.schema_sql import PLATFORM_ITEMS, platform_item
from core.db_objects import OWN_ROWS, Function, Policy, Trigger

from .grounds import GLASS_PAUSE, GLASS_WINDOW, RULES, Ground
from .legal.states import READABLE

#: kind of item → the table it lives in; each gets a policy for staff
_FIRST_TABLES: dict[str, str] = {
    "workloads.app": "workloads_app",
    "workloads.usage": "workloads_usagerecord",
    "workloads.metric": "workloads_metric",
    "workloads.command": "workloads_command",
    "workloads.logline": "workloads_logline",
    "connections.automation": "connections_automation",
    "connections.run": "connections_run",
}
#: those whose policy came by a later migration
LATER_TABLES = {
    "inbox.letter": "inbox_letter",
    "identity.session": "usersessions_usersession",
    "connections.transfer": "connections_transfer",
    "workloads.webvisit": "workloads_webvisit",
}
RESTRICTED_TABLES: dict[str, str] = {**_FIRST_TABLES, **LATER_TABLES}
#: kind of item → the column that says of which app or automation it is, where it is not one itself
_BELONGS_TO = {
    "workloads.usage": "app",
    "workloads.metric": "app",
    "workloads.command": "app",
    "workloads.logline": "app",
    "connections.run": "automation",
    "connections.transfer": "automation",
    "inbox.letter": "NULL",
    "identity.session": "NULL",
    "workloads.webvisit": "NULL",
}
#: kind of item → number, subject and time of a row, where its table has no columns `id`, `subject` and `occurred_at`
_COLUMNS = {
    "inbox.letter": ("id", "subject", "written_at"),
    "identity.session": (
        "lpad(to_hex(id), 32, '0')::uuid",
        "(SELECT u.reference FROM identity_user u WHERE u.id = user_id)",
        "created_at",
    ),
}


def _columns(kind: str) -> tuple[str, str, str]:
    return _COLUMNS.get(kind, ("id", "subject", "occurred_at"))


#: kind of item that the platform holds → the table whose row says that there is one, and whose
REDEEMED_TABLES = dict.fromkeys(PLATFORM_ITEMS, "workloads_app")

#: kind of item → the data category by which the scope of a legal process names it
CATEGORIES = {
    "workloads.app": "apps",
    "workloads.usage": "usage",
    "workloads.metric": "metrics",
    "workloads.command": "commands",
    "workloads.logline": "logs",
    "workloads.webvisit": "weblog",
    "connections.automation": "automations",
    "connections.run": "runs",
    "connections.transfer": "transfers",
    "inbox.letter": "inbox.letters",
    "identity.session": "identity.sessions",
    "platform.code": "apps",
    "platform.files": "apps",
}
#: kinds whose time is that of their last state: the days of a scope say nothing about them
_WITH_A_STATE = ("workloads.app", "connections.automation", "platform.code", "platform.files")

#: how old a read entry may be when the row is fetched, in seconds by the database's clock; a grant may start by
#: another machine's clock, which may differ by as much
LISTING_SECONDS = 10
#: for how many seconds a one-time code may be redeemed, by the database's clock
CODE_SECONDS = 60
#: the longest life of an approval request in seconds by the database's clock, and a minute more: clocks differ
_LIFETIME = int(max(rule.request_lifetime for rule in RULES.values()).total_seconds()) + 60


def _longest(ground: Ground) -> int:
    return int(RULES[ground].window_max.total_seconds())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


#: the roles that may read on each ground; `humanaccess_holders` says who holds one
_READERS = {f"{ground}_readers": _listed(sorted(rule.askers)) for ground, rule in RULES.items() if rule.is_open}
_GLASS = {"glass_seconds": int(GLASS_WINDOW.total_seconds())}
_CATEGORIES = json.dumps(CATEGORIES)
#: the states of a legal process in which data may be read for it
_READABLE = ", ".join(f"'{state.value}'" for state in READABLE)
OPEN_ITEM = Function(
    __file__,
    "humanaccess_open_item",
    "wanted text",
    "uuid",
    "plpgsql STABLE",
    is_definer=True,
    values={**_READERS, **_GLASS, "seconds": LISTING_SECONDS, "readable": _READABLE, "categories": _CATEGORIES},
)
#: one-time codes: made under the entry of a read, redeemed while the same gate is open for it, gone after a day
CODES = [
    # What `humanaccess_open_item` checks, for as long as a code lives.
    Function(
        __file__,
        "humanaccess_open_code",
        "wanted text",
        "uuid",
        "plpgsql STABLE",
        is_definer=True,
        file="humanaccess_open_item",
        values={**OPEN_ITEM.values, "seconds": LISTING_SECONDS + CODE_SECONDS},
    ),
    # The app of an item that the platform holds, where there is one and it is this person's.
    Function(
        __file__,
        "humanaccess_app_of",
        "wanted text, thing uuid, of_subject text",
        "uuid",
        "plpgsql STABLE",
        is_definer=True,
    ),
    Function(
        __file__,
        "humanaccess_make_code",
        "wanted text, of_hash text",
        "TABLE (ends timestamptz, app uuid)",
        is_definer=True,
        values={
            "kinds": ", ".join(f"'{kind}'" for kind in REDEEMED_TABLES),
            "seconds": CODE_SECONDS,
        },
    ),
    Function(
        __file__,
        "humanaccess_redeem_code",
        "of_hash text, of_app uuid, of_token uuid",
        "TABLE (broken text, of_subject text, of_case text, of_grant uuid, of_kind text, item uuid, app uuid, "
        "of_reader text, ends timestamptz, of_entry uuid)",
        is_definer=True,
    ),
    Function(__file__, "humanaccess_sweep_codes", "", "bigint", is_definer=True),
]
OPEN_GRANT = Function(
    __file__,
    "humanaccess_open_grant",
    "wanted uuid, at timestamptz",
    "uuid",
    is_definer=True,
    values={
        **_READERS,
        **_GLASS,
        "pause_seconds": int(GLASS_PAUSE.total_seconds()),
        **{f"{ground}_seconds": _longest(ground) for ground, rule in RULES.items() if rule.is_open},
        **{f"{ground}_reviewers": _listed(rule.reviewers) for ground, rule in RULES.items() if rule.is_open},
        "agreed_state": READABLE[0].value,
    },
)
END_GRANT = Function(
    __file__, "humanaccess_end_grant", "ending uuid, reason text, at timestamptz", "boolean", is_definer=True
)
#: an app's end ends the grants that hold nothing else
ENDED_APPS = Function(
    __file__,
    "humanaccess_grants_of_ended_apps",
    "of_subject text",
    "SETOF uuid",
    "plpgsql STABLE",
    is_definer=True,
)

#: the end of access to Google data ends the grants that hold nothing but what automations hold
GOOGLE_ENDED = Function(
    __file__, "humanaccess_end_on_google_data", "of_subject text, at timestamptz", "SETOF uuid", is_definer=True
)

_ITEMS = " UNION ALL ".join(
    f"SELECT concat_ws(' ', {subject}, coalesce({_BELONGS_TO.get(kind, 'id')}::text, '-'), "
    f"date_trunc('hour', {time} AT TIME ZONE 'UTC')) FROM public.{table} WHERE wanted = '{kind}' AND {number} = "
    + (platform_item(kind, "thing") if kind in REDEEMED_TABLES else "thing")
    for kind, table in (RESTRICTED_TABLES | REDEEMED_TABLES).items()
    for number, subject, time in [_columns(kind)]
)
#: what the grant function checks before it opens anything, and the services too, so that there is one rule; those
#: first that the others call
DECISIONS = [
    # Who holds one of the roles: the database decides it here alone.
    Function(__file__, "humanaccess_holders", "wanted text[]", "SETOF text", "sql STABLE", is_definer=True),
    # Whose an item is, of which app, and in which hour: nothing of what it holds.
    Function(
        __file__,
        "humanaccess_place",
        "wanted text, thing uuid",
        "text",
        "sql STABLE",
        is_definer=True,
        values={"found": _ITEMS},
    ),
    # Items that the user was asked for and did not agree to, each with the item named now that it is, or lies beside.
    Function(
        __file__,
        "humanaccess_not_agreed",
        "of_subject text, kinds text[], things uuid[]",
        "TABLE (asked_item uuid, named uuid)",
        "plpgsql STABLE",
        is_definer=True,
    ),
    # Items that the scope of a legal process does not cover, by data category and by day.
    Function(
        __file__,
        "humanaccess_outside_scope",
        "of_process uuid, kinds text[], things uuid[]",
        "SETOF uuid",
        "sql STABLE",
        is_definer=True,
        values={"categories": _CATEGORIES, "things_with_a_state": _listed(_WITH_A_STATE)},
    ),
    # How many have approved who hold the right now, and how many must: for what was not agreed to two, who saw that.
    # A law may compel what the person did not agree to: one is enough then, who saw it too.
    Function(
        __file__,
        "humanaccess_count_approvals",
        "wanted uuid",
        "TABLE (approvals integer, needed integer)",
        is_definer=True,
        values={
            f"{ground}_approvers": _listed(sorted(RULES[ground].approvers))
            for ground in (Ground.SECURITY, Ground.LEGAL)
        },
    ),
]

#: an approval request and its items are answered once
KEEP_REQUESTS = [
    Function(__file__, "humanaccess_keep_ask", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_ask", "BEFORE UPDATE", "humanaccess_keep_ask"),
    Function(__file__, "humanaccess_keep_item", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_ask_item", "BEFORE UPDATE", "humanaccess_keep_item"),
]
#: a grant ends once; a decision and a review are only ever added
KEEP_GRANTS = [
    Function(__file__, "humanaccess_keep_grant", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_grant", "BEFORE UPDATE OR DELETE", "humanaccess_keep_grant"),
    Function(__file__, "humanaccess_keep_row", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_decision", "BEFORE UPDATE OR DELETE", "humanaccess_keep_row"),
    Trigger("humanaccess_keep", "humanaccess_review", "BEFORE UPDATE OR DELETE", "humanaccess_keep_row"),
]

#: the texts of an erased person's approval requests go; who asked, decided and read on which ground stays
ERASE = Function(__file__, "humanaccess_erase", "of_subject text", "bigint", is_definer=True)
ERASING = [*KEEP_REQUESTS, *KEEP_GRANTS, ERASE]


def read_policies(tables: Mapping[str, str]) -> list[Policy]:
    """Return the policies by which staff see, of each of these tables, the one row that a committed entry names."""
    return [
        Policy(
            f"{table}_staff",
            table,
            "SELECT",
            "office_staff",
            using=f"{number} = (SELECT humanaccess_open_item('{kind}')) "
            f"AND {subject} = current_setting('office.subject', true)",
        )
        for kind, table in tables.items()
        for number, subject, _time in [_columns(kind)]
    ]


_ASK, _ITEM, _DECISION = "humanaccess_ask", "humanaccess_ask_item", "humanaccess_decision"
_OTHERS = "office_staff, office_worker, office_auditor"
REQUEST_FILED = Policy(
    "humanaccess_ask_file",
    _ASK,
    "INSERT",
    "office_staff",
    check=f"state = 'asked' AND expires_at <= clock_timestamp() + make_interval(secs => {_LIFETIME})",
)
#: none is added to what was decided, or opened without a decision
ITEM_FILED = Policy(
    "humanaccess_item_file",
    _ITEM,
    "INSERT",
    "office_staff",
    check=f"answer = 'none' AND EXISTS (SELECT FROM {_ASK} a WHERE a.id = {_ITEM}.ask_id AND a.state = 'asked') "
    f"AND NOT EXISTS (SELECT FROM {_DECISION} d WHERE d.ask_id = {_ITEM}.ask_id)",
)
#: a user's own pages see and answer that user's rows only; a second person's answer is written by staff
POLICIES = [
    *(
        policy
        for table in (_ASK, _ITEM, _DECISION, "humanaccess_grant", "humanaccess_review")
        for policy in (
            Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS),
            Policy(f"{table}_house", table, "SELECT", _OTHERS, using="true"),
        )
    ),
    REQUEST_FILED,
    Policy(
        "humanaccess_ask_answer",
        _ASK,
        "UPDATE",
        "office_self",
        using=OWN_ROWS,
        check="ground = 'agreement' AND state IN ('agreed', 'refused')",
    ),
    Policy("humanaccess_ask_decide", _ASK, "UPDATE", "office_staff", using="true", check="state <> 'agreed'"),
    Policy(
        "humanaccess_ask_expire",
        _ASK,
        "UPDATE",
        "office_worker",
        using="true",
        check="state IN ('expired', 'cancelled')",
    ),
    ITEM_FILED,
    Policy("humanaccess_item_answer", _ITEM, "UPDATE", "office_self", using=OWN_ROWS),
    Policy(
        "humanaccess_decision_user",
        _DECISION,
        "INSERT",
        "office_self",
        check=f"{OWN_ROWS} AND decided_by = subject AND verdict IN ('agreed', 'refused')",
    ),
    Policy(
        "humanaccess_decision_second",
        _DECISION,
        "INSERT",
        "office_staff",
        check="decided_by <> subject AND verdict IN ('approved', 'declined')",
    ),
    *read_policies(_FIRST_TABLES),
]

OBJECTS = [OPEN_ITEM, *CODES, *DECISIONS, OPEN_GRANT, END_GRANT, ENDED_APPS, GOOGLE_ENDED, *ERASING, *POLICIES,
           *read_policies(LATER_TABLES)]  # fmt: skip
