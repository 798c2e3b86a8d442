"""Register what a user's overview tells."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from accounts.identity.announcements import register_role_ended, register_staff_left
from accounts.identity.home import Card, News, badges, declare_badge, register_card, register_news
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from audit.log import uuid7
from audit.log.actors import Actor
from audit.log.models import Entry
from cases.services import release_cases
from cases.withheld import register_withheld
from core import db

from .events import LOOKED_OPENED
from .legal.kind import LEGAL
from .selectors import count_glass, count_waiting, list_accesses, list_withheld

#: how long an access counts as news
NEWS_LASTS = timedelta(days=30)

register_withheld(list_withheld)


@register_staff_left
def release_processes(reference: str, *, actor: Actor, now: datetime, **_role: object) -> None:
    """Put the legal processes of a colleague who left back into the queue."""
    release_cases(LEGAL, reference, actor=actor, now=now)


@register_role_ended
def release_processes_of_role(reference: str, *, actor: Actor, now: datetime, role: Role) -> None:
    """Put the legal processes of a colleague who is counsel no longer back into the queue."""
    if role in LEGAL.workers:
        release_cases(LEGAL, reference, actor=actor, now=now)


@register_card
def permission_card(request: HttpRequest) -> Card | None:
    """Show that an approval request waits for the user's answer."""
    count = badges(request)["permissions"]
    if not count:
        return None
    text = ngettext("%(count)d request waits for your answer.", "%(count)d requests wait for your answer.", count)
    url, text = reverse("humanaccess:permissions"), text % {"count": count}
    return Card(_("May we look?"), text, url, _("Read and answer"), icon="hand", tone="warning", awaits_answer=True)


@register_news
def unseen_accesses(request: HttpRequest) -> Iterator[News]:
    """Tell how often somebody accessed the user's data since they last opened the page that lists it."""
    if count := badges(request)["history"]:
        reference = signed_in(request).reference
        with db.row_security_for(reference):
            newest = list_accesses(reference)[0].time
        text = ngettext(
            "%(count)d access of our staff to your data", "%(count)d accesses of our staff to your data", count
        )
        yield News(text % {"count": count}, reverse("humanaccess:access_history"), "eye", newest)


def count_unseen(reference: str, now: datetime) -> int:
    """Count the accesses since the user last opened their access history, of the last month at most.

    Both queries read the index by subject from there on only.
    """
    month = uuid7.first_from(now - NEWS_LASTS)
    opened = Entry.objects.filter(subject=reference, event=LOOKED_OPENED.name, id__gte=month).order_by("-id")
    return list_accesses(reference).filter(id__gt=Coalesce(Subquery(opened.values("id")[:1]), month)).count()


declare_badge("history", count_unseen)
declare_badge("permissions", count_waiting)
declare_badge("glass", count_glass)
