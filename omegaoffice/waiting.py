"""What waits for readers of the log: items of sweeps that need attention, and their own exports."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import WaitingItem, declare_waiting
from audit.exports.models import Export
from audit.exports.states import ExportState
from audit.log.events import ITEM_PARKED
from audit.log.models import Entry
from audit.log.sweep_items import count_needing_attention
from audit.publishing.metrics import log_faults

_ACTS = {
    ExportState.FINISHED: gettext_lazy("Download"),
    ExportState.FAILED: gettext_lazy("See what failed"),
    ExportState.PAUSED: gettext_lazy("Go on or cancel"),
}


def _find_failures(_user: User, _roles: frozenset[Role], now: datetime, _most: int) -> Sequence[WaitingItem]:
    count = count_needing_attention()
    if not count:
        return []
    newest = Entry.objects.filter(event=ITEM_PARKED.name).order_by("-id").first()
    return [
        WaitingItem(
            key=f"log:failures:{newest.pk if newest else ''}",
            title=_("Work of the machines"),
            text=ngettext("%(count)d item needs attention", "%(count)d items need attention", count) % {"count": count},
            act=_("See them"),
            url=f"{reverse('admin:audit_entry_changelist')}?event={ITEM_PARKED.name}",
            since=newest.time if newest else now,
        )
    ]


def _find_faults(_user: User, _roles: frozenset[Role], now: datetime, _most: int) -> Sequence[WaitingItem]:
    return [
        WaitingItem(
            key="faults:" + hashlib.sha256(fault.encode()).hexdigest()[:16],
            title=_("The log"),
            text=fault,
            act=_("See the checkpoints"),
            url=reverse("admin:audit_checkpoints"),
            since=now,
            is_urgent=True,
        )
        for fault in map(str, log_faults())
    ]


def _find_exports(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> Sequence[WaitingItem]:
    mine = Export.objects.filter(asked_by=str(actor_of(user)), state__in=sorted(_ACTS)).defer("sealed_key")
    mine = mine.exclude(state=ExportState.FINISHED, downloads__gt=0)
    return [
        WaitingItem(
            key=f"exports:{export.pk}:{export.state}",
            title=_("An export of yours"),
            text=str(export.get_state_display()),
            act=_ACTS[ExportState(export.state)],
            url=reverse("admin:audit_export_detail", args=[export.pk]),
            since=export.finished_at or export.asked_at,
            due_at=export.expires_at,
            is_mine=True,
        )
        for export in mine.order_by("asked_at")[:most]
    ]


declare_waiting(
    name="faults",
    title=gettext_lazy("Possible tampering with the log"),
    find=_find_faults,
    roles=frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    is_listed=False,
)
declare_waiting(
    name="log",
    title=gettext_lazy("The log"),
    find=_find_failures,
    roles=frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER}),
)
declare_waiting(
    name="exports", title=gettext_lazy("Exports of the log"), find=_find_exports, roles=frozenset({Role.AUDITOR})
)
