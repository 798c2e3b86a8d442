"""An officer decides about a stuck step: try it again, or deliver the package without its data category."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.errors import WrongStateError
from cases.policies import check_worker
from core import db
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS
from rights import events
from rights.errors import RightsError
from rights.kind import RIGHTS
from rights.models import RightsRequest, Step
from rights.selectors import get_request_for_update
from rights.states import ExclusionReason, RequestState, StepStatus, Verb

from .run_step import proceed
from .steps import enqueue_step, log_step

#: steps an officer may retry or exclude: never running or done
_STUCK = frozenset({StepStatus.FAILED, StepStatus.NEEDS_ATTENTION})


def _get_for_update(reference: str, step_id: UUID, *, actor: User) -> tuple[RightsRequest, Step]:
    """Return the request and its stuck step, locked; raises NotAllowedError, WrongStateError, RightsError."""
    request = get_request_for_update(reference)
    check_worker(RIGHTS, request, actor)
    if request.state != RequestState.IN_PROGRESS:
        raise WrongStateError(request.reference, str(request.get_state_display()))
    step = Step.objects.select_for_update().get(pk=step_id, request=request)
    if step.status not in _STUCK:
        raise RightsError("step", _("This step has not failed and needs no attention."))
    step.request = request
    return request, step


def retry_step(reference: str, step_id: UUID, *, actor: User, now: datetime) -> Step:
    """Give a step that failed or needs attention as many attempts again, and enqueue it.

    Raises NotAllowedError, WrongStateError, RightsError for a step that is not stuck.
    """
    with db.atomic():
        _, step = _get_for_update(reference, step_id, actor=actor)
        step.status, step.due_at = StepStatus.WAITING, now + ENQUEUE_AGAIN_AFTER
        step.attempts_allowed = step.attempts + MAX_ATTEMPTS
        step.save(update_fields=["status", "attempts_allowed", "due_at"])
        log_step(events.STEP_RETRIED, step, actor=actor_of(actor), now=now)
        enqueue_step(step.pk)
    return step


def exclude_step(reference: str, step_id: UUID, *, actor: User, reason: ExclusionReason, now: datetime) -> Step:
    """Settle a stuck export by an officer's decision; the package names the data category and the reason.

    Raises NotAllowedError, WrongStateError, RightsError for the package itself or a step that is not stuck.
    """
    with db.atomic():
        request, step = _get_for_update(reference, step_id, actor=actor)
        if step.verb != Verb.EXPORT:
            raise RightsError("step", _("The package itself cannot be left out."))
        step.status, step.left_out, step.finished_at = StepStatus.EXCLUDED, reason, now
        step.save(update_fields=["status", "left_out", "finished_at"])
        log_step(events.STEP_LEFT_OUT, step, actor=actor_of(actor), now=now, reason=reason.value)
        proceed(request, now=now)
    return step
