"""What waits for whoever keeps the terms: overdue reviews of processors, drafts that others wrote."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.identity.models import User
from accounts.identity.policies import accounts_of
from accounts.identity.roles import Role
from accounts.identity.waiting import WaitingItem, declare_waiting

from .models import Announcement, PolicyVersion, Processor

#: who keeps the register
KEEPERS = frozenset({Role.LEGAL_COUNSEL, Role.PRIVACY_OFFICER})
#: who may publish what others wrote: in a small office an administrator is the second person
PUBLISHERS = KEEPERS | {Role.ADMINISTRATOR}


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


def _find_versions(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return the drafts of the policy that this person may publish, as they wrote none of them."""
    drafts = PolicyVersion.objects.filter(published_at=None).defer("text_en", "text_ar").order_by("written_at")[:most]
    return _drafts(user, drafts, _("A version of the policy waits to be published"), "admin:terms_policyversion_detail")


def _find_announcements(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return the announcements that this person may release, as they wrote none of them."""
    drafts = Announcement.objects.filter(released_at=None).order_by("written_at")[:most]
    return _drafts(user, drafts, _("An announcement waits for its release"), "admin:terms_announcement_detail")


def _drafts(user: User, drafts: Any, text: str, page: str) -> list[WaitingItem]:
    found = list(drafts)
    own = accounts_of(user, {writer for draft in found for writer in draft.writers}) if found else set()
    return [
        WaitingItem(
            key=f"{page.split(':')[1]}:{draft.pk}",
            title=draft.name,
            text=text,
            act=_("Read the draft"),
            url=reverse(page, args=[draft.pk]),
            since=draft.written_at,
        )
        for draft in found
        if not own & {*draft.writers}
    ]


declare_waiting(
    name="terms.versions", title=gettext_lazy("Drafts of the policy"), find=_find_versions, roles=PUBLISHERS
)
declare_waiting(
    name="terms.announcements",
    title=gettext_lazy("Drafts of announcements"),
    find=_find_announcements,
    roles=PUBLISHERS,
)
