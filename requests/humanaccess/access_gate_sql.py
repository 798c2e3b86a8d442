"""The access gate in the database: who sees a restricted row, and who may open or end a grant. No Django.

A read takes two transactions. The first appends `humanaccess.item.read` and commits. The second names grant and
entry in `office.grant` and `office.entry` (and the user in `office.subject`); only then, for seconds, does
`humanaccess_open_item` give the item's id, and only the row with that id passes the policy.
"""

from collections.abc import Iterable

from accounts.identity.roles import Role
from core.db_objects import OWN_ROWS, Function, Policy, Trigger

from .grounds import RULES, Ground

#: kind of item → the table it lives in; each gets a policy for staff
RESTRICTED_TABLES: dict[str, str] = {
    "workloads.app": "workloads_app",
    "workloads.usage": "workloads_usagerecord",
    "workloads.metric": "workloads_metric",
    "workloads.command": "workloads_command",
    "workloads.logline": "workloads_logline",
    "connections.automation": "connections_automation",
    "connections.run": "connections_run",
}
#: kind of item → the column that says of which app or automation it is, where it is not one itself
_BELONGS_TO = {
    "workloads.usage": "app",
    "workloads.metric": "app",
    "workloads.command": "app",
    "workloads.logline": "app",
    "connections.run": "automation",
}

#: how old a read entry may be when the row is fetched, in seconds by the database's clock; a grant may start by
#: another machine's clock, which may differ by as much
LISTING_SECONDS = 10
#: the longest life of an approval request in seconds by the database's clock, and a minute more: clocks differ
_LIFETIME = int(max(rule.request_lifetime for rule in RULES.values()).total_seconds()) + 60


def _longest(ground: Ground) -> int:
    return int(RULES[ground].window_max.total_seconds())


def _listed(roles: Iterable[Role]) -> str:
    return ", ".join(f"'{role}'" for role in roles)


#: the roles that may read on each ground; `humanaccess_holders` says who holds one
_READERS = {
    f"{ground}_readers": _listed(sorted(RULES[ground].askers)) for ground in (Ground.AGREEMENT, Ground.SECURITY)
}
OPEN_ITEM = Function(
    __file__,
    "humanaccess_open_item",
    "wanted text",
    "uuid",
    "plpgsql STABLE",
    is_definer=True,
    values={**_READERS, "seconds": LISTING_SECONDS},
)
OPEN_GRANT = Function(
    __file__,
    "humanaccess_open_grant",
    "wanted uuid, at timestamptz",
    "uuid",
    is_definer=True,
    values={
        **_READERS,
        "agreement_seconds": _longest(Ground.AGREEMENT),
        "security_seconds": _longest(Ground.SECURITY),
        **{f"{ground}_reviewers": _listed(RULES[ground].reviewers) for ground in (Ground.AGREEMENT, Ground.SECURITY)},
    },
)
END_GRANT = Function(
    __file__, "humanaccess_end_grant", "ending uuid, reason text, at timestamptz", "boolean", is_definer=True
)

_ITEMS = " UNION ALL ".join(
    f"SELECT concat_ws(' ', t.subject, coalesce(t.{_BELONGS_TO.get(kind, 'id')}::text, '-'), "
    f"date_trunc('hour', t.occurred_at AT TIME ZONE 'UTC')) "
    f"FROM public.{table} t WHERE wanted = '{kind}' AND t.id = thing"
    for kind, table in RESTRICTED_TABLES.items()
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
    # How many have approved who hold the right now, and how many must: for what was not agreed to two, who saw that.
    Function(
        __file__,
        "humanaccess_count_approvals",
        "wanted uuid",
        "TABLE (approvals integer, needed integer)",
        is_definer=True,
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

_ASK, _ITEM, _DECISION = "humanaccess_ask", "humanaccess_ask_item", "humanaccess_decision"
_OTHERS = "office_staff, office_worker, office_auditor"
REQUEST_FILED = Policy(
    "humanaccess_ask_file",
    _ASK,
    "INSERT",
    "office_staff",
    check=f"state = 'asked' AND expires_at <= clock_timestamp() + make_interval(secs => {_LIFETIME})",
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
    Policy("humanaccess_item_file", _ITEM, "INSERT", "office_staff", check="answer = 'none'"),
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
    # of each restricted table, the one row that a committed read entry names
    *(
        Policy(
            f"{table}_staff",
            table,
            "SELECT",
            "office_staff",
            using=f"id = (SELECT humanaccess_open_item('{kind}')) "
            "AND subject = current_setting('office.subject', true)",
        )
        for kind, table in RESTRICTED_TABLES.items()
    ),
]

OBJECTS = [OPEN_ITEM, *DECISIONS, OPEN_GRANT, END_GRANT, *ERASING, *POLICIES]
