"""The queue of one kind of case: tabs with counts, two orders each way, keyset pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.waiting import DUE_SOON
from core.pagination import KeysetPage, keyset_page

from .kinds import CaseKind

#: rows of a page, and the most cases of one bulk act; the most that a tab counts
PAGE_SIZE, MOST_COUNTED = 50, 100


@dataclass(frozen=True)
class Tab:
    """One tab of a queue: the condition of its cases for this reader at this moment, and its order at first."""

    name: str
    label: Any
    where: Callable[[User, datetime], Q]
    sort: str = "due"


def open_cases(kind: CaseKind) -> Q:
    """Return the condition that a case is not settled."""
    return Q(state__in=sorted(kind.model.OPEN))


def late(kind: CaseKind, now: datetime) -> Q:
    """Return the condition that a case is open past its deadline."""
    return open_cases(kind) & kind.runs & Q((f"{kind.model.DUE}__lt", now))


def due_soon(kind: CaseKind, now: datetime) -> Q:
    """Return the condition that a case is due within seven days, or late."""
    return open_cases(kind) & kind.runs & Q((f"{kind.model.DUE}__lt", now + DUE_SOON))


def assigned_tabs(kind: CaseKind) -> Sequence[Tab]:
    """Return the tabs of a kind whose cases are held."""
    opened = open_cases(kind)
    return (
        Tab("open", gettext_lazy("Open"), lambda _user, _now: opened),
        Tab("mine", gettext_lazy("Mine"), lambda user, _now: opened & Q(assignee=user.pk)),
        Tab("unassigned", gettext_lazy("Unassigned"), lambda _user, _now: opened & Q(assignee=None)),
        Tab("due", gettext_lazy("Due in 7 days"), lambda _user, now: due_soon(kind, now)),
        Tab("overdue", gettext_lazy("Overdue"), lambda _user, now: late(kind, now)),
        Tab("all", gettext_lazy("All"), lambda _user, _now: Q(), "-received"),
    )


def orders(kind: CaseKind) -> Mapping[str, tuple[str, str]]:
    """Return name of an order → fields, the id last."""
    received, due = kind.model.RECEIVED, kind.model.DUE
    return {
        "due": (due, "id"),
        "-due": (f"-{due}", "-id"),
        "received": (received, "id"),
        "-received": (f"-{received}", "-id"),
    }


def list_cases(kind: CaseKind, rows: QuerySet[Any], sort: str, cursor: str = "") -> KeysetPage[Any]:
    """Return one page of `rows`. Raises ValueError, with a sentence, for an order or a cursor that is not ours."""
    if sort not in orders(kind):
        raise ValueError(_("This list cannot be sorted like that. Choose an order from the head of the table."))
    try:
        return keyset_page(rows, orders(kind)[sort], PAGE_SIZE, cursor)
    except ValueError:
        raise ValueError(_("The address of this page is damaged. Start from the first page.")) from None


def count_label(count: int | None) -> str:
    """Return the count beside a tab, empty for none."""
    if not count:
        return ""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)
