"""Corrections, made through the services: omar's waits for an officer's decision, another one is answered."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.identity.models import User
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import answer_order, settle_order
from audit.log.actors import machine
from core import db
from rights import services as rights
from rights.models import Correction, RightsRequest, Step
from rights.states import Attestation, CorrectionGround, FieldDecision, StepStatus, Verb

_DAY = timedelta(days=1)
_PAPER = b"Commercial register, extract of 2026-11-02: the company's name is Gulf Date Traders."
_ANSWER = b"2026-11-20 09:02 UTC: address replaced in logs and lists. Confirmed by the provider's console."
_NAME = "identity.account::username"
_ADDRESS = "identity.account::email"


def make_corrections(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    """Make one correction that waits, and one that is answered; return how many."""
    omar, officer = people["omar"], people["paula"]
    with db.use_role("default"):
        app = next(own.key for own in rights.show_own_values(omar, now=now) if own.category.name == "apps")
        waiting = _file(
            omar,
            {app: "gulf-date-traders", _ADDRESS: "omar@gulfdates.example"},
            "The company has another name since September, and the app and the address still bear the old one.",
            _PAPER,
            at=now - 3 * _DAY,
        )
    with db.use_role("staff"):
        rights.take_request(waiting.reference, actor=officer, now=now - 2 * _DAY)
    at = now - 20 * _DAY
    _answered(make_user("yara", at - 90 * _DAY), officer, at)
    return 2


def _file(user: User, values: Mapping[str, str], reason: str, evidence: bytes = b"", *, at: datetime) -> RightsRequest:
    wanted = list(values.items())
    return rights.file_correction(
        user, wanted=wanted, reason=reason, evidence=evidence, identified=True, now=at, country="DE"
    )


def _answered(user: User, officer: User, at: datetime) -> None:
    """Accept one field and refuse the other, have the platform answer, and close it."""
    with db.use_role("default"):
        values = {_ADDRESS: "yara.haddad@example.org", _NAME: "yara-haddad"}
        reference = _file(
            user, values, "I changed my name last month, and no longer read the old mailbox.", at=at
        ).reference
    with db.use_role("staff"):
        rights.take_request(reference, actor=officer, now=at + _DAY)
        for row in Correction.objects.filter(request__reference=reference):
            is_refused = row.field == "username"
            rights.decide_correction(
                reference,
                row.pk,
                actor=officer,
                decision=FieldDecision.REFUSED if is_refused else FieldDecision.ACCEPTED,
                ground=CorrectionGround.ACCURATE if is_refused else "",
                words="A user name may be any word; you can choose another one in your settings." if is_refused else "",
                now=at + _DAY,
            )
        rights.approve_correction(reference, actor=officer, now=at + _DAY)
        orders = list(PlatformOrder.objects.filter(case_ref=reference))
    for order in orders:
        with db.use_role("ingest"):
            answer_order(
                order.pk,
                subject=order.subject,
                apps=[],
                outcome="corrected",
                token=uuid4(),
                actor=machine("demo"),
                now=at + _DAY,
            )
        with db.use_role("worker"):
            settle_order(order.pk, now=at + _DAY)
    with db.use_role("worker"):
        for step_id in Step.objects.filter(request__reference=reference).values_list("pk", flat=True):
            rights.run_step(step_id, clock=timezone.now)
    with db.use_role("staff"):
        by_hand = Step.objects.filter(request__reference=reference, verb=Verb.INFORM, status=StepStatus.WAITING)
        for step in by_hand:
            found = Attestation.CORRECTED
            rights.attest_step(reference, step.pk, actor=officer, finding=found, evidence=[_ANSWER], now=at + 2 * _DAY)
        rights.close_correction(reference, actor=officer, now=at + 2 * _DAY)
