"""Accesses to daily totals, as their subject sees them: no item was opened, and no grant is needed."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.connections.events import SUMS_SHOWN as CONNECTIONS_SHOWN
from accounts.workloads.events import SUMS_SHOWN as WORKLOADS_SHOWN
from audit.log.models import Entry

from . import selectors
from .presenters import name_of

#: the most accesses that the page lists; the log has all of them
MAX_ACCESSES = 100
_TITLES = {
    WORKLOADS_SHOWN.name: _("Totals by day: workloads"),
    CONNECTIONS_SHOWN.name: _("Totals by day: connections"),
}


@dataclass(frozen=True)
class TotalAccess:
    """One access: its entry, who read, which totals."""

    entry: Entry
    reader: str
    title: Any


def list_total_accesses(reference: str) -> list[TotalAccess]:
    """Return the newest accesses to a person's totals; call it inside `db.row_security_for`."""
    entries = list(Entry.objects.filter(subject=reference, event__in=_TITLES).order_by("-id")[:MAX_ACCESSES])
    names = selectors.get_names(entry.actor.partition(":")[2] for entry in entries)
    return [
        TotalAccess(entry, name_of(entry.actor.partition(":")[2], names), _TITLES[entry.event]) for entry in entries
    ]
