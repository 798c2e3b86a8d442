"""Legal processes as pages show them: the queue's rows, the facts of one, and what its person reads."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.personaldata.categories import category_title
from cases.presenters import CaseRow
from core.moments import day
from humanaccess.selectors import get_names

from .kind import LEGAL
from .models import LegalProcess
from .states import OPEN, Part, ProcessState

STATE_TONES = {
    ProcessState.RECEIVED: "info",
    ProcessState.CHALLENGED: "warning",
    ProcessState.SCOPE_AGREED: "info",
    ProcessState.PRODUCED: "success",
    ProcessState.REJECTED: "danger",
}


def queue_rows(processes: Sequence[LegalProcess], now: datetime, *, named: bool) -> list[CaseRow]:
    """Return the rows of the queue; with the people's names only where `named`."""
    names = get_names([process.subject for process in processes]) if named else {}
    return [
        CaseRow(
            case=process,
            url=reverse(LEGAL.url, args=[process.reference]),
            what=process.get_kind_display(),
            who=names.get(process.subject, ""),
            state=process.get_state_display(),
            tone=STATE_TONES.get(ProcessState(process.state), ""),
            left=day(process.due_on) if process.state in OPEN else "—",
            left_tone="danger" if process.state in OPEN and process.due_at < now else "",
            holder=process.assignee.username if process.assignee else "",
            flags=[] if process.is_told(now) else [(_("notice delayed"), "warning")],
        )
        for process in processes
    ]


def facts_of(process: LegalProcess) -> dict[str, Any]:
    """Return the titles of the agreed data categories."""
    return {"categories": [category_title(name) or name for name in process.categories]}


def told_rows(processes: Iterable[LegalProcess], texts: Mapping[UUID, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return processes as their person reads them."""
    rows = []
    for process in processes:
        found = texts.get(process.pk, {})
        row = {part.value: found.get(part, "") for part in Part}
        rows.append({"process": process, **facts_of(process), **row})
    return rows
