"""Forty requests of five kinds while workers are killed, the broker forgets and the database crashes."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.models import User
from accounts.personaldata.categories import data_categories
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import answer_order, sweep_orders
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import Correction, Package, ProcessingMark, RightsRequest, Step
from rights.states import Attestation, FieldDecision, Kind, RequestState, StepStatus, Verb
from tests.platform_rows import SHAPES, put_row
from tests.rights.killing import kill_until

pytestmark = [pytest.mark.long, pytest.mark.worker]
PEOPLE = 40
KINDS = (Kind.ACCESS, Kind.PORTABILITY, Kind.CORRECTION, Kind.RESTRICTION, Kind.OBJECTION)
DETAILS = {
    Kind.RESTRICTION: {"categories": ["usage", "commands"], "ground": "claims"},
    Kind.OBJECTION: {"to": "security"},
}
#: kind → the entry that answers such a request
ANSWERS = {
    Kind.ACCESS: "rights.request.fulfilled",
    Kind.PORTABILITY: "rights.request.fulfilled",
    Kind.CORRECTION: "rights.request.corrected",
    Kind.RESTRICTION: "rights.request.granted",
    Kind.OBJECTION: "rights.request.granted",
}


@pytest.fixture
def now():
    """The time now: what a step reads by is measured against the database's clock."""
    return timezone.now()


@pytest.fixture
def begun(commits_last, make_user, officer, now):
    """Forty requests that were taken and begun; reference → kind."""
    found = {}
    for number in range(PEOPLE):
        person, kind = make_user(f"person{number}"), KINDS[number % len(KINDS)]
        for table in SHAPES:
            if table != "workloads_app":
                put_row(table, person.reference, now - timedelta(hours=1))
        if kind == Kind.CORRECTION:
            wanted, why = [("identity.account::email", f"right{number}@example.org")], "It has a letter too many."
            request = services.file_correction(person, wanted=wanted, reason=why, identified=True, now=now)
        else:
            details = DETAILS.get(kind, {})
            request = services.receive_request(person, kind=kind, identified=True, now=now, details=details)
        found[request.reference] = kind
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            if kind in DETAILS:
                services.grant_request(request.reference, actor=officer, now=now)
            elif kind == Kind.CORRECTION:
                row = Correction.objects.get(request=request)
                accepted = {"decision": FieldDecision.ACCEPTED, "now": now}
                services.decide_correction(request.reference, row.pk, actor=officer, **accepted)
                services.approve_correction(request.reference, actor=officer, now=now)
            else:
                services.start_request(request.reference, actor=officer, now=now)
    return found


def work_around(officer):
    """Do what the scheduler, the platform and the officer do; return how many requests are answered."""
    now = timezone.now()
    with db.use_role("worker"):
        services.sweep_steps(now=now)
        sweep_orders(now=now)
        assert list(Step.objects.filter(status=StepStatus.NEEDS_ATTENTION)) == []
        orders = list(PlatformOrder.objects.filter(answered_at=None))
    with db.use_role("ingest"):
        for order in orders:
            outcome = "corrected" if order.kind == "correct" else ""
            facts = {"subject": order.subject, "apps": [], "outcome": outcome, "token": order.pk, "now": now}
            answer_order(order.pk, actor=machine("service-token:x"), **facts)
    with db.use_role("staff"):
        for step in Step.objects.filter(verb=Verb.INFORM, status=StepStatus.WAITING).select_related("request"):
            if step.is_attestable and step.holding != "platform":
                facts = {"finding": Attestation.CORRECTED, "evidence": [b"%PDF-1.7 told"], "backups_until": None}
                services.attest_step(step.request.reference, step.pk, actor=officer, now=now, **facts)
        for request in RightsRequest.objects.filter(state=RequestState.REVIEW):
            answer = services.close_correction if request.kind == Kind.CORRECTION else services.approve_delivery
            answer(request.reference, actor=officer, now=now)
        return RightsRequest.objects.filter(state=RequestState.FULFILLED).count()


def test_each_ends_once_whatever_is_killed(begun, workers, officer):
    kill_until(lambda: work_around(officer) == PEOPLE, workers, kills=12, seed=20261130, seconds=420)

    with db.use_role("worker"):
        steps = list(Step.objects.select_related("request"))
        assert {step.status for step in steps} == {StepStatus.DONE}
        assert [str(step) for step in steps if step.receipt is None] == []
        exports = Counter(step.request.reference for step in steps if step.verb == Verb.EXPORT)
        packages = Counter(Package.objects.values_list("request__reference", flat=True))
        assert not PlatformOrder.objects.filter(settled_at=None).exists()
        marks = Counter(ProcessingMark.objects.filter(ended_at=None).values_list("request__reference", "category"))
        right = User.objects.filter(email__startswith="right").count()
    with db.use_role("auditor"):
        seen = Counter(Entry.objects.filter(outcome="ok").values_list("case_ref", "event"))
    gathered = {
        Kind.ACCESS: len(data_categories()),
        Kind.PORTABILITY: sum(bool(category.portable) for category in data_categories()),
    }
    assert exports == {case: gathered[kind] for case, kind in begun.items() if kind in gathered}
    each = PEOPLE // len(KINDS)
    assert packages == {case: 1 for case, kind in begun.items() if kind in {Kind.ACCESS, Kind.PORTABILITY}}
    assert set(marks.values()) == {1}
    assert len(marks) == 2 * each + each
    assert right == each
    assert {case: seen[case, ANSWERS[kind]] for case, kind in begun.items()} == dict.fromkeys(begun, 1)
