"""What waits for whoever keeps the register of processors: reviews that are overdue."""

from collections.abc import Sequence
from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import WaitingItem, declare_waiting

from .models import Processor

#: who keeps the register
KEEPERS = frozenset({Role.LEGAL_COUNSEL, Role.PRIVACY_OFFICER})


def _find_overdue(_user: User, _roles: frozenset[Role], now: datetime, _most: int) -> Sequence[WaitingItem]:
    """Return one item for all of them: the register says whose they are. One that gets overdue later is told anew."""
    late = Processor.objects.in_use().filter(review_due_on__lt=timezone.localdate(now)).order_by("review_due_on")
    days = [day for day in late.values_list("review_due_on", flat=True) if day]
    if not days:
        return []
    due_at = timezone.make_aware(datetime.combine(days[0], time.max))
    return [
        WaitingItem(
            key=f"terms.reviews:{days[-1]}",
            title=_("Processors"),
            text=ngettext("%(count)d review is overdue", "%(count)d reviews are overdue", len(days))
            % {"count": len(days)},
            act=_("See them"),
            url=reverse("admin:terms_processor_changelist"),
            since=due_at,
            due_at=due_at,
            due_on=days[0],
        )
    ]


declare_waiting(name="terms.reviews", title=gettext_lazy("Reviews of processors"), find=_find_overdue, roles=KEEPERS)
