"""What this app answers when others ask: the card on a user's overview, and a colleague who leaves or loses a role."""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.policies import signed_in
from accounts.identity.ports import (
    Card,
    Figure,
    register_card,
    register_figures,
    register_role_ended,
    register_staff_left,
)
from accounts.identity.roles import Role
from audit import sides
from audit.actors import Actor

from .policies import may_see_queue
from .selectors import count_late, list_own_requests
from .services import release_requests
from .states import State


@register_card
def request_card(request: HttpRequest) -> Card | None:
    """Show the newest request that is open, or whose package waits."""
    user, now = signed_in(request), timezone.now()
    with sides.as_subject(user.reference):
        rows = list_own_requests(user.reference, limit=5)
    for row in rows:
        url = reverse("settings_request", args=[row.reference])
        package = getattr(row, "package", None)
        if row.state == State.FULFILLED and package is not None and package.is_offered(now) and not package.downloads:
            return Card(_("Your data is ready"), row.reference, url, icon="download", tone="success", asks=True)
        if row.is_open:
            text = _("%(reference)s is open and will be answered.") % {"reference": row.reference}
            return Card(_("A request of yours"), text, url, icon="shield", tone="info")
    return None


@register_figures
def late_requests(request: HttpRequest) -> list[Figure]:
    """Show an officer what is late: answers, and requests that nobody has taken in time."""
    if not may_see_queue(signed_in(request)):
        return []
    late, queue = count_late(timezone.now()), reverse("admin:rights_rightsrequest_changelist")
    return [
        Figure(_("Overdue requests"), late.overdue, f"{queue}?overdue=on", "danger" if late.overdue else ""),
        Figure(
            _("Not acknowledged in time"),
            late.unacknowledged,
            f"{queue}?unacknowledged=on",
            "danger" if late.unacknowledged else "",
        ),
    ]


@register_staff_left
def give_back_requests(reference: str, *, actor: Actor, now: datetime) -> None:
    """Put the requests of a colleague who leaves back into the queue."""
    release_requests(reference, actor=actor, now=now)


@register_role_ended
def give_back_requests_of_role(reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
    """Do the same for a colleague who is no privacy officer any more."""
    if role is Role.PRIVACY_OFFICER:
        release_requests(reference, actor=actor, now=now)
