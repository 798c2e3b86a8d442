"""Row-level security of the requests' tables: a user's own pages see their own rows. No Django."""

from accounts.personaldata.restricted_sql import LISTING_SECONDS, erasing
from audit.log.schema_sql import keep_ended
from core.db_objects import ENTRY, OWN_ROWS, Function, Policy
from core.media_types import MEDIA_TYPES

TABLES = ("rights_rightsrequest", "rights_step", "rights_package", "rights_note")
_OTHERS = "office_staff, office_worker, office_auditor"


def _of_request(table: str, state: str = "", key: str = "r.id = {table}.request_id") -> str:
    """Return the condition that a row belongs to a request of its own subject, in a state where one is named."""
    in_state = f" AND r.state = '{state}'" if state else ""
    return (
        f"EXISTS (SELECT FROM rights_rightsrequest r "
        f"WHERE {key.format(table=table)} AND r.subject = {table}.subject{in_state})"
    )


#: staff ask, a person answers the open question, and nobody writes anything else of it; closed, it stays as it is
QUESTION_POLICIES = [
    Policy("rights_question_own", "rights_question", "SELECT", "office_self", using=OWN_ROWS),
    Policy(
        "rights_question_answer",
        "rights_question",
        "UPDATE",
        "office_self",
        using=f"{OWN_ROWS} AND closed_at IS NULL",
        check=OWN_ROWS,
    ),
    Policy("rights_question_house", "rights_question", "SELECT", _OTHERS, using="true"),
    Policy(
        "rights_question_ask",
        "rights_question",
        "INSERT",
        "office_staff",
        check="closed_at IS NULL AND sealed_answer IS NULL",
    ),
    Policy(
        "rights_question_close", "rights_question", "UPDATE", "office_staff", using="closed_at IS NULL", check="true"
    ),
]

POLICIES = [
    policy
    for table in TABLES
    for policy in (
        Policy(f"{table}_own", table, "ALL", "office_self", using=OWN_ROWS, check=OWN_ROWS),
        Policy(f"{table}_house", table, "ALL", _OTHERS, using="true", check="true"),
    )
]
#: a closed request and a removed package stay so
ENDINGS = keep_ended("rights_rightsrequest", "rights_package")
QUESTION_ENDINGS = keep_ended("rights_question")
#: a person sees their certificate; so does who has its link, which names it
CERTIFICATE_POLICIES = [
    Policy(
        "rights_certificate_own",
        "rights_certificate",
        "SELECT",
        "office_self",
        using=f"{OWN_ROWS} OR id::text = nullif(current_setting('office.certificate', true), '')",
    ),
    Policy("rights_certificate_house", "rights_certificate", "ALL", _OTHERS, using="true", check="true"),
]
#: a person sees their own holds, by columns that say nothing of authority and reason; a lifted one stays lifted
HOLD_POLICIES = [
    Policy("rights_hold_own", "rights_hold", "SELECT", "office_self", using=OWN_ROWS),
    Policy("rights_hold_house", "rights_hold", "SELECT", _OTHERS, using="true"),
    Policy("rights_hold_place", "rights_hold", "INSERT", "office_staff", check="ended_at IS NULL"),
    Policy("rights_hold_lift", "rights_hold", "UPDATE", "office_staff", using="true", check="true"),
]
HOLD_ENDINGS = keep_ended("rights_hold")
#: a person files, and staff decide: both place marks and end them, once
MARK_POLICIES = [
    Policy("rights_mark_own", "rights_mark", "SELECT", "office_self", using=OWN_ROWS),
    Policy("rights_mark_house", "rights_mark", "SELECT", _OTHERS, using="true"),
    Policy("rights_mark_place", "rights_mark", "INSERT", "office_self, office_staff", check=_of_request("rights_mark")),
    Policy("rights_mark_lift", "rights_mark", "UPDATE", "office_self", using=OWN_ROWS),
    # An objection that was granted is taken back by its person alone.
    Policy("rights_mark_end", "rights_mark", "UPDATE", "office_staff", using="kind <> 'objected'"),
]
MARK_ENDINGS = keep_ended("rights_mark")
#: how many rows in a range of a table's pages name a person whose deletion has begun: by an address or id, by user name
MENTIONS = Function(
    __file__,
    "rights_mentions",
    "of_table text, of_subject text, first_page bigint, end_page bigint, but_own boolean",
    "TABLE (by_address bigint, by_name bigint)",
    "plpgsql STABLE",
    is_definer=True,
)
#: how staff learn under which pseudonym a provider knows a person whose deletion has begun, while its step is open
PSEUDONYM = Function(
    __file__,
    "rights_shown_pseudonym",
    "of_step uuid",
    "text",
    "sql STABLE",
    is_definer=True,
    values={"entry": ENTRY, "seconds": LISTING_SECONDS},
)
_MEDIA = ", ".join(f"'{media_type}'" for media_type in MEDIA_TYPES)
#: a person files what is to be corrected; staff decide, the worker settles, the platform reads what it is to do
CORRECTION_POLICIES = [
    policy
    for table, undecided in {
        "rights_correction": ("decision = 'pending'", "decided_at IS NULL", "applied_at IS NULL"),
        "rights_evidence": (f"media_type IN ({_MEDIA})", "name = 'rights/evidence/' || id"),
    }.items()
    for policy in (
        Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS),
        Policy(
            f"{table}_file",
            table,
            "INSERT",
            "office_self",
            check=" AND ".join([OWN_ROWS, _of_request(table, "received"), *undecided]),
        ),
        Policy(f"{table}_house", table, "SELECT", _OTHERS, using="true"),
    )
] + [
    Policy(
        "rights_correction_decide",
        "rights_correction",
        "UPDATE",
        "office_staff",
        using=f"applied_at IS NULL AND {_of_request('rights_correction', 'verifying')}",
        check="applied_at IS NULL",
    ),
    Policy(
        "rights_correction_settle",
        "rights_correction",
        "UPDATE",
        "office_worker",
        using="decision = 'accepted' AND applied_at IS NULL",
        check="decision = 'refused' OR applied_at IS NOT NULL",
    ),
    Policy(
        "rights_correction_order",
        "rights_correction",
        "SELECT",
        "office_ingest",
        using="decision = 'accepted' AND EXISTS (SELECT FROM workloads_platformorder o "
        "WHERE o.id = rights_correction.id AND o.answered_at IS NULL)",
    ),
]
_ORDER = "workloads_platformorder"
_CORRECTED = f"kind = 'correct' AND EXISTS (SELECT FROM rights_correction c WHERE c.id = {_ORDER}.id AND "
_MARKED = _of_request(_ORDER, key="r.kind IN ('restriction', 'objection') AND r.reference = {table}.case_ref")
#: access to Google data that has ended, whose number the order has: each end has one
_ENDED = (
    "kind = 'drop_cache' AND EXISTS (SELECT FROM connections_revocation r "
    f"WHERE r.id = {_ORDER}.id AND r.subject = {_ORDER}.subject "
    "AND r.provider = 'google' AND r.reason <> 'deletion' AND r.reason <> 'other_account')"
)
#: access that was taken away from single automations, which may happen again and again
_WITHHELD = (
    "kind = 'drop_cache' AND EXISTS (SELECT FROM connections_googlegrant g "
    f"WHERE g.subject = {_ORDER}.subject AND cardinality(g.withheld) > 0)"
)
#: what an order to the platform is made for: the trigger of its table asks the log for orders to erase
ORDER_POLICIES = [
    # An objection to analytics is ordered when its person files it, and its end when they lift it; what is cached
    # from Google goes when they end the access to it.
    Policy(
        "workloads_order_made",
        _ORDER,
        "INSERT",
        "office_self",
        check=f"{OWN_ROWS} AND (kind IN ('object', 'lift') AND {_MARKED} OR {_ENDED} OR {_WITHHELD})",
    ),
    Policy(
        "workloads_order_staff",
        _ORDER,
        "INSERT",
        "office_staff",
        check=f"kind = 'erase' OR {_CORRECTED}c.subject = {_ORDER}.subject AND c.decision = 'accepted') "
        f"OR kind IN ('restrict', 'object', 'lift') AND {_MARKED}",
    ),
    # What the office has put right by itself is ordered once that is done: the platform is told no other value.
    Policy(
        "workloads_order_applied",
        _ORDER,
        "INSERT",
        "office_worker",
        check=f"{_CORRECTED}c.subject = {_ORDER}.subject AND c.applied_at IS NOT NULL) OR {_ENDED}",
    ),
]
ERASED = (
    "rights_note",
    "rights_question",
    "rights_package",
    "rights_hold",
    "rights_mark",
    "rights_correction",
    "rights_evidence",
)
ERASING = erasing("rights", *ERASED)
OBJECTS = [
    *POLICIES,
    *QUESTION_POLICIES,
    *CERTIFICATE_POLICIES,
    *HOLD_POLICIES,
    *HOLD_ENDINGS,
    *CORRECTION_POLICIES,
    *ORDER_POLICIES,
    *MARK_POLICIES,
    *MARK_ENDINGS,
    *ENDINGS,
    *QUESTION_ENDINGS,
    *ERASING,
    MENTIONS,
    PSEUDONYM,
]
