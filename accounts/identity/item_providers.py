"""The restricted items that staff may request to read: sign-in sessions with network address and browser."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _, gettext_lazy

from accounts.personaldata.item_providers import declare_item_provider, show_time
from vault.services import Decryptor

from .visitors import browser_name


def _sessions(
    model: type[UserSession], items: Collection[UUID], opener: Decryptor
) -> Iterator[tuple[UserSession, dict[str, Any]]]:
    """Yield the sessions, whose fields are not encrypted; their rows are counted, and staff do not read their keys."""
    keys = [item.int for item in items if item.int < 2**63]
    shown = model.objects.filter(user__reference=opener.reference, pk__in=keys)
    for row in shown.only("created_at", "last_seen_at", "ip", "user_agent"):
        yield row, {}


SESSION = declare_item_provider(
    "identity.session",
    gettext_lazy("Sign-in sessions"),
    UserSession,
    listing="identity_name_sessions",
    takes=("start", "end"),
    facts={"time": "began_at"},
    outline=gettext_lazy("Sign-in session that began %(time)s"),
    show=lambda row, _decrypted: {
        _("Began"): show_time(row.created_at),
        _("Last used"): show_time(row.last_seen_at),
        _("Network address"): row.ip,
        _("Browser"): browser_name(row.user_agent),
        _("What it calls itself"): row.user_agent,
    },
    rows_of=_sessions,
    own_name=lambda row, _decrypted: browser_name(row.user_agent),
    number_of=lambda row: UUID(int=row.pk),
)
