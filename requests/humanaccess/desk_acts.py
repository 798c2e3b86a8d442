"""What the desk's buttons do: each one form, one call of a service, one sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import User

from . import services
from .errors import WrongStateError
from .forms import DecideForm, ReviewForm
from .models import Ask, Grant
from .shown import grant_of
from .states import Finding


@dataclass(frozen=True)
class DeskAct:
    """One button: `do(ask, actor=, now=, **form fields)`.

    `decides` says that the act needs a recent step-up: it opens something, or finds that it was in order. What ends
    or withdraws needs none. `waits` is said instead of `done` where `do` returns None.
    """

    do: Callable[..., object]
    done: Any
    form: type[forms.Form] | None = None
    decides: bool = False
    waits: Any = None


def _grant(ask: Ask) -> Grant:
    grant = grant_of(ask)
    if grant is None:
        raise WrongStateError(_("No access was given on this ask."), rule="no_grant")
    return grant


def _decline(ask: Ask, *, actor: User, now: datetime, note: str, **_more: object) -> object:
    return services.decline_ask(ask, actor=actor, note=note, now=now)


def _close(ask: Ask, *, actor: User, now: datetime) -> None:
    services.close_grant(_grant(ask), reader=actor, now=now)


def _revoke(ask: Ask, *, actor: User, now: datetime) -> None:
    services.revoke_grant(_grant(ask), actor=actor, now=now)


def _review(ask: Ask, *, actor: User, now: datetime, finding: str, note: str) -> None:
    services.review_grant(_grant(ask), actor=actor, finding=Finding(finding), note=note, now=now)


ACTS: dict[str, DeskAct] = {
    "cancel": DeskAct(services.cancel_ask, gettext_lazy("The ask is withdrawn.")),
    "approve": DeskAct(
        services.approve_ask,
        gettext_lazy("Your approval is recorded."),
        DecideForm,
        decides=True,
        waits=gettext_lazy("Your approval is recorded. Access opens once another approver has approved."),
    ),
    "decline": DeskAct(_decline, gettext_lazy("The ask is declined."), DecideForm, decides=True),
    "close": DeskAct(_close, gettext_lazy("You gave the access back.")),
    "revoke": DeskAct(_revoke, gettext_lazy("The access has ended.")),
    "review": DeskAct(_review, gettext_lazy("Your review is recorded."), ReviewForm, decides=True),
}
