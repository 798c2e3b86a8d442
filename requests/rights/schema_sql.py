"""Row-level security of the requests' tables: a user's own pages see their own rows. No Django."""

from accounts.personaldata.restricted_sql import LISTING_SECONDS, erasing
from audit.log.schema_sql import keep_ended
from core.db_objects import ENTRY, OWN_ROWS, Function, Policy

TABLES = ("rights_rightsrequest", "rights_step", "rights_package", "rights_note")
_OTHERS = "office_staff, office_worker, office_auditor"
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
    Policy("rights_mark_own", "rights_mark", "ALL", "office_self", using=OWN_ROWS, check=OWN_ROWS),
    Policy("rights_mark_house", "rights_mark", "ALL", _OTHERS, using="true", check="true"),
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
#: a person files what is to be corrected; staff decide, the worker settles, the platform reads what it is to do
CORRECTION_POLICIES = [
    policy
    for table in ("rights_correction", "rights_evidence")
    for policy in (
        Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS),
        Policy(f"{table}_file", table, "INSERT", "office_self", check=OWN_ROWS),
        Policy(f"{table}_house", table, "SELECT", _OTHERS, using="true"),
    )
] + [
    Policy(
        "rights_correction_decide",
        "rights_correction",
        "UPDATE",
        "office_staff",
        using="applied_at IS NULL",
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
        using="decision = 'accepted' AND applied_at IS NULL",
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
    *MARK_POLICIES,
    *MARK_ENDINGS,
    *ENDINGS,
    *QUESTION_ENDINGS,
    *ERASING,
    MENTIONS,
    PSEUDONYM,
]
