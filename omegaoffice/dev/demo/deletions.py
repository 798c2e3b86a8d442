"""Deletions of every age and state, two of them under a legal hold, made through the services."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from io import BytesIO

from django.utils import timezone

from accounts.identity.models import User
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from core import db
from rights import services as rights
from rights.models import LegalHold, Step
from rights.states import Attestation, Kind, StepStatus, Verb

from .stream_data import MadeUpPlatform

_DAY = timedelta(days=1)
_EVIDENCE = b"2026-11-20 10:14 UTC: 1 customer found, 1 deleted. Confirmed by the console."
#: name, days since the request → what has become of it
_DELETIONS = (
    ("orla", 4, "grace"),
    ("petra", 11, "cancelled"),
    ("rami", 16, "taken"),
    ("sana", 18, "begun"),
    ("timo", 21, "settled"),
    ("ulla", 24, "done"),
    ("vito", 25, "unmailable"),
)


def make_deletions(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    """Make one deletion of each state and return how many; `people` by name."""
    for name, days, fate in _DELETIONS:
        at = now - days * _DAY
        user = make_user(name, at - 90 * _DAY)
        _add_data(user, seed=days, at=at)
        _deletion(user, people, fate, at=at)
    return len(_DELETIONS)


def _add_data(user: User, *, seed: int, at: datetime) -> None:
    """Have the platform send a few dozen lines about what the person had there."""
    platform = MadeUpPlatform(lines=62, seed=seed, accounts=[user.pk], until=at)
    with db.use_role("ingest"):
        lines = BytesIO(b"".join(platform.lines()))
        ingest_stream(lines, actor=machine("demo"), source="file", clock=timezone.now)


def _deletion(user: User, people: Mapping[str, User], fate: str, *, at: datetime) -> None:
    officer, counsel = people["paula"], people["lena"]
    with db.use_role("default"):
        request = rights.receive_request(user, kind=Kind.DELETION, identified=True, now=at, country="DE")
        if fate == "cancelled":
            rights.withdraw_request(user, request.reference, now=at + 3 * _DAY)
    if fate in {"grace", "cancelled"}:
        return
    reference, then = request.reference, at + 14 * _DAY + timedelta(hours=2)
    with db.use_role("staff"):
        rights.take_request(reference, actor=officer, now=at + _DAY)
        if fate == "taken":
            held = _hold(user, "", counsel, now=at + _DAY)
            rights.lift_hold(held.pk, actor=counsel, now=at + 9 * _DAY)
            return
        if fate == "begun":
            _hold(user, "commands", counsel, now=at + 2 * _DAY)
        rights.start_erasure(reference, actor=officer, now=then)
    _run_steps(reference)
    with db.use_role("staff"):
        outside = Step.objects.filter(request=request, verb=Verb.ATTEST, status=StepStatus.WAITING)
        for step in outside[:2] if fate == "begun" else outside:
            rights.attest_step(
                reference,
                step.pk,
                actor=officer,
                finding=Attestation.NOTHING_HELD if step.holding == "sentry" else Attestation.ERASED,
                evidence=None if step.holding == "sentry" else [_EVIDENCE],
                backups_until=(then + 30 * _DAY).date() if step.holding == "platform" else None,
                now=then + _DAY,
            )
        if fate in {"done", "unmailable"}:
            rights.sign_off_deletion(reference, actor=counsel, now=timezone.now())
    if fate == "unmailable":
        with db.use_role("worker"):
            mail = Step.objects.filter(request=request, verb=Verb.TELL)
            mail.update(status=StepStatus.NEEDS_ATTENTION, attempts=5, last_error="SMTPRecipientsRefused")
    if fate in {"done", "unmailable"}:
        _run_steps(reference)


def _run_steps(reference: str) -> None:
    with db.use_role("worker"):
        steps = Step.objects.filter(request__reference=reference).order_by("position")
        for step in steps.values_list("pk", flat=True):
            rights.run_step(step, clock=timezone.now)


def _hold(user: User, category: str, counsel: User, *, now: datetime) -> LegalHold:
    """Place a legal hold that lasts for forty days from today."""
    return rights.place_hold(
        user.reference,
        category=category,
        authority="Hamburg Regional Court, 312 O 45/26",
        reason="The plaintiff says that a deployment copied their code; the court wants it kept until it has decided.",
        ends_on=timezone.now().date() + 40 * _DAY,
        actor=counsel,
        now=now,
    )
