"""What waits for an officer in the queue of rights requests."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import DUE_SOON, WaitingItem, declare_waiting
from cases.presenters import RowAct
from cases.queue import due_soon

from .kind import RIGHTS
from .models import RightsRequest, Step
from .selectors import answered_at, list_requests, stuck_request_ids
from .states import OPEN, RequestState, StepStatus

#: after this time without an answer the officer decides whether to go on
LONGEST_REST = timedelta(days=14)
_ACTS: dict[str, tuple[str | Promise, bool]] = {
    "begin": (gettext_lazy("Take and start"), True),
    "take": (gettext_lazy("Take"), True),
    "start": (gettext_lazy("Start the work"), True),
    "approve": (gettext_lazy("Approve the delivery"), False),
    "resume": (gettext_lazy("Go on without an answer"), False),
    "": (gettext_lazy("See the step"), False),
}


def next_act(request: RightsRequest, officer: User, stuck: Iterable[UUID], now: datetime) -> RowAct | None:
    """Return what this officer would do next with a request, None where it waits for somebody or something else."""
    if request.subject == officer.reference or not request.is_open:
        return None
    act, waits = None, request.state == RequestState.AWAITING_USER and not _waited_long(request, now)
    if request.assignee_id is None and not waits:
        act = "begin" if request.state == RequestState.RECEIVED and request.identified_at else "take"
    elif request.assignee_id == officer.pk:
        acts = {RequestState.VERIFYING: "start", RequestState.REVIEW: "approve"}
        act = acts.get(RequestState(request.state))
        if request.state == RequestState.IN_PROGRESS and request.pk in stuck:
            act = ""
        if request.state == RequestState.AWAITING_USER and not waits:
            act = "resume"
    if act is None:
        return None
    label, is_posted = _ACTS[act]
    return RowAct(label, reverse(f"{RIGHTS.url}_{act}" if act else RIGHTS.url, args=[request.reference]), is_posted)


def _find(user: User, _roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    rested = Q(paused_since__lt=now - LONGEST_REST) | due_soon(RIGHTS, now)
    waited = Q(rested, state=RequestState.AWAITING_USER)
    free = Q(assignee=None) & (~Q(state=RequestState.AWAITING_USER) | waited)
    needs_attention = Step.objects.filter(request=OuterRef("pk"), status=StepStatus.NEEDS_ATTENTION)
    mine = Q(assignee=user.pk) & (
        Q(state__in=[RequestState.VERIFYING, RequestState.REVIEW])
        | Q(Exists(needs_attention), state=RequestState.IN_PROGRESS)
        | waited
    )
    rows = list_requests().filter(state__in=sorted(OPEN)).exclude(subject=user.reference).order_by("due_at", "id")
    found = [row for which in (mine, free) for row in rows.filter(which)[:most]]
    stuck, answered, items = stuck_request_ids(found), answered_at(found), []
    for row in found:
        if act := next_act(row, user, stuck, now):
            url = reverse(RIGHTS.url, args=[row.reference])
            items.append(
                WaitingItem(
                    key=f"rights:{row.reference}:{row.state}:{act.url}:{answered.get(row.pk, '')}".rstrip(":"),
                    title=row.reference,
                    text=_("%(kind)s request of %(name)s")
                    % {"kind": row.get_kind_display(), "name": row.user.username if row.user else row.subject[:8]},
                    act=act.label,
                    url=url if act.is_posted else act.url,
                    post_url=act.url if act.is_posted else "",
                    since=row.received_at,
                    due_at=row.due_at,
                    due_on=row.due_on,
                    subject=row.subject,
                    is_mine=row.assignee_id is not None,
                    may_escalate=row.assignee_id is not None,
                    note=_note(row, stuck, answered, now),
                    note_tone="info" if row.pk in answered else "danger",
                )
            )
    return items


def _waited_long(request: RightsRequest, now: datetime) -> bool:
    """Return whether an open question is to be thought about: its deadline is near, or has rested for long."""
    if request.paused_since is not None:
        return request.paused_since < now - LONGEST_REST
    return request.due_at < now + DUE_SOON


def _note(row: RightsRequest, stuck: Iterable[UUID], answered: Collection[UUID], now: datetime) -> str:
    if row.pk in stuck:
        return _("a step needs attention")
    if row.pk in answered:
        return _("the person answered")
    return _("not acknowledged in time") if row.is_unacknowledged(now) else ""


declare_waiting(name="rights", title=gettext_lazy("Rights requests"), find=_find, roles=RIGHTS.workers)
