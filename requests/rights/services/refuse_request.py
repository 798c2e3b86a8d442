"""Refuse a request."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.services import write_letter
from audit import sides
from audit.services import append
from rights import events
from rights.errors import RightsError
from rights.letters import REFUSED
from rights.models import RightsRequest
from rights.policies import check_officer, next_state
from rights.states import Act, RefusalGround

from .locked import lock_request

SHORTEST, LONGEST = 20, 4000


def refuse_request(reference: str, *, actor: User, ground: RefusalGround, reasons: str, now: datetime) -> RightsRequest:
    """Refuse with a ground and the reasons, which the subject reads with the ways of complaint (GDPR 12(4)).

    The reasons are sealed: they may speak of the person. Raises NotAllowedError, WrongStateError, RightsError.
    """
    reasons = reasons.strip()
    if not SHORTEST <= len(reasons) <= LONGEST:
        raise RightsError(
            "reasons",
            _("Give the reasons in %(shortest)s to %(longest)s characters; the user reads them.")
            % {"shortest": SHORTEST, "longest": LONGEST},
        )
    with sides.atomic():
        request = lock_request(reference)
        check_officer(Act.REFUSE, request, officer=actor)
        request.state = next_state(request, Act.REFUSE)
        request.closed_at = now
        request.refusal_ground = ground
        request.save(update_fields=["state", "closed_at", "refusal_ground"])
        append(
            events.REQUEST_REFUSED,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference, "ground": ground.value},
            personal={"reasons": reasons},
        )
        if request.user is not None:
            write_letter(
                request.user,
                kind=REFUSED.name,
                context={"request": request, "reasons": reasons},
                now=now,
                case=request.reference,
            )
    return request
