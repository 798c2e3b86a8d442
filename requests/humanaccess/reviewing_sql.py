"""What the database keeps of reviews, their follow-ups and samples: each rule once, as an object. No Django."""

from core.db_objects import Function, Policy, Trigger

from .aggregates import RUN_EVENT
from .grounds import RULES

#: one in so many is drawn
ONE_IN = 10

#: drawn by the worker alone, after the end is committed: whoever could roll it back could draw again
DRAW = Function(
    __file__,
    "humanaccess_draw_sample",
    "drawing uuid, of_kind text",
    "boolean",
    is_definer=True,
    values={
        "grounds": ", ".join(f"'{ground}'" for ground, rule in RULES.items() if rule.is_sampled),
        "run": RUN_EVENT,
        "one_in": ONE_IN,
    },
)
#: a row is written once, and settled once
KEEP = [
    Function(__file__, "humanaccess_keep_sample", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_sample", "BEFORE UPDATE OR DELETE", "humanaccess_keep_sample"),
    Function(__file__, "humanaccess_keep_followup", is_public=True),
    Trigger("humanaccess_keep", "humanaccess_followup", "BEFORE UPDATE OR DELETE", "humanaccess_keep_followup"),
]
_FOLLOW_UP, _OTHERS = "humanaccess_followup", "office_staff, office_worker, office_auditor"
#: the review's author is neither its reader nor its subject, nor one who decided
_APART = (
    "reviewed_by <> subject AND EXISTS (SELECT FROM humanaccess_grant g WHERE g.id = grant_id "
    "AND g.subject = humanaccess_review.subject AND g.reader <> reviewed_by AND NOT EXISTS ("
    "SELECT FROM humanaccess_decision d WHERE d.ask_id = g.ask_id AND d.decided_by = reviewed_by))"
)
POLICIES = [
    Policy("humanaccess_review_write", "humanaccess_review", "INSERT", "office_staff", check=_APART),
    Policy(f"{_FOLLOW_UP}_seen", _FOLLOW_UP, "SELECT", _OTHERS, using="true"),
    Policy(
        f"{_FOLLOW_UP}_open",
        _FOLLOW_UP,
        "INSERT",
        "office_staff",
        check="settled_at IS NULL AND EXISTS (SELECT FROM humanaccess_review r WHERE r.id = review_id "
        "AND r.finding = 'concern' AND r.subject = humanaccess_followup.subject)",
    ),
    Policy(f"{_FOLLOW_UP}_settle", _FOLLOW_UP, "UPDATE", "office_staff", using="settled_at IS NULL", check="true"),
]

OBJECTS = [DRAW, *KEEP, *POLICIES]
