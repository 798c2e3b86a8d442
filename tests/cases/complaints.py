"""A made-up kind of case, as an app would declare one: its states, one service, its pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import WaitingItem, WaitingList
from audit.log.event_types import EventType
from cases import services
from cases.acts import assigned_acts, question_acts
from cases.admin import CaseAdmin
from cases.kinds import CaseEvents, CaseKind
from cases.log_case import log_case
from cases.models import AssignedCase, CaseCounter, CaseNote, CaseQuestion
from cases.policies import check_worker, next_state
from cases.presenters import CaseRow, RowAct
from cases.queue import assigned_tabs
from core import db
from core.actions import Action


class Complaint(AssignedCase):
    OPEN = frozenset({"new", "held", "waiting"})

    state = models.CharField(max_length=16, choices=[(each, each) for each in ("new", "held", "waiting", "settled")])
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        app_label = "cases"
        verbose_name_plural = "complaints"


class ComplaintNote(CaseNote):
    request = models.ForeignKey(Complaint, on_delete=models.PROTECT)

    class Meta(CaseNote.Meta):
        app_label = "cases"


class ComplaintQuestion(CaseQuestion):
    request = models.ForeignKey(Complaint, on_delete=models.PROTECT)

    class Meta(CaseQuestion.Meta):
        app_label = "cases"


class ComplaintCounter(CaseCounter):
    class Meta:
        app_label = "cases"


def _event(name: str, *, opens: bool = False, **more: Any) -> EventType:
    return EventType(f"complaints.case.{name}", f"Complaint {{case}} was {name}", {"case": str, **more}, {}, opens)


FIELDS = {"refused": "act", "assigned": "officer", "noted": "note"}
FIELDS |= dict.fromkeys(("asked", "answered", "unanswered"), "question")
EVENTS = {name: _event(name) for name in ("received", "taken", "released", "settled")}
EVENTS |= {name: _event(name, **{field: str}) for name, field in FIELDS.items()}
EVENTS["shown"] = _event("shown", opens=True)

COMPLAINTS = CaseKind(
    name="complaints",
    model=Complaint,
    notes=ComplaintNote,
    questions=ComplaintQuestion,
    title="Complaints",
    url="admin:complaint",
    readers=frozenset({Role.SUPPORT}),
    workers=frozenset({Role.SUPPORT}),
    events=CaseEvents(
        act_refused=EVENTS["refused"],
        **{name: event for name, event in EVENTS.items() if name not in {"received", "settled", "refused"}},
    ),
    transitions={
        "new": {"take": "held"},
        "held": {"take": "held", "settle": "settled", "ask_user": "waiting"},
        "waiting": {"take": "waiting", "resume": "held"},
        "settled": {},
    },
)


def receive(subject: User, now: datetime) -> Complaint:
    """Store a complaint, to be settled within a week."""
    with db.atomic():
        reference = ComplaintCounter.next_reference("CO", now.year)
        about = {"reference": reference, "subject": subject.reference, "state": "new"}
        complaint = Complaint.objects.create(**about, received_at=now, due_at=now + timedelta(days=7))
        log_case(EVENTS["received"], complaint, now=now)
    return complaint


def settle(reference: str, *, actor: User, now: datetime) -> None:
    """Settle a complaint that `actor` holds."""
    with db.atomic():
        complaint = services.get_case_for_update(COMPLAINTS, reference)
        check_worker(COMPLAINTS, complaint, actor)
        complaint.state, complaint.closed_at = next_state(COMPLAINTS, complaint, "settle"), now
        complaint.save(update_fields=["state", "closed_at"])
        log_case(EVENTS["settled"], complaint, actor=actor_of(actor), now=now)


def _letter(reference: str, *, text: str) -> tuple[str, str, str]:
    return f"About {reference}", text, "en"


class ComplaintAdmin(CaseAdmin):
    kind = COMPLAINTS
    readers = COMPLAINTS.readers
    tabs = assigned_tabs(COMPLAINTS)
    acts = {
        **assigned_acts(COMPLAINTS),
        **question_acts(COMPLAINTS, _letter),
        "settle": Action("Settle it", "", "Settled.", settle),
    }

    def visible(self, _request: Any) -> Any:
        return Complaint.objects.select_related("assignee")

    def rows(self, _request: HttpRequest, cases: Sequence[Complaint], _now: datetime) -> list[CaseRow]:
        act = partial(self.act_address, "take")
        return [
            CaseRow(
                case, self.case_address(case), "complaint", "", case.state, "", "", act=RowAct("Take", act(case), True)
            )
            for case in cases
        ]


def _waiting(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> list[WaitingItem]:
    return [
        WaitingItem(
            row.reference, row.reference, "", "Take", reverse("admin:complaint", args=[row.reference]), row.received
        )
        for row in Complaint.objects.filter(state="new").exclude(subject=user.reference)[:most]
    ]


WAITING = WaitingList("complaints", "Complaints", _waiting, COMPLAINTS.workers)
