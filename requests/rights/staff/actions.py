"""What an officer may do on the staff console: the text of each act and the one service that it calls.

Each `do` takes the request's reference and, for acts on a step, the step's id.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.identity.models import User
from core.actions import Action
from rights import services
from rights.forms import ExcludeForm, NoteForm, RefusalForm
from rights.states import ExclusionReason, RefusalGround


def _refuse(reference: str, *, ground: str, **facts: Any) -> object:
    return services.refuse_request(reference, ground=RefusalGround(ground), **facts)


def _exclude(reference: str, step: UUID, *, reason: str, actor: User, now: datetime) -> object:
    return services.exclude_step(reference, step, actor=actor, reason=ExclusionReason(reason), now=now)


ACTIONS: Mapping[str, Action] = {
    "take": Action(
        _("Take this request"),
        _("You become the officer who holds it. If a colleague holds it, you take it over from them."),
        _("You hold %(reference)s now."),
        services.take_request,
    ),
    "start": Action(
        _("Start the work"),
        _("Machines read each data category of this person into an encrypted file. No person sees what is in it."),
        _("Work on %(reference)s has started."),
        services.start_request,
    ),
    "approve": Action(
        _("Approve the delivery"),
        _("The person is written to and can download the package from now on. This cannot be undone."),
        _("The delivery of %(reference)s is approved."),
        services.approve_delivery,
        decides=True,
    ),
    "refuse": Action(
        _("Refuse this request"),
        _("The person is written to, with the ground, your reasons and the ways of complaint. This cannot be undone."),
        _("%(reference)s is refused."),
        _refuse,
        form=RefusalForm,
        danger=True,
        decides=True,
    ),
    "note": Action(
        _("Add a note"),
        _("Notes are encrypted under the person's key, and part of what they get when they ask for their data."),
        _("The note was added to %(reference)s."),
        services.add_note,
        form=NoteForm,
    ),
}

STEP_ACTIONS: Mapping[str, Action] = {
    "retry": Action(
        _("Try this step again"),
        _("It gets as many attempts again and runs at once."),
        _("The step of %(reference)s runs again."),
        services.retry_step,
    ),
    "leave_out": Action(
        _("Leave this data category out"),
        _("The package goes out without it and says so, with the reason."),
        _("The data category is left out of %(reference)s."),
        _exclude,
        form=ExcludeForm,
        danger=True,
        decides=True,
    ),
}
