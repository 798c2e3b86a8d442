"""What identity puts on the settings overview."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .home import Card, register_card
from .policies import signed_in
from .selectors import get_sign_in_methods, list_sessions


@register_card
def _sign_in_card(request: HttpRequest) -> Card:
    """Say how well the account is guarded, and where it is open."""
    user = signed_in(request)
    count = len(list_sessions(user, request.session.session_key or "", timezone.now()))
    where = ngettext("Signed in at %(count)d place.", "Signed in at %(count)d places.", count) % {"count": count}
    url = reverse("identity:security")
    if get_sign_in_methods(user).factors:
        return Card(_("Sign-in & security"), where, url, icon="key")
    text = where + " " + _("No second step guards your account yet.")
    return Card(_("Sign-in & security"), text, url, icon="key", tone="warning")
