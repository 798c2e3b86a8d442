"""What waits for counsel among legal processes: one that is due, one that nobody holds, a delay that ends soon."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import DUE_SOON, WaitingItem, declare_waiting
from humanaccess.selectors import list_own_subjects

from .kind import LEGAL
from .models import LegalProcess
from .states import OPEN


def _find(user: User, _roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return the open processes that this counsel holds or may take; nothing of whom they are about is shown."""
    rows = LegalProcess.objects.filter(Q(assignee=user.pk) | Q(assignee=None))
    rows = rows.exclude(subject__in=list_own_subjects(user))
    rows = rows.defer("document_key").order_by("due_at", "id")
    found = [
        _item(row, "act", row.get_kind_display(), row.due_at) for row in rows.filter(state__in=sorted(OPEN))[:most]
    ]
    ends = rows.filter(notified_at=None, delayed_until__gt=now, delayed_until__lte=now + DUE_SOON)
    text = _("The notice to the person is given when its delay ends.")
    found += [_item(row, "notice", text, row.delayed_until) for row in ends[:most]]
    return found


def _item(row: LegalProcess, what: str, text: object, due_at: datetime | None) -> WaitingItem:
    return WaitingItem(
        key=f"legal:{row.reference}:{what}:{row.state}",
        title=row.reference,
        text=text,
        act=_("Open"),
        url=reverse(LEGAL.url, args=[row.reference]),
        since=row.filed_at,
        due_at=due_at,
        subject=row.subject,
        is_mine=row.assignee_id is not None,
        may_escalate=True,
    )


declare_waiting(name="legal", title=gettext_lazy("Legal processes"), find=_find, roles=LEGAL.workers)
