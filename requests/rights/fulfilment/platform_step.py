"""The platform's own step of a deletion or a correction: settled once each of its orders is answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.personaldata.categories import data_categories
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services.orders import CORRECTED, ERASED, backups_until
from audit.log.actors import machine
from rights import events
from rights.external_stores import PLATFORM
from rights.models import RightsRequest, Step
from rights.states import BY_HAND, SETTLED, Attestation, Kind, StepStatus, Verb

from .steps import log_step

_DONE = {Kind.DELETION.value: Attestation.ERASED, Kind.CORRECTION.value: Attestation.CORRECTED}


def settle_platform_step(request: RightsRequest, *, now: datetime) -> None:
    """Settle the platform's step of a locked request by what it answered, unless an officer did so before.

    What the office puts right by itself is ordered afterwards: the step waits for that, too.
    """
    if request.kind not in _DONE:
        return
    waiting = Step.objects.select_for_update().filter(request=request, verb__in=BY_HAND, status=StepStatus.WAITING)
    step = waiting.filter(holding=PLATFORM).first()
    if step is None:
        return
    orders = list(PlatformOrder.objects.filter(case_ref=request.reference, subject=request.subject).order_by("number"))
    if any(order.answered_at is None for order in orders) or (not orders and request.kind == Kind.DELETION):
        return
    own = [category.name for category in data_categories() if category.correct.apply is not None]
    if Step.objects.filter(request=request, verb=Verb.CORRECT, holding__in=own).exclude(status__in=SETTLED).exists():
        return
    result, receipt = _result_of(orders, request.kind)
    step.request = request
    step.attempts += 1
    step.status, step.receipt, step.finished_at = StepStatus.DONE, receipt, now
    step.save(update_fields=["status", "receipt", "finished_at", "attempts"])
    actor = machine(f"service-token:{orders[-1].answered_by}" if orders else "worker")
    log_step(events.STEP_ATTESTED, step, actor=actor, now=now, finding=result.value, evidence=None)


def _result_of(orders: Sequence[PlatformOrder], kind: str) -> tuple[Attestation, dict[str, Any]]:
    """Return what the platform's answers to the orders of one request say together, and the receipt of the step."""
    apps = [each for order in orders for each in order.receipt or []]
    outcomes = {each["outcome"] for each in apps} | {order.outcome for order in orders}
    result = _DONE[kind] if outcomes & {ERASED, CORRECTED} else Attestation.NOTHING_HELD
    receipt: dict[str, Any] = {"finding": result.value, "apps": len(apps)}
    if orders:
        receipt["order"] = str(orders[-1].pk)
    if until := max(filter(None, map(backups_until, orders)), default=None):
        receipt["backups_until"] = until
    return result, receipt
