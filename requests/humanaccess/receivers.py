"""Register the card on a user's overview, and what happens when a colleague leaves or loses a role."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.identity.announcements import register_role_ended, register_staff_left
from accounts.identity.home import Card, register_card
from accounts.identity.policies import signed_in
from core import db

from .selectors import count_waiting
from .services import end_grants_of_staff

register_staff_left(end_grants_of_staff)
register_role_ended(end_grants_of_staff)


@register_card
def permission_card(request: HttpRequest) -> Card | None:
    """Show that an approval request waits for the user's answer."""
    user = signed_in(request)
    with db.row_security_for(user.reference):
        count = count_waiting(user.reference, timezone.now())
    if not count:
        return None
    text = ngettext("%(count)d request waits for your answer.", "%(count)d requests wait for your answer.", count)
    url = reverse("humanaccess:permissions")
    return Card(_("May we look?"), text % {"count": count}, url, icon="hand", tone="warning", awaits_answer=True)
