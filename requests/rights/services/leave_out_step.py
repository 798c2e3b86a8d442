"""Let a package go out without one holding, and say so in it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.errors import RightsError
from rights.models import Step
from rights.states import LeftOutReason, StepStatus, Verb

from .held_step import hold_stuck_step
from .lease import step_payload
from .run_step import proceed


def leave_out_step(reference: str, step_id: UUID, *, actor: User, reason: LeftOutReason, now: datetime) -> Step:
    """Settle a stuck export by an officer's decision; the package names the holding and the reason.

    Raises NotAllowedError, WrongStateError, RightsError for the package itself or a step that is not stuck.
    """
    with sides.atomic():
        request, step = hold_stuck_step(reference, step_id, actor=actor)
        if step.verb != Verb.EXPORT:
            raise RightsError("step", _("The package itself cannot be left out."))
        step.status, step.left_out, step.finished_at = StepStatus.LEFT_OUT, reason, now
        step.save(update_fields=["status", "left_out", "finished_at"])
        append(
            events.STEP_LEFT_OUT,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={**step_payload(step, step.attempts), "reason": reason.value},
        )
        proceed(request, now=now)
    return step
