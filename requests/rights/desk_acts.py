"""What an officer may do at the desk: the words of each act and the one service that it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.identity.models import User

from . import services
from .forms import LeaveOutForm, NoteForm, RefusalForm
from .states import LeftOutReason, RefusalGround


@dataclass(frozen=True)
class DeskAct:
    """One act: the words of its page, its form, and `do(reference, step_id, *, actor, now, **facts)`.

    `decides` says that the act needs a recent step-up: it ends the request, or says what goes out with it.
    """

    title: Any
    text: Any
    done: Any
    do: Callable[..., object]
    form: type[forms.Form] | None = None
    danger: bool = False
    on_step: bool = False
    decides: bool = False


def _take(reference: str, _step: UUID | None, *, actor: User, now: datetime) -> object:
    return services.take_request(reference, actor=actor, now=now)


def _start(reference: str, _step: UUID | None, *, actor: User, now: datetime) -> object:
    return services.start_request(reference, actor=actor, now=now)


def _approve(reference: str, _step: UUID | None, *, actor: User, now: datetime) -> object:
    return services.approve_delivery(reference, actor=actor, now=now)


def _refuse(reference: str, _step: UUID | None, *, actor: User, now: datetime, ground: str, reasons: str) -> object:
    return services.refuse_request(reference, actor=actor, ground=RefusalGround(ground), reasons=reasons, now=now)


def _note(reference: str, _step: UUID | None, *, actor: User, now: datetime, text: str) -> object:
    return services.add_note(reference, actor=actor, text=text, now=now)


def _retry(reference: str, step: UUID, *, actor: User, now: datetime) -> object:
    return services.retry_step(reference, step, actor=actor, now=now)


def _leave_out(reference: str, step: UUID, *, actor: User, now: datetime, reason: str) -> object:
    return services.leave_out_step(reference, step, actor=actor, reason=LeftOutReason(reason), now=now)


ACTS: Mapping[str, DeskAct] = {
    "take": DeskAct(
        _("Take this request"),
        _("You become the officer who holds it. If a colleague holds it, you take it over from them."),
        _("You hold %(reference)s now."),
        _take,
    ),
    "start": DeskAct(
        _("Start the work"),
        _("Machines read each holding of this person into a sealed file. No person sees what is in it."),
        _("Work on %(reference)s has started."),
        _start,
    ),
    "approve": DeskAct(
        _("Approve the delivery"),
        _("The person is written to and can download the package from now on. This cannot be undone."),
        _("The delivery of %(reference)s is approved."),
        _approve,
        decides=True,
    ),
    "refuse": DeskAct(
        _("Refuse this request"),
        _("The person is written to, with the ground, your reasons and the ways of complaint. This cannot be undone."),
        _("%(reference)s is refused."),
        _refuse,
        form=RefusalForm,
        danger=True,
        decides=True,
    ),
    "note": DeskAct(
        _("Add a note"),
        _("Notes are sealed under the person's key, and part of what they get when they ask for their data."),
        _("The note was added to %(reference)s."),
        _note,
        form=NoteForm,
    ),
    "retry": DeskAct(
        _("Try this step again"),
        _("It gets as many attempts again and runs at once."),
        _("The step of %(reference)s runs again."),
        _retry,
        on_step=True,
    ),
    "leave_out": DeskAct(
        _("Leave this holding out"),
        _("The package goes out without it and says so, with the reason."),
        _("The holding is left out of %(reference)s."),
        _leave_out,
        form=LeaveOutForm,
        danger=True,
        on_step=True,
        decides=True,
    ),
}
