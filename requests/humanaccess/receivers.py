"""What this app answers when others ask: the card on a user's overview, and a colleague who leaves or loses a role."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.identity.policies import signed_in
from accounts.identity.ports import Card, register_card, register_role_ended, register_staff_left
from audit import sides

from .selectors import count_waiting
from .services import end_grants_of_staff

register_staff_left(end_grants_of_staff)
register_role_ended(end_grants_of_staff)


@register_card
def permission_card(request: HttpRequest) -> Card | None:
    """Show that somebody waits for the user's answer."""
    user = signed_in(request)
    with sides.as_subject(user.reference):
        count = count_waiting(user.reference, timezone.now())
    if not count:
        return None
    text = ngettext("%(count)d ask waits for your answer.", "%(count)d asks wait for your answer.", count)
    url = reverse("settings_permissions")
    return Card(_("May we look?"), text % {"count": count}, url, icon="hand", tone="warning", asks=True)
