"""The step that the platform does on an order, of a deletion or a correction, and settles by its receipt."""

from datetime import datetime
from typing import Any

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order
from accounts.workloads.services.orders import CORRECTED, ERASED, backups_until
from audit.log.actors import machine
from rights import events
from rights.external_stores import PLATFORM
from rights.models import RightsRequest, Step
from rights.states import BY_HAND, Attestation, RequestState, StepStatus, Verb

from .run_step import proceed
from .steps import enqueue_step, log_step

_DONE = {OrderKind.ERASE.value: Attestation.ERASED, OrderKind.CORRECT.value: Attestation.CORRECTED}


def order_erasure(request: RightsRequest, *, actor: User, now: datetime) -> None:
    """Order the platform to erase a person, in the transaction that begins their deletion."""
    make_order(request.subject, kind=OrderKind.ERASE, case=request.reference, actor=actor_of(actor), now=now)


def settle_by_receipt(order: PlatformOrder, *, now: datetime) -> None:
    """Settle the platform's step by its receipt, unless an officer settled it before."""
    requests = RightsRequest.objects.select_for_update()
    request = requests.filter(reference=order.case_ref, subject=order.subject, state=RequestState.IN_PROGRESS).first()
    if request is None:
        return
    if order.kind == OrderKind.CORRECT:
        # What the platform has corrected may have come in already.
        for key in Step.objects.filter(request=request, verb=Verb.CORRECT, status=StepStatus.WAITING).values_list("pk"):
            enqueue_step(*key)
        if PlatformOrder.objects.filter(case_ref=request.reference, answered_at=None).exists():
            return
    waiting = Step.objects.select_for_update().filter(request=request, verb__in=BY_HAND, status=StepStatus.WAITING)
    step = waiting.filter(holding=PLATFORM).first()
    if step is None:
        return
    step.request = request
    result, receipt = _result_of(order)
    step.attempts += 1
    step.status, step.receipt, step.finished_at = StepStatus.DONE, receipt, now
    step.save(update_fields=["status", "receipt", "finished_at", "attempts"])
    actor = machine(f"service-token:{order.answered_by}")
    log_step(events.STEP_ATTESTED, step, actor=actor, now=now, finding=result.value, evidence=None)
    proceed(request, now=now)


def _result_of(order: PlatformOrder) -> tuple[Attestation, dict[str, Any]]:
    """Return what the platform's answers to the orders of one request say together, and the receipt of the step."""
    orders = PlatformOrder.objects.filter(case_ref=order.case_ref, subject=order.subject, kind=order.kind)
    outcomes = {each["outcome"] for each in order.receipt or []} | {each.outcome for each in orders}
    is_done = bool(outcomes & {ERASED, CORRECTED})
    result = _DONE[order.kind] if is_done else Attestation.NOTHING_HELD
    receipt: dict[str, Any] = {"finding": result.value, "order": str(order.pk), "apps": len(order.receipt or [])}
    if until := backups_until(order):
        receipt["backups_until"] = until
    return result, receipt
