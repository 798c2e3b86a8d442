"""Receivers: what a user's overview tells, and a colleague who leaves or loses a role."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.identity.announcements import register_role_ended, register_staff_left
from accounts.identity.home import Card, declare_badge, register_card
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from audit.log.actors import Actor
from core import db

from .models import RightsRequest
from .selectors import list_own_requests
from .services import release_requests
from .states import Kind

register_staff_left(release_requests)


@register_role_ended
def release_requests_of_former_officer(reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
    """Return the requests of a colleague who is no longer a privacy officer to the queue."""
    if role is Role.PRIVACY_OFFICER:
        release_requests(reference, actor=actor, now=now)


@register_card
def request_card(request: HttpRequest) -> Card:
    """Show the newest request that is open, or whose package waits; else say what can be asked for."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        rows = list_own_requests(user.reference, limit=5)
    for row in rows:
        url = reverse("rights:request", args=[row.reference])
        package = getattr(row, "package", None)
        if package is not None and package.is_offered(now) and not package.downloads:
            ready, text = _("Your data is ready"), _("Request %(reference)s") % {"reference": row.reference}
            return Card(ready, text, url, _("Download"), icon="download", tone="success", awaits_answer=True)
        if row.is_open:
            facts = {"reference": row.reference, "day": date_format(row.due_on)}
            text = _("Request %(reference)s is open. You have our answer by %(day)s.") % facts
            return Card(_("Your request for your data"), text, url, _("See where it stands"), "shield", "info")
    text = _("You can have a copy of everything that we hold about you.")
    return Card(
        _("Your data"), text, reverse("rights:new_request", args=[Kind.ACCESS]), _("Ask for your data"), "shield"
    )


def count_ready(reference: str, now: datetime) -> int:
    """Count the packages that wait for their first download."""
    return RightsRequest.objects.filter(
        subject=reference, package__removed_at=None, package__expires_at__gt=now, package__downloads=0
    ).count()


declare_badge("privacy", count_ready)
