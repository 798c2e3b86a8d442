"""An officer decides about a step: try a stuck one again, or answer without it, for a reason that the answer states."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.errors import WrongStateError
from cases.policies import check_worker, next_state
from core import db
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS
from rights import events
from rights.errors import RightsError, UserNameFoundError
from rights.kind import RIGHTS
from rights.mentions import mentions_in
from rights.models import RightsRequest, Step
from rights.policies import check_signer
from rights.selectors import get_request_for_update
from rights.states import EXCLUDABLE, REASONS, RUNNING, AllowedAct, ExclusionReason, RequestState, StepStatus, Verb

from .plan import restart_steps
from .run_step import proceed
from .steps import enqueue_step, log_step

#: steps an officer may retry or exclude: never running or done
_STUCK = frozenset({StepStatus.FAILED, StepStatus.NEEDS_ATTENTION})
#: reasons to keep something, which end on a day
_KEPT = frozenset({ExclusionReason.LEGAL_DUTY, ExclusionReason.DISPUTE, ExclusionReason.HELD_ELSEWHERE})


def _get_for_update(reference: str, step_id: UUID, *, actor: User, signs: bool = False) -> tuple[RightsRequest, Step]:
    """Return the request and its step, locked: a stuck one, or a data category in review in which others were found.

    Raises NotAllowedError, WrongStateError, RightsError.
    With `signs`, what a search found is decided by somebody who may sign the deletion off, as it came after that.
    """
    request = get_request_for_update(reference)
    step = Step.objects.select_for_update().get(pk=step_id, request=request)
    if signs and step.verb == Verb.SEARCH:
        check_signer(request, actor)
    else:
        check_worker(RIGHTS, request, actor)
    step.request = request
    if request.state == RequestState.REVIEW and mentions_in(step):
        return request, step
    if request.state not in RUNNING:
        raise WrongStateError(request.reference, str(request.get_state_display()))
    if step.status not in _STUCK and not (step.verb == Verb.ATTEST and step.status == StepStatus.WAITING):
        raise RightsError("step", _("This step has not failed and needs no attention."))
    return request, step


def retry_step(reference: str, step_id: UUID, *, actor: User, now: datetime) -> Step:
    """Give a step that failed or needs attention as many attempts again, and enqueue it.

    Raises NotAllowedError, WrongStateError, RightsError for a step that is not stuck.
    """
    with db.atomic():
        request, step = _get_for_update(reference, step_id, actor=actor)
        if step.verb == Verb.ATTEST:
            raise RightsError("step", _("Nobody but a member of staff does this step."))
        if request.state == RequestState.REVIEW:
            raise WrongStateError(request.reference, str(request.get_state_display()))
        step.status, step.due_at = StepStatus.WAITING, now + ENQUEUE_AGAIN_AFTER
        step.attempts_allowed = step.attempts + MAX_ATTEMPTS
        step.save(update_fields=["status", "attempts_allowed", "due_at"])
        log_step(events.STEP_RETRIED, step, actor=actor_of(actor), now=now)
        enqueue_step(step.pk)
    return step


def exclude_step(
    reference: str,
    step_id: UUID,
    *,
    actor: User,
    reason: ExclusionReason,
    now: datetime,
    until: date | None = None,
) -> Step:
    """Settle a step by an officer's decision; package or certificate name it, the reason, and until when.

    A data category that is left out in review has the package made anew, from what is there by then. What a deletion
    keeps, or what was not erased outside, has an end. Raises NotAllowedError, WrongStateError, RightsError for a step
    that nothing goes on without, one that is not stuck, a reason that is not its own, a wrong end.
    """
    with db.atomic():
        request, step = _get_for_update(reference, step_id, actor=actor, signs=True)
        if step.verb not in EXCLUDABLE:
            raise RightsError("step", _("Nothing goes on without this step: it cannot be left out."))
        is_name_alone = step.last_error.startswith(UserNameFoundError.__name__)
        if reason not in REASONS[step.verb] or (reason == ExclusionReason.EVERYDAY_WORD and not is_name_alone):
            raise RightsError("reason", _("This is no reason to leave out such a step."))
        receipt = {**(step.receipt or {}), "by": actor.reference}
        if step.verb in {Verb.ERASE, Verb.ATTEST, Verb.ERASE_OUTSIDE} and reason in _KEPT:
            if until is None or until <= now.date():
                raise RightsError("until", _("Give a day to come: what is kept has an end."))
            receipt["until"] = until.isoformat()
        step.status, step.left_out, step.finished_at = StepStatus.EXCLUDED, reason, now
        step.receipt = receipt if step.verb != Verb.EXPORT else step.receipt
        step.save(update_fields=["status", "left_out", "finished_at", "receipt"])
        log_step(events.STEP_LEFT_OUT, step, actor=actor_of(actor), now=now, reason=reason.value)
        if request.state == RequestState.REVIEW:
            request.state = next_state(RIGHTS, request, AllowedAct.EXCLUDE)
            request.save(update_fields=["state"])
            restart_steps(request, now=now, but_excluded=True)
            for each in Step.objects.filter(request=request, verb=Verb.EXPORT, status=StepStatus.WAITING):
                enqueue_step(each.pk)
        proceed(request, now=now)
    return step
