"""Legal processes in the database: what their person sees of them, and when; what is kept. No Django.

Policies that restrict stand beside those that show a person their own rows: of a process whose notice is delayed the
person's own pages see no row, no request, no grant and no entry of the log, until the end date by the database's clock.
"""

from core.db_objects import OWN_ROWS, Function, Policy, Trigger

from .states import TOLD

#: the longest delay of a notice, in days, by the database's clock; it can be renewed before it ends
LONGEST_DELAY_DAYS = 366
_PROCESS, _NOTE = "humanaccess_legalprocess", "humanaccess_processnote"
_STAFF = "office_staff, office_worker, office_auditor"
_PARTS = ", ".join(f"'{part}'" for part in TOLD)


def _withheld(table: str, told: str) -> Policy:
    """Return the policy by which a person's own pages see a row only where `told`, whatever else shows it."""
    return Policy(f"{table}_told", table, "SELECT", "office_self", using=told, is_restrictive=True)


#: whether the person of a case, a process or a request for one, is not to know of it yet
IS_WITHHELD = Function(__file__, "humanaccess_is_withheld", "wanted text", "boolean", "sql STABLE", is_definer=True)
KEEP = [
    Function(__file__, "humanaccess_keep_process", is_public=True, values={"days": LONGEST_DELAY_DAYS}),
    Trigger("humanaccess_keep", _PROCESS, "BEFORE INSERT OR UPDATE OR DELETE", "humanaccess_keep_process"),
    Function(__file__, "humanaccess_keep_note", is_public=True),
    Trigger("humanaccess_keep", _NOTE, "BEFORE UPDATE OR DELETE", "humanaccess_keep_note"),
    Function(__file__, "humanaccess_erase_process", "of_subject text", "bigint", is_definer=True),
]
POLICIES = [
    Policy(f"{_PROCESS}_own", _PROCESS, "SELECT", "office_self", using=OWN_ROWS),
    _withheld(_PROCESS, "notified_at IS NOT NULL OR delayed_until <= clock_timestamp()"),
    Policy(f"{_NOTE}_own", _NOTE, "SELECT", "office_self", using=f"{OWN_ROWS} AND part IN ({_PARTS})"),
    _withheld(_NOTE, f"EXISTS (SELECT FROM {_PROCESS} p WHERE p.id = request_id)"),
    *(Policy(f"{table}_house", table, "SELECT", _STAFF, using="true") for table in (_PROCESS, _NOTE)),
    Policy(f"{_PROCESS}_file", _PROCESS, "INSERT", "office_staff", check="state = 'received'"),
    Policy(f"{_PROCESS}_move", _PROCESS, "UPDATE", "office_staff, office_worker", using="true"),
    Policy(f"{_NOTE}_write", _NOTE, "INSERT", "office_staff", check="true"),
    _withheld("humanaccess_ask", "process_id IS NULL OR NOT humanaccess_is_withheld(reference)"),
    # a row of a request is shown where the request is
    *(
        _withheld(table, "EXISTS (SELECT FROM humanaccess_ask a WHERE a.id = ask_id)")
        for table in ("humanaccess_ask_item", "humanaccess_decision", "humanaccess_grant")
    ),
    _withheld("humanaccess_review", "EXISTS (SELECT FROM humanaccess_grant g WHERE g.id = grant_id)"),
    _withheld("audit_entry", "case_ref IS NULL OR NOT humanaccess_is_withheld(case_ref)"),
]
OBJECTS = [IS_WITHHELD, *KEEP, *POLICIES]
