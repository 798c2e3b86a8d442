"""Start the work on a request, or stop it."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.log_case import log_case
from cases.policies import check_worker, next_state
from cases.services import release_case, take_case
from core import db
from rights import events
from rights.errors import NotIdentifiedError, RightsError
from rights.kind import RIGHTS
from rights.models import RightsRequest
from rights.selectors import get_request_for_update
from rights.states import BY_HAND, PARALLEL, AllowedAct, Kind

from .correct_category import check_decided, order_corrections
from .plan import plan_of, put_steps, restart_steps
from .steps import enqueue_step


def start_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Create the steps of its plan and enqueue them; of a correction, order the platform.

    Steps of work that was stopped begin anew. Raises NotAllowedError, WrongStateError, NotIdentifiedError, RightsError
    for a deletion, and for a correction that is not decided or of which nothing was accepted.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        state = next_state(RIGHTS, request, AllowedAct.START)
        if request.kind == Kind.DELETION:
            raise RightsError("kind", _("A deletion is started by an act of its own: nothing of it can be taken back."))
        if request.kind == Kind.CORRECTION:
            check_decided(request)
            order_corrections(request, actor=actor, now=now)
        if request.identified_at is None:
            raise NotIdentifiedError("identified_at", _("The person has not been identified yet."))
        request.state = state
        request.started_at = now
        request.save(update_fields=["state", "started_at"])
        restart_steps(request, now=now)
        steps = put_steps(request, plan_of(request), now=now)
        log_case(events.REQUEST_STARTED, request, actor=actor_of(actor), now=now, steps=len(steps))
        for step in steps:
            if step.verb in PARALLEL - BY_HAND:
                enqueue_step(step.pk)
    return request


def begin_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Take a request and start the work on it at once; raises like both."""
    with db.atomic():
        take_case(RIGHTS, reference, actor=actor, now=now)
        return start_request(reference, actor=actor, now=now)


def unbegin_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Undo `begin_request`: stop the work and put the request back into the queue; raises like both."""
    with db.atomic():
        stop_request(reference, actor=actor, now=now)
        release_case(RIGHTS, reference, actor=actor, now=now)
        return get_request_for_update(reference)


def stop_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Stop work that is not done yet; a running step writes nothing more. Raises NotAllowedError, WrongStateError."""
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        request.state = next_state(RIGHTS, request, AllowedAct.STOP)
        request.save(update_fields=["state"])
        log_case(events.REQUEST_STOPPED, request, actor=actor_of(actor), now=now)
    return request
