"""Refuse a request."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events, letters
from rights.errors import RightsError
from rights.log_request import log_request
from rights.models import RightsRequest
from rights.policies import check_officer, next_state
from rights.selectors import get_request_for_update
from rights.states import AllowedAct, RefusalGround

SHORTEST, LONGEST = 20, 4000


def refuse_request(reference: str, *, actor: User, ground: RefusalGround, reasons: str, now: datetime) -> RightsRequest:
    """Refuse with a ground and the reasons, which the subject reads with the ways of complaint (GDPR 12(4)).

    The reasons are encrypted: they may be about the person. Raises NotAllowedError, WrongStateError, RightsError.
    """
    reasons = reasons.strip()
    if not SHORTEST <= len(reasons) <= LONGEST:
        raise RightsError(
            "reasons",
            _("Give the reasons in %(shortest)s to %(longest)s characters; the user reads them.")
            % {"shortest": SHORTEST, "longest": LONGEST},
        )
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.REFUSE, request, officer=actor)
        request.state = next_state(request, AllowedAct.REFUSE)
        request.closed_at = now
        request.refusal_ground = ground
        request.save(update_fields=["state", "closed_at", "refusal_ground"])
        log_request(
            events.REQUEST_REFUSED,
            request,
            actor=actor_of(actor),
            now=now,
            personal={"reasons": reasons},
            ground=ground.value,
        )
        letters.write(letters.REFUSED, request, now=now, reasons=reasons)
    return request
