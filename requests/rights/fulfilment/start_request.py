"""Start the work on a request."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import data_categories
from core import db
from core.leases import ENQUEUE_AGAIN_AFTER
from rights import events
from rights.errors import NotIdentifiedError
from rights.log_request import log_request
from rights.models import RightsRequest, Step
from rights.policies import check_officer, next_state
from rights.selectors import get_request_for_update
from rights.states import AllowedAct, Verb

from .steps import enqueue_step


def start_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Create the steps, one for each data category and one that assembles the package, and enqueue them.

    Raises NotAllowedError, WrongStateError, NotIdentifiedError.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.START, request, officer=actor)
        state = next_state(request, AllowedAct.START)
        if request.identified_at is None:
            raise NotIdentifiedError("identified_at", _("The person has not been identified yet."))
        request.state = state
        request.started_at = now
        request.save(update_fields=["state", "started_at"])
        plan = [(Verb.EXPORT, category.name) for category in data_categories()] + [(Verb.ASSEMBLE, "")]
        steps = Step.objects.bulk_create(
            Step(
                request=request,
                subject=request.subject,
                position=position,
                verb=verb,
                holding=name,
                due_at=now + ENQUEUE_AGAIN_AFTER,
            )
            for position, (verb, name) in enumerate(plan)
        )
        log_request(events.REQUEST_STARTED, request, actor=actor_of(actor), now=now, steps=len(steps))
        for step in steps:
            if step.verb == Verb.EXPORT:
                enqueue_step(step.pk)
    return request
