"""What the database itself keeps of identity: when a role counts, who may decide for whom, who sees sessions."""

from accounts.personaldata.restricted_sql import FEWEST, MACHINE_READ_EVENTS, listing, unrestricted
from audit.log.schema_sql import keep_ended
from core.db_objects import ENTRY, OWN_ROWS, SUBJECT, Function, Policy, Trigger

from .roles import WEIGHTY
from .token_scopes import STAFF_SCOPES

#: hours that a weighty role waits where no second administrator confirms it
WAIT_HOURS = 72
#: days in which two people whom no second administrator confirmed may not decide for each other
APART_DAYS = 30

_WEIGHTY = ", ".join(f"'{role.value}'" for role in sorted(WEIGHTY))
_EVENTS = ", ".join(f"'{name}'" for name in MACHINE_READ_EVENTS)

#: sessions hold address and browser, which staff see only as counts, and one under a grant
SESSIONS = [
    Policy("usersessions_own", "usersessions_usersession", "ALL", "office_self", using="true", check="true"),
    Policy(
        "usersessions_ticket",
        "usersessions_usersession",
        "SELECT",
        "office_worker",
        using=f"""user_id = (
    SELECT u.id FROM audit_ticket({ENTRY}) t
    JOIN identity_user u ON u.reference = t.subject
    WHERE t.event IN ({_EVENTS}) AND t.subject = {SUBJECT} AND {unrestricted("identity.sessions")})""",
    ),
    Function(__file__, "identity_end_sessions", "person uuid", "integer", is_definer=True),
]

#: when a person's sessions began, for staff who list them; one is a number of its table, written as an item's
NAME_SESSIONS = listing(
    __file__,
    "identity_name_sessions",
    "of_subject text, since timestamptz, until timestamptz, after uuid, at_most integer",
    "id uuid, began_at timestamptz",
    "identity.session",
)

#: a person's own pages and the worker get each number; staff none below FEWEST, and above it the last multiple of
#: FEWEST, so that two reads never differ by one session
SESSIONS_BY_DAY = Function(
    __file__,
    "identity_sessions_by_day",
    "person uuid",
    "TABLE (day date, sessions bigint)",
    "sql STABLE",
    is_definer=True,
    values={"fewest": FEWEST},
)

#: whether a person has a password, for roles that may not read its hash
HAS_PASSWORD = Function(__file__, "identity_has_password", "person uuid", "boolean", "sql STABLE", is_definer=True)

_WAIT = {"wait_hours": WAIT_HOURS}
ROLES = [
    # A second administrator: active, in force, not the giver, not the person. The owner restores a backup as it was,
    # and a changed address (below) puts a right off: these two may say when.
    Function(__file__, "identity_keep_role", is_definer=True, values={"weighty": _WEIGHTY, **_WAIT}),
    Trigger("identity_keep", "identity_roleassignment", "BEFORE INSERT OR UPDATE", "identity_keep_role"),
    # Who has just left a mailbox in common with somebody waits before they decide for them.
    Function(__file__, "identity_address_changed", is_definer=True, values=_WAIT),
    Trigger("identity_address", "identity_user", "AFTER UPDATE OF email", "identity_address_changed"),
    Function(
        __file__,
        "identity_may_decide_for",
        "asker text, decider text",
        "boolean",
        "sql STABLE",
        is_definer=True,
        values={"apart_days": APART_DAYS},
    ),
    # The worker, which carries out what is due, may take somebody off the staff and put nobody on it.
    Function(__file__, "identity_off_staff", "person uuid", "void", "sql", is_definer=True),
]

ENDINGS = keep_ended("identity_roleassignment", "identity_invitation", "identity_pendingchange")
#: a person sees and changes their own settings of mails
STAFF_MAILS = [
    Policy("identity_staffmail_own", "identity_staffmail", "ALL", "office_self", using=OWN_ROWS, check=OWN_ROWS),
    Policy("identity_staffmail_worker", "identity_staffmail", "ALL", "office_worker", using="true", check="true"),
]

#: SQL for whether a token has a scope of the staff
_STAFF_SCOPES = ", ".join(f"'{scope.value}'" for scope in sorted(STAFF_SCOPES))
_FOR_STAFF = f"scopes::text[] && ARRAY[{_STAFF_SCOPES}]"
_TOKENS = "identity_usertoken"
#: a person sees, makes and ends their own; the worker removes those that ended long ago. A request finds the one token
#: whose text it has by a function.
USER_TOKENS = [
    Policy(
        "identity_usertoken_own",
        _TOKENS,
        "ALL",
        "office_self",
        using=OWN_ROWS,
        check=f"{OWN_ROWS} AND expires_at < clock_timestamp() + interval '367 days'",
    ),
    Policy("identity_usertoken_worker", _TOKENS, "SELECT", "office_worker", using="true"),
    Policy(
        "identity_usertoken_old",
        _TOKENS,
        "DELETE",
        "office_worker",
        using="least(revoked_at, expires_at) < clock_timestamp() - interval '90 days'",
    ),
    Function(__file__, "identity_token_with_hash", "hashes bytea[]", f"SETOF {_TOKENS}", "sql STABLE", is_definer=True),
    Function(__file__, "identity_token_used", "token uuid, at timestamptz", "void", "sql", is_definer=True),
    Function(
        __file__,
        "identity_end_tokens",
        "of_subject text, only_staff boolean, at timestamptz",
        "SETOF uuid",
        is_definer=True,
        values={"for_staff": _FOR_STAFF},
    ),
    Function(
        __file__,
        "identity_token_faults",
        "at timestamptz",
        "TABLE (kept bigint, working bigint, endless bigint, unhashed bigint, outlived bigint, not_staff bigint)",
        "sql STABLE",
        is_definer=True,
        values={"for_staff": _FOR_STAFF},
    ),
    *keep_ended(_TOKENS),
]

#: an account and what hangs on it, of a person whom the log says is erased
ERASE = Function(__file__, "identity_erase", "of_subject text, part text", "bigint", is_definer=True)
#: how a step of a correction replaces an address or a user name that is still there
CORRECT = Function(
    __file__,
    "identity_correct",
    "of_subject text, of_field text, old_value text, new_value text",
    "text",
    is_definer=True,
    values={"entry": ENTRY, "events": _EVENTS},
)
OBJECTS = [
    *STAFF_MAILS,
    *USER_TOKENS,
    *SESSIONS,
    NAME_SESSIONS,
    SESSIONS_BY_DAY,
    HAS_PASSWORD,
    *ROLES,
    *ENDINGS,
    ERASE,
    CORRECT,
]
