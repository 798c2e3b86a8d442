"""What waits for an officer in the queue of rights requests."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import DUE_SOON, WaitingItem, declare_waiting
from cases.presenters import RowAct
from cases.queue import due_soon

from .kind import RIGHTS
from .models import RightsRequest, Step
from .policies import SIGNERS, signer_refusals
from .selectors import (
    active_holds,
    answered_at,
    awaits_officer,
    list_requests,
    list_subjects_on_hold,
    open_orders,
    stuck_request_ids,
)
from .states import DECIDED, DECIDED_FIRST, OPEN, RUNNING, Kind, RequestState

#: after this time without an answer the officer decides whether to go on
LONGEST_REST = timedelta(days=14)
#: after this time without an answer of the platform an officer is told
ORDER_ANSWERED_WITHIN = timedelta(hours=1)
_ACTS: dict[str, tuple[str | Promise, bool]] = {
    "begin": (gettext_lazy("Take and start"), True),
    "take": (gettext_lazy("Take"), True),
    "start": (gettext_lazy("Start the work"), True),
    "approve": (gettext_lazy("Approve the delivery"), False),
    "grant": (gettext_lazy("Grant it"), False),
    "resume": (gettext_lazy("Go on without an answer"), False),
    "erase": (gettext_lazy("Begin the deletion"), False),
    "sign_off": (gettext_lazy("Sign off"), False),
    "decide": (gettext_lazy("Decide"), False),
    "answer": (gettext_lazy("Answer it"), False),
    "": (gettext_lazy("See the step"), False),
}
#: acts on a page that has another name; without one, on the page of the case
_PAGES = {"decide": "", "answer": "_approve", "": ""}


def next_act(
    request: RightsRequest, officer: User, stuck: Iterable[UUID], held: Collection[str], now: datetime
) -> RowAct | None:
    """Return what this officer would do next with a request, None where it waits for somebody or something else.

    `held` are the people on whom a legal hold keeps everything.
    """
    if request.subject == officer.reference or not request.is_open:
        return None
    act, waits = None, request.state == RequestState.AWAITING_USER and not _waited_long(request, now)
    if request.assignee_id is None and not waits:
        begins = request.state == RequestState.RECEIVED and request.identified_at
        act = "begin" if begins and request.kind not in DECIDED_FIRST else "take"
    elif request.assignee_id == officer.pk:
        act = _next_of(request, held, now)
        if request.state in RUNNING and request.pk in stuck:
            act = ""
        if request.state == RequestState.AWAITING_USER and not waits:
            act = "resume"
    if act is None:
        return None
    label, is_posted = _ACTS[act]
    page = _PAGES.get(act, f"_{act}")
    return RowAct(label, reverse(f"{RIGHTS.url}{page}", args=[request.reference]), is_posted)


def _next_of(request: RightsRequest, held: Collection[str], now: datetime) -> str | None:
    """Return the act of who holds a request; a deletion waits for its grace, a hold, and for another to sign it."""
    if request.kind == Kind.DELETION:
        is_over = request.grace_ends_at is None or request.grace_ends_at <= now
        is_over = is_over and request.subject not in held
        return "erase" if request.state == RequestState.VERIFYING and is_over else None
    if request.kind in DECIDED:
        return "grant" if request.state == RequestState.VERIFYING else None
    acts = {RequestState.VERIFYING: "start", RequestState.REVIEW: "approve"}
    if request.kind == Kind.CORRECTION:
        acts = {RequestState.VERIFYING: "decide", RequestState.REVIEW: "answer"}
    return acts.get(RequestState(request.state))


def _find(user: User, _roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    rested = Q(paused_since__lt=now - LONGEST_REST) | due_soon(RIGHTS, now)
    waited = Q(rested, state=RequestState.AWAITING_USER)
    free = Q(assignee=None) & (~Q(state=RequestState.AWAITING_USER) | waited)
    needs_attention = Step.objects.filter(awaits_officer(), request=OuterRef("pk"))
    mine = Q(assignee=user.pk) & (
        Q(state__in=[RequestState.VERIFYING, RequestState.REVIEW])
        | Q(Exists(needs_attention), state__in=sorted(RUNNING))
        | waited
    )
    rows = list_requests().filter(state__in=sorted(OPEN)).exclude(subject=user.reference).order_by("due_at", "id")
    found = [row for which in (mine, free) for row in rows.filter(which)[:most]]
    stuck, answered, items = stuck_request_ids(found), answered_at(found), []
    held = list_subjects_on_hold("", now)
    for row in found:
        if act := next_act(row, user, stuck, held, now):
            name = row.user.username if row.user else row.subject[:8]
            item = _item(row, act, _("%(kind)s request of %(name)s") % {"kind": row.get_kind_display(), "name": name})
            key = f"{item.key}:{answered.get(row.pk, '')}".rstrip(":")
            tone = "info" if row.pk in answered else "danger"
            items.append(replace(item, key=key, note=_note(row, stuck, answered, now), note_tone=tone))
    return items


def _item(row: RightsRequest, act: RowAct, text: str) -> WaitingItem:
    url = reverse(RIGHTS.url, args=[row.reference])
    return WaitingItem(
        key=f"rights:{row.reference}:{row.state}:{act.url}",
        title=row.reference,
        text=text,
        act=act.label,
        url=url if act.is_posted else act.url,
        post_url=act.url if act.is_posted else "",
        since=row.received_at,
        due_at=row.due_at,
        due_on=row.due_on,
        subject=row.subject,
        is_mine=row.assignee_id is not None,
        may_escalate=row.assignee_id is not None,
    )


def _find_to_sign(user: User, _roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return the deletions that this person may sign off; nothing of whom they are about is shown."""
    waiting = list_requests().filter(kind=Kind.DELETION, state=RequestState.REVIEW).exclude(assignee=None)
    waiting = waiting.exclude(Exists(active_holds(now).filter(subject=OuterRef("subject"))))
    others = waiting.exclude(assignee=user.pk).exclude(started_by=user.reference)
    rows = [*others.order_by("due_at", "id")[:most]]
    refused = signer_refusals(rows, user) if rows else {}
    label, is_posted = _ACTS["sign_off"]
    return [
        replace(
            _item(
                row,
                RowAct(label, reverse(f"{RIGHTS.url}_sign_off", args=[row.reference]), is_posted),
                _("a deletion whose steps are settled"),
            ),
            is_mine=False,
        )
        for row in rows
        if row.pk not in refused
    ]


def _find_orders(user: User, _roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return what waits for the platform, which has had an order for an hour without an answer."""
    late = open_orders().filter(created_at__lt=now - ORDER_ANSWERED_WITHIN).exclude(subject=user.reference)
    person = Subquery(User.objects.filter(reference=OuterRef("subject")).values("pk")[:1])
    return [
        WaitingItem(
            key=f"rights.orders:{order.pk}",
            title=order.case_ref or capfirst(order.get_kind_display()),
            text=_("The platform has not answered an order for %(time)s.") % {"time": timesince(order.created_at, now)},
            act=_ACTS[""][0] if order.case_ref else _("See the person"),
            url=_page_of(order.case_ref, order.person),
            since=order.created_at,
            subject=order.subject,
        )
        for order in late.annotate(person=person)[:most]
    ]


def _page_of(case: str, person: UUID | None) -> str:
    """Return the page of an order's request; of one that is for none, the page of its person, if they are there."""
    if case:
        return reverse(RIGHTS.url, args=[case])
    return reverse("admin:identity_user_detail", args=[person]) if person else reverse("admin:index")


def _waited_long(request: RightsRequest, now: datetime) -> bool:
    """Return whether an open question is to be thought about: its deadline is near, or has rested for long."""
    if request.paused_since is not None:
        return request.paused_since < now - LONGEST_REST
    return request.due_at < now + DUE_SOON


def _note(row: RightsRequest, stuck: Iterable[UUID], answered: Collection[UUID], now: datetime) -> str:
    if row.pk in stuck:
        return _("a step waits for an officer")
    if row.pk in answered:
        return _("the person answered")
    return _("not acknowledged in time") if row.is_unacknowledged(now) else ""


declare_waiting(name="rights", title=gettext_lazy("Rights requests"), find=_find, roles=RIGHTS.workers)
declare_waiting(
    name="rights.orders", title=gettext_lazy("Orders to the platform"), find=_find_orders, roles=RIGHTS.workers
)
declare_waiting(name="rights.sign_off", title=gettext_lazy("Deletions to sign off"), find=_find_to_sign, roles=SIGNERS)
