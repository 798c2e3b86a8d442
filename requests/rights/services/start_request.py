"""Start the work on a request."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.ports import holdings
from audit import sides
from audit.services import append
from rights import events
from rights.errors import NotIdentifiedError
from rights.models import RightsRequest, Step
from rights.policies import check_officer, next_state
from rights.states import Act, Verb

from .bell import ring
from .locked import lock_request

#: the sweeper leaves a fresh bell this long before it rings again
BELL_LASTS = timedelta(seconds=60)


def start_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Lay out the steps, one for each holding and one that puts the package together, and ring for them.

    Raises NotAllowedError, WrongStateError, NotIdentifiedError.
    """
    with sides.atomic():
        request = lock_request(reference)
        check_officer(Act.START, request, officer=actor)
        state = next_state(request, Act.START)
        if request.identified_at is None:
            raise NotIdentifiedError("identified_at", _("The person has not been identified yet."))
        request.state = state
        request.started_at = now
        request.save(update_fields=["state", "started_at"])
        names = [holding.name for holding in holdings()]
        plan = [(Verb.EXPORT, name) for name in names] + [(Verb.ASSEMBLE, "")]
        steps = Step.objects.bulk_create(
            Step(
                request=request,
                subject=request.subject,
                position=position,
                verb=verb,
                holding=name,
                due_at=now + BELL_LASTS,
            )
            for position, (verb, name) in enumerate(plan)
        )
        append(
            events.REQUEST_STARTED,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference, "steps": len(steps)},
        )
        for step in steps:
            if step.verb == Verb.EXPORT:
                ring(step.pk)
    return request
