"""Receivers: the card on a user's overview, and a colleague who leaves or loses a role."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.announcements import register_role_ended, register_staff_left
from accounts.identity.home import Card, register_card
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from audit.log.actors import Actor
from core import db

from .selectors import list_own_requests
from .services import release_requests
from .states import RequestState

register_staff_left(release_requests)


@register_role_ended
def release_requests_of_former_officer(reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
    """Return the requests of a colleague who is no longer a privacy officer to the queue."""
    if role is Role.PRIVACY_OFFICER:
        release_requests(reference, actor=actor, now=now)


@register_card
def request_card(request: HttpRequest) -> Card | None:
    """Show the newest request that is open, or whose package waits."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        rows = list_own_requests(user.reference, limit=5)
    for row in rows:
        url = reverse("rights:request", args=[row.reference])
        package = getattr(row, "package", None)
        if (
            row.state == RequestState.FULFILLED
            and package is not None
            and package.is_offered(now)
            and not package.downloads
        ):
            ready = _("Your data is ready")
            return Card(ready, row.reference, url, icon="download", tone="success", awaits_answer=True)
        if row.is_open:
            text = _("%(reference)s is open and will be answered.") % {"reference": row.reference}
            return Card(_("A request of yours"), text, url, icon="shield", tone="info")
    return None
