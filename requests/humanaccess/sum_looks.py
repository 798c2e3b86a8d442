"""Looks at sums by day, as the person whose they are sees them: no item was opened, and no grant is needed."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.connections.events import SUMS_SHOWN as CONNECTIONS_SHOWN
from accounts.workloads.events import SUMS_SHOWN as WORKLOADS_SHOWN
from audit.models import Entry

from . import selectors
from .shown import name_of

#: looks that the page lists at most; the log has all of them
MOST = 100
_TITLES = {
    WORKLOADS_SHOWN.name: _("Sums by day: workloads"),
    CONNECTIONS_SHOWN.name: _("Sums by day: connections"),
}


@dataclass(frozen=True)
class SumLook:
    """One look: its entry, who looked, at which sums."""

    entry: Entry
    reader: str
    title: Any


def list_sum_looks(reference: str) -> list[SumLook]:
    """Return the newest looks at a person's sums; call it inside `sides.as_subject`."""
    lines = list(Entry.objects.filter(subject=reference, event__in=_TITLES).order_by("-id")[:MOST])
    names = selectors.get_names(line.actor.partition(":")[2] for line in lines)
    return [SumLook(line, name_of(line.actor.partition(":")[2], names), _TITLES[line.event]) for line in lines]
