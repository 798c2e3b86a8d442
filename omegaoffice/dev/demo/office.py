"""An office in full work: requests of every kind, state and age, made through the services.

Times of requests lie in the past, as services take them. Entries of the log have the real time, and items are read at
it alone: the database goes by its own clock, and whoever verifies the log compares the two.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.utils import timezone

from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem
from audit.log.append import append
from audit.log.event_types import EventType
from cases.log_case import log_case
from core import db
from humanaccess import selectors, services as access
from humanaccess.events import ACCESS_SAMPLED
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Grant, Sample
from humanaccess.states import Finding, FollowUpKind, SampleKind
from humanaccess.texts import VERSION, ShownText
from rights import services as rights
from rights.models import RequestQuestion, RightsRequest, Step
from rights.states import Kind, RefusalGround, StepStatus, Verb

from .corrections import make_corrections
from .deletions import make_deletions
from .legal import make_processes
from .marks import make_marks

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
#: who asks for their data, beside the people who sign in
NAMES = (
    "amina", "bruno", "chen", "dalia", "elif", "farah", "gustav", "hana", "idris", "jana", "karim", "leila", "mateo",
    "nour", "olena", "pavel", "qasim", "rana", "samir", "tomas", "ula", "vera", "wafa", "xenia", "yusuf", "zeina",
    "ali", "berta", "carlos", "dunya", "emil", "fatma", "greta", "hadi", "ines", "jamal", "katya", "lars", "mona",
    "nils",
)  # fmt: skip
_PLACES: Sequence[Mapping[str, Any]] = (
    {"country": "DE"},
    {"country": "FR"},
    {},
    {"regime": "uk"},
    {"regime": "uae"},
    {"regime": "california"},
)
_REASONS = (
    "The same request was filed nine times within two weeks, and each was answered.",
    "The account shows signs of somebody else using it, and no proof of identity came.",
)
_QUESTION = "You have two apps with us. Is your request about both of them, or about one?"
#: how far from the real time still counts as now
_NOW = timedelta(minutes=1)
_TODO = "One of the items that were read lies outside the report. Ask why it was opened."
_DONE = "We talked. The report was about the hour after; the next request will name its items by that."
_ANSWER = "About both. The older one is the one that I am after."
#: days since the request → what has become of it
_REQUESTS: Sequence[tuple[int, str]] = (
    (75, "delivered"), (70, "refused"), (68, "delivered"), (61, "withdrawn"), (58, "delivered"), (55, "delivered"),
    (52, "taken"), (48, "review"), (44, "new"), (41, "stuck"), (38, "delivered"), (35, "refused"), (33, "taken"),
    (32, "new"), (31, "review"), (29, "asked"), (28, "delivered"), (27, "stuck"), (26, "new"), (25, "review"),
    (24, "answered"), (22, "delivered"), (21, "new"), (19, "withdrawn"), (18, "delivered"), (16, "new"), (15, "asked"),
    (13, "review"), (12, "new"), (11, "delivered"), (9, "refused"), (8, "new"), (7, "taken"), (6, "new"), (5, "stuck"),
    (4, "new"), (3, "answered"), (2, "new"), (1, "new"), (0, "new"),
)  # fmt: skip


@contextmanager
def _entries_at_real_time() -> Iterator[None]:
    """Have every entry written at the real time: a service that is told of another day does not date it back."""
    write = append  # the name itself is patched below

    def append_now(event: EventType, *, now: datetime, **facts: Any) -> UUID:
        real = timezone.now()
        # What happens now has the service's own time: promises compare it with rows, to the microsecond.
        return write(event, now=now if abs(real - now) < _NOW else real, **facts)

    modules = [each for each in list(sys.modules.values()) if getattr(each, "append", None) is append]
    with ExitStack() as patches:
        for each in modules:
            patches.enter_context(patch.object(each, "append", append_now))
        yield


def fill_office(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    """Make fifty-two rights requests, twenty-five approval requests and three legal processes; return how many."""
    with _entries_at_real_time():
        return _fill(people, make_user, now)


def _fill(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    for (days, fate), name, place in zip(_REQUESTS, NAMES, cycle(_PLACES), strict=False):
        at = now - days * _DAY - _HOUR
        _rights_request(make_user(name, at), people["paula"], place, fate, at=at)
    approvals = _Approvals(people, now)
    approvals.without_a_decision()
    approvals.closed()
    approvals.used()
    approvals.waiting()
    made = make_deletions(people, make_user, now) + make_processes(people, now) + make_marks(people, make_user, now)
    made += make_corrections(people, make_user, now)
    return len(_REQUESTS) + approvals.count + made


def _rights_request(user: User, officer: User, place: Mapping[str, Any], fate: str, *, at: datetime) -> None:
    with db.use_role("default"):
        request = rights.receive_request(user, kind=Kind.ACCESS, identified=True, now=at, **place)
        if fate == "withdrawn":
            rights.withdraw_request(user, request.reference, now=at + 2 * _DAY)
    if fate in {"new", "withdrawn"}:
        return
    reference, then = request.reference, at + 20 * _HOUR
    with db.use_role("staff"):
        rights.take_request(reference, actor=officer, now=then)
        if fate == "refused":
            reasons = _REASONS[len(user.username) % 2]
            rights.refuse_request(
                reference, actor=officer, ground=RefusalGround.EXCESSIVE, reasons=reasons, now=then + _HOUR
            )
        elif fate in {"asked", "answered"}:
            rights.send_question(reference, actor=officer, text=_QUESTION, now=then + _HOUR)
        elif fate != "taken":
            rights.start_request(reference, actor=officer, now=then)
    if fate == "answered":
        with db.use_role("default"), db.row_security_for(user.reference):
            question = RequestQuestion.objects.get(request=request)
            rights.answer_question(user, reference, question.pk, text=_ANSWER, now=then + 2 * _HOUR)
    if fate in {"review", "delivered", "stuck"}:
        _work(request, fate, then)
    if fate == "delivered":
        with db.use_role("staff"):
            rights.approve_delivery(reference, actor=officer, now=then + 2 * _HOUR, reviewed=True)


def _work(request: RightsRequest, fate: str, at: datetime) -> None:
    """Run the steps as the worker would; of a stuck request one needs attention."""
    with db.use_role("worker"):
        steps = Step.objects.filter(request=request).order_by("position")
        if fate == "stuck":
            one = steps.filter(verb=Verb.EXPORT).values("pk")[:1]
            Step.objects.filter(pk__in=one).update(
                status=StepStatus.NEEDS_ATTENTION, attempts=5, last_error="OperationalError"
            )
        for step in steps.values_list("pk", flat=True):
            rights.run_step(step, clock=lambda: at + _HOUR)


class _Approvals:
    """Approval requests about the two people with data."""

    def __init__(self, people: Mapping[str, User], now: datetime) -> None:
        self.now = now
        self.count = 0
        self.layla, self.omar, self.sam, self.selim = (people[name] for name in ("layla", "omar", "sam", "selim"))
        names = ("aida", "bilal", "sara", "paula")
        self.aida, self.bilal, self.sara, self.paula = (people[name] for name in names)
        where = {"start": now - 30 * _DAY, "end": now}
        with db.use_role("staff"):
            self.items = {
                user: access.list_items(asker=self.sam, subject=user, kind="workloads.command", where=where, now=now)
                for user in (self.layla, self.omar)
            }
            self.others = [
                item
                for kind in ("platform.code", "platform.files", "inbox.letter", "identity.session", "workloads.app")
                for item in access.list_items(asker=self.sam, subject=self.omar, kind=kind, where=where, now=now)[:1]
            ]

    def request(
        self, user: User, ground: Ground, ago: timedelta, count: int = 2, items: Sequence[NamedItem] = ()
    ) -> ApprovalRequest:
        """File a request for `items`, or for commands that no other one names."""
        self.count += 1
        first = (3 * self.count) % (len(self.items[user]) - count)
        agreement = ground is Ground.AGREEMENT
        with db.use_role("staff"):
            return access.request_approval(
                asker=self.sam if agreement else self.selim,
                subject=user,
                ground=ground,
                items=items or self.items[user][first : first + count],
                reason=f"Ticket {4000 + self.count}: an automation stopped, and only these items can say where.",
                abuse_reference="" if agreement else f"ABUSE-{self.count}",
                now=self.now - ago,
            )

    def answer(self, request: ApprovalRequest, user: User, *, agrees: bool) -> None:
        """Have the user refuse an hour after they were asked, or agree now: their access is open."""
        at = timezone.now() if agrees else request.asked_at + _HOUR
        shown = ShownText("May we look at these items to help you?", VERSION, "en", at)
        with db.use_role("staff"):
            wanted = {item.item for item in request.items.all()}
        with db.use_role("default"):
            if agrees:
                access.agree_to_request(request, user=user, items=wanted, shown=shown, now=at)
            else:
                access.refuse_approval(request, user=user, shown=shown, now=at)

    def read_and_give_back(self, reader: User, subject: User) -> Grant:
        """Read one item under the reader's newest access to this person's data, then give the access back."""
        with db.use_role("staff"):
            mine = Grant.objects.filter(reader=reader.reference, subject=subject.reference, ended_at=None)
            grant = mine.select_related("approval_request").latest("starts_at")
            item, now = selectors.list_granted_items(grant)[0].item, timezone.now()
            access.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=now)
            access.close_grant(grant, reader=reader, now=timezone.now())
        return grant

    def without_a_decision(self) -> None:
        """Opened without a decision two days ago, and reviewed; and three hours ago, waiting for its review."""
        for number, (hours, user) in enumerate(((44, self.omar), (3, self.layla)), start=1):
            with db.use_role("staff"):
                grant = access.break_glass(
                    asker=self.sara,
                    subject=user,
                    items=self.items[user][:2],
                    reason=f"Incident {number}: this account sends mails by the thousand; these items say by what.",
                    incident=f"INC-{2040 + number}",
                    now=self.now - hours * _HOUR,
                )
            with db.use_role("worker"):
                access.expire_grants(self.now)
            if user is self.omar:
                with db.use_role("staff"):
                    access.review_grant(grant, actor=self.bilal, finding=Finding.IN_ORDER, now=self.now - 40 * _HOUR)
            self.count += 1

    def closed(self) -> None:
        """Expired without an answer, declined, withdrawn, refused by the user."""
        for days in (30, 24, 20):
            self.request(self.omar, Ground.AGREEMENT, days * _DAY)
        for days in (18, 16):
            filed = self.request(self.layla, Ground.SECURITY, days * _DAY)
            with db.use_role("staff"):
                at = filed.asked_at + _HOUR
                access.decline_request(filed, actor=self.aida, note="The report names no item.", now=at)
        for days in (15, 9):
            filed = self.request(self.omar, Ground.AGREEMENT, days * _DAY)
            with db.use_role("staff"):
                access.cancel_request(filed, actor=self.sam, now=filed.asked_at + _HOUR)
        for days in (6, 5):
            self.answer(self.request(self.layla, Ground.AGREEMENT, days * _DAY), self.layla, agrees=False)
        with db.use_role("worker"):
            access.expire_requests(self.now)

    def used(self) -> None:
        """Agreed and open; agreed, read, given back and drawn; approved, read, given back and reviewed, but for one.

        Of two concerns one is settled.
        """
        self.answer(self.request(self.omar, Ground.AGREEMENT, 3 * _HOUR, items=self.others), self.omar, agrees=True)
        self.answer(self.request(self.layla, Ground.AGREEMENT, 4 * _HOUR, 1), self.layla, agrees=True)
        self.draw(self.read_and_give_back(self.sam, self.layla))
        for finding in (Finding.IN_ORDER, Finding.CONCERN, Finding.CONCERN, None):
            filed = self.request(self.omar, Ground.SECURITY, 2 * _HOUR)
            with db.use_role("staff"):
                now = timezone.now()
                access.approve_request(filed, actor=self.aida, note="The report names these.", now=now)
            grant = self.read_and_give_back(self.selim, self.omar)
            if finding:
                with db.use_role("staff"):
                    now = timezone.now()
                    facts = {"follow_up": FollowUpKind.TALK, "todo": _TODO, "due_on": now.date() + 5 * _DAY}
                    more: dict[str, Any] = facts if finding is Finding.CONCERN else {}
                    access.review_grant(grant, actor=self.bilal, finding=finding, now=now, **more)
        with db.use_role("staff"):
            settled = ApprovalRequest.objects.filter(grant__review__finding=Finding.CONCERN).earliest("reference")
            access.settle_follow_up(settled, actor=self.paula, now=timezone.now(), outcome=_DONE)

    def draw(self, grant: Grant) -> None:
        """Have chance have drawn this access: of the few of a demonstration it would draw none."""
        with db.use_role("owner"), db.atomic():
            Sample.objects.create(pk=grant.pk, kind=SampleKind.ACCESS, drawn=True, drawn_at=timezone.now())
        with db.use_role("worker"), db.atomic():
            log_case(ACCESS_SAMPLED, grant.approval_request, now=timezone.now(), grant=str(grant.pk), drawn=True)

    def waiting(self) -> None:
        """Waiting for the user, and for a second person."""
        for hours in (70, 20, 2):
            self.request(self.layla, Ground.AGREEMENT, hours * _HOUR)
        for hours in (40, 30, 10, 1):
            self.request(self.omar, Ground.SECURITY, hours * _HOUR)
