"""Cards of a person's overview."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.registry import Listeners

from .policies import signed_in
from .selectors import get_sign_in_methods, list_sessions


@dataclass(frozen=True)
class Card:
    """One card of the settings overview.

    `url` is its link, `icon` a name of the design system, `tone` one of its tones; cards that wait for
    the person (`awaits_answer=True`) come first. Texts are lazy translations or translated already.
    """

    title: Any
    text: Any
    url: str
    icon: str = "info"
    tone: str = ""
    awaits_answer: bool = False


def _sign_in_card(request: HttpRequest) -> Card:
    """Say how well the account is protected, and where it is open."""
    user = signed_in(request)
    count = len(list_sessions(user, request.session.session_key, timezone.now()))
    where = ngettext("Signed in at %(count)d place.", "Signed in at %(count)d places.", count) % {"count": count}
    url = reverse("identity:security")
    if get_sign_in_methods(user).factors:
        return Card(_("Sign-in & security"), where, url, icon="key")
    text = where + " " + _("No second step guards your account yet.")
    return Card(_("Sign-in & security"), text, url, icon="key", tone="warning")


_cards = Listeners[Callable[[HttpRequest], Card | None]]([_sign_in_card])
register_card = _cards.register


def cards(request: HttpRequest) -> list[Card]:
    """Return the cards for this person, those that await an answer first."""
    found = [card for make in _cards if (card := make(request)) is not None]
    return sorted(found, key=lambda card: not card.awaits_answer)
