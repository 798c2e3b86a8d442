"""The step of a deletion that the platform does on an order, and settles by its receipt."""

from datetime import datetime
from typing import Any

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order
from accounts.workloads.services.orders import ERASED, backups_until
from audit.log.actors import machine
from rights import events
from rights.external_stores import PLATFORM
from rights.models import RightsRequest, Step
from rights.states import Attestation, RequestState, StepStatus, Verb

from .run_step import proceed
from .steps import log_step


def order_erasure(request: RightsRequest, *, actor: User, now: datetime) -> None:
    """Order the platform to erase a person, in the transaction that begins their deletion."""
    make_order(request.subject, kind=OrderKind.ERASE, case=request.reference, actor=actor_of(actor), now=now)


def settle_by_receipt(order: PlatformOrder, *, now: datetime) -> None:
    """Settle the platform's step by its receipt, unless an officer settled it before."""
    requests = RightsRequest.objects.select_for_update()
    request = requests.filter(reference=order.case_ref, subject=order.subject, state=RequestState.IN_PROGRESS).first()
    if order.kind != OrderKind.ERASE or request is None:
        return
    waiting = Step.objects.select_for_update().filter(request=request, verb=Verb.ATTEST, status=StepStatus.WAITING)
    step = waiting.filter(holding=PLATFORM).first()
    if step is None:
        return
    step.request = request
    apps = order.receipt or []
    is_erased = any(each["outcome"] == ERASED for each in apps)
    result = Attestation.ERASED if is_erased else Attestation.NOTHING_HELD
    receipt: dict[str, Any] = {"finding": result.value, "order": str(order.pk), "apps": len(apps)}
    if until := backups_until(order):
        receipt["backups_until"] = until
    step.attempts += 1
    step.status, step.receipt, step.finished_at = StepStatus.DONE, receipt, now
    step.save(update_fields=["status", "receipt", "finished_at", "attempts"])
    actor = machine(f"service-token:{order.answered_by}")
    log_step(events.STEP_ATTESTED, step, actor=actor, now=now, finding=result.value, evidence=None)
    proceed(request, now=now)
