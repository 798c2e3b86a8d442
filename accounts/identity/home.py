"""News, cards and counts of a person's settings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from core import db
from core.registry import Listeners, Registry

from .policies import signed_in
from .selectors import get_sign_in_methods, list_sessions


@dataclass(frozen=True)
class Card:
    """One card of the settings overview.

    `url` is its link and `action` says what is done there, `icon` is a name of the design system, `tone` one of its
    tones; cards that wait for the person (`awaits_answer=True`) come first. Texts are lazy translations or translated
    already.
    """

    title: Any
    text: Any
    url: str
    action: Any
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
        return Card(_("Sign-in & security"), where, url, _("See where"), icon="key")
    text = where + " " + _("No second step guards your account yet.")
    return Card(_("Sign-in & security"), text, url, _("Add a second step"), icon="key", tone="warning")


_cards = Listeners[Callable[[HttpRequest], Card | None]]([_sign_in_card])
register_card = _cards.register


def cards(request: HttpRequest) -> list[Card]:
    """Return the cards for this person, those that await an answer first."""
    found = [card for make in _cards if (card := make(request)) is not None]
    return sorted(found, key=lambda card: not card.awaits_answer)


@dataclass(frozen=True)
class News:
    """Something that happened and that the person has not seen yet; `at` is when, None for the rest of a long list."""

    text: str
    url: str
    icon: str
    at: datetime | None = None


#: each yields the news of one app
_news = Listeners[Callable[[HttpRequest], Iterable[News]]]()
register_news = _news.register


def news(request: HttpRequest) -> list[News]:
    """Return what this person has not seen yet, newest first."""
    found = [one for tell in _news for one in tell(request)]
    return sorted(found, key=lambda one: one.at.timestamp() if one.at else 0, reverse=True)


@dataclass(frozen=True)
class Badge:
    """A count beside an item of the settings' menu: what is new there or waits for the person.

    `section` is the key of the item, `count` takes the person's reference and the time and runs in
    `db.row_security_for`, with one query.
    """

    section: str
    count: Callable[[str, datetime], int]


_badges = Registry[Badge]("Badge", lambda badge: badge.section)
declare_badge = _badges.declaring(Badge)
_COUNTED = "_office_badges"


def badges(request: HttpRequest) -> dict[str, int]:
    """Return section → count for the person who is signed in, counted once for a request."""
    found: dict[str, int] | None = getattr(request, _COUNTED, None)
    if found is None:
        reference, now = signed_in(request).reference, timezone.now()
        with db.row_security_for(reference):
            found = {section: badge.count(reference, now) for section, badge in _badges.items()}
        setattr(request, _COUNTED, found)
    return found
