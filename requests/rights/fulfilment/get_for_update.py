"""Lock a step that an officer decides about."""

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.models import User
from rights.errors import RightsError, WrongStateError
from rights.models import RightsRequest, Step
from rights.policies import check_officer
from rights.selectors import get_request_for_update
from rights.states import AllowedAct, RequestState, StepStatus

#: steps an officer may retry or exclude: never running or done
STUCK = frozenset({StepStatus.FAILED, StepStatus.PARKED})


def get_step_for_update(reference: str, step_id: UUID, *, actor: User) -> tuple[RightsRequest, Step]:
    """Return the request and its stuck step, locked; raises NotAllowedError, WrongStateError, RightsError."""
    request = get_request_for_update(reference)
    check_officer(AllowedAct.START, request, officer=actor)
    if request.state != RequestState.IN_PROGRESS:
        raise WrongStateError(request.reference, str(request.get_state_display()))
    step = Step.objects.select_for_update().get(pk=step_id, request=request)
    if step.status not in STUCK:
        raise RightsError("step", _("This step has not failed and needs no attention."))
    step.request = request
    return request, step
