"""Deliver a package without one data category; the package says so."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.errors import RightsError
from rights.models import Step
from rights.states import ExclusionReason, StepStatus, Verb

from .get_for_update import get_step_for_update
from .run_step import proceed
from .steps import log_step


def exclude_step(reference: str, step_id: UUID, *, actor: User, reason: ExclusionReason, now: datetime) -> Step:
    """Settle a stuck export by an officer's decision; the package names the data category and the reason.

    Raises NotAllowedError, WrongStateError, RightsError for the package itself or a step that is not stuck.
    """
    with db.atomic():
        request, step = get_step_for_update(reference, step_id, actor=actor)
        if step.verb != Verb.EXPORT:
            raise RightsError("step", _("The package itself cannot be left out."))
        step.status, step.left_out, step.finished_at = StepStatus.LEFT_OUT, reason, now
        step.save(update_fields=["status", "left_out", "finished_at"])
        log_step(events.STEP_LEFT_OUT, step, actor=actor_of(actor), now=now, reason=reason.value)
        proceed(request, now=now)
    return step
