"""Take a step that an officer decides about, under lock."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.models import User
from rights.errors import RightsError, WrongStateError
from rights.models import RightsRequest, Step
from rights.policies import check_officer
from rights.states import Act, State, StepStatus

from .locked import lock_request

#: what an officer may decide about: never what a worker holds or has finished
_STUCK = frozenset({StepStatus.FAILED, StepStatus.PARKED})


def hold_stuck_step(reference: str, step_id: UUID, *, actor: User) -> tuple[RightsRequest, Step]:
    """Return the request and its failed or parked step, locked.

    Raises NotAllowedError, WrongStateError, RightsError.
    """
    request = lock_request(reference)
    check_officer(Act.START, request, officer=actor)
    if request.state != State.IN_PROGRESS:
        raise WrongStateError(request.reference, str(request.get_state_display()))
    step = Step.objects.select_for_update().get(pk=step_id, request=request)
    if step.status not in _STUCK:
        raise RightsError("step", _("This step has neither failed nor been parked."))
    step.request = request
    return request, step
