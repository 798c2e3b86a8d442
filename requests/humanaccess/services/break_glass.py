"""Open access on the ground of security at once, without a decision. Everybody who decides is told, and one reviews."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import events
from humanaccess.grounds import GLASS_WINDOW, RULES, Ground
from humanaccess.letters import write_glass_broken
from humanaccess.models import Grant
from humanaccess.policies import may_break_glass, must_be_reviewable
from humanaccess.states import ApprovalState

from .progress import logged_refusals, move_request, open_grant
from .request_approval import check_request, log_filing, store_request


def break_glass(
    *, asker: User, subject: User, items: Sequence[NamedItem], reason: str, incident: str, now: datetime
) -> Grant:
    """Open these items to the asker for an hour, and tell the user, the approvers and the privacy officers.

    Raises InvalidError for a field that breaks its rule, AccessDeniedError (logged) for who may not: without the role,
    of one's own data, while an earlier one is not reviewed, for what the user did not agree to, and where nobody would
    be left to review.
    """
    with logged_refusals("break_glass", actor=asker, subject=subject.reference, now=now), db.atomic():
        # As `humanaccess_open_grant` does: of two at once the second one is refused.
        db.select_rows("SELECT pg_advisory_xact_lock(hashtext('humanaccess.break_glass'))")
        may_break_glass(asker, subject, items, now)
        rule = RULES[Ground.SECURITY]
        checked: dict[str, Any] = {"items": items, "reason": reason, "window": GLASS_WINDOW}
        check_request(asker=asker, subject=subject, rule=rule, abuse_reference=incident, **checked)
        facts = {"abuse_reference": incident, "window": GLASS_WINDOW, "break_glass": True}
        stored = store_request(asker, subject, Ground.SECURITY, items, reason=reason, now=now, **facts)
        must_be_reviewable(stored)
        log_filing(events.GLASS_BROKEN, stored, asker, items, reason=reason)
        move_request(stored, ApprovalState.OPENED, now)
        grant = open_grant(stored, actor=actor_of(asker), now=now)
        write_glass_broken(grant, subject, now)
    return grant
