"""Apply what was accepted of a correction in one data category; order the platform to do so, too."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import category_named
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order
from accounts.workloads.services.orders import NOT_HELD
from audit.log.actors import Actor, machine
from audit.log.event_types import EventType
from cases.log_case import log_case
from core import db
from rights import events
from rights.errors import ProviderError, RightsError, WaitsOutsideError
from rights.models import Correction, RightsRequest, Step
from rights.states import CorrectionGround, FieldDecision
from vault.errors import KeyDestroyedError
from vault.services import Decryptor, decryptor

from .steps import Attempt, StepResult

#: how long after the order the corrected record has to be there, and how often it is looked for
PLATFORM_CORRECTS_WITHIN, LOOK_AGAIN_AFTER = timedelta(days=2), timedelta(minutes=10)


def log_correction(event: EventType, row: Correction, **facts: Any) -> UUID:
    """Append an entry about one field; `facts` as `log_case` takes them."""
    facts |= {"correction": str(row.pk), "category": row.category, "field": row.field}
    return log_case(event, row.request, **facts)


def accepted(request: RightsRequest, category: str = "") -> Iterable[Correction]:
    """Return the accepted fields of a request, of one data category or of all."""
    rows = Correction.objects.filter(request=request, decision=FieldDecision.ACCEPTED)
    return rows.filter(category=category) if category else rows


def check_decided(request: RightsRequest) -> None:
    """Raise RightsError unless each field is decided, and one of them accepted."""
    decisions = set(Correction.objects.filter(request=request).values_list("decision", flat=True))
    if FieldDecision.PENDING in decisions:
        raise RightsError("decision", _("Decide about each field first."))
    if FieldDecision.ACCEPTED not in decisions:
        raise RightsError("decision", _("You accepted nothing: refuse the request, with its ground and your reasons."))


def order_corrections(request: RightsRequest, *, actor: User, now: datetime) -> None:
    """Order the platform to correct the accepted fields of its own records.

    What the office puts right by itself is ordered once that is done: it may turn out that it cannot be.
    """
    for row in accepted(request):
        if category_named(row.category).correct.apply is None:
            _order(row, actor=actor_of(actor), now=now)


def _order(row: Correction, *, actor: Actor, now: datetime) -> None:
    """Order the platform to correct one field; the order has the field's number."""
    case = row.request.reference
    make_order(row.subject, kind=OrderKind.CORRECT, case=case, number=row.pk, actor=actor, now=now)


def open_order(order: PlatformOrder, entry: UUID) -> dict[str, Any] | None:
    """Return what an order to correct says, its value decrypted by this entry; None once the person was erased."""
    row = Correction.objects.only("category", "record", "field", "sealed_new").filter(pk=order.pk).first()
    try:
        opened = decryptor(order.subject, entry)
    except KeyDestroyedError:
        return None
    if row is None:
        return None
    value = opened.decrypt(row.context("sealed_new"), row.sealed_new).decode()
    return {"category": row.category, "record": row.record, "field": row.field, "value": value}


def correct_category(attempt: Attempt) -> StepResult:
    """Put the accepted fields of one category right, or look for the record that the platform has corrected.

    Each field is settled in a transaction of its own, once. Raises WaitsOutsideError while the platform has time,
    ProviderError afterwards.
    """
    step, now = attempt.step, attempt.lease.clock()
    category, waits = category_named(step.holding), False
    opened = decryptor(step.subject, attempt.entry)
    unsettled = [row for row in accepted(step.request, step.holding) if row.applied_at is None]
    present = {}
    if unsettled and category.correct.apply is None:
        wanted = {str(row.record) for row in unsettled}
        present = {each["id"]: each for each in category.export(step.subject, attempt.entry) if each["id"] in wanted}
    for row in unsettled:
        new = opened.decrypt(row.context("sealed_new"), row.sealed_new).decode()
        if category.correct.apply is not None:
            old = opened.decrypt(row.context("sealed_old"), row.sealed_old).decode()
            with db.atomic():
                found = category.correct.apply(step.subject, row.field, old, new, entry=attempt.entry, now=now)
                _settle(row.pk, found, now)
        elif present.get(str(row.record), {}).get(row.field) == new:
            _settle(row.pk, "", now)
        elif PlatformOrder.objects.filter(pk=row.pk, outcome=NOT_HELD).exists():
            _settle(row.pk, CorrectionGround.NOT_HELD, now)
        else:
            waits = True
    if category.correct.tell is not None:
        _tell(step, category.correct.tell, opened)
    if waits:
        if now < (step.request.started_at or now) + PLATFORM_CORRECTS_WITHIN:
            raise WaitsOutsideError(LOOK_AGAIN_AFTER)
        raise ProviderError("not_corrected")
    return StepResult(sum(row.applied_at is not None for row in accepted(step.request, step.holding)))


def _tell(step: Step, tell: Callable[[str, str, str, str], object], opened: Decryptor) -> None:
    """Notify of each applied field. Where that fails, the step is tried again, finds them settled, and tells anew."""
    for row in accepted(step.request, step.holding):
        if row.applied_at is not None:
            old, new = (opened.text(row.context(name), getattr(row, name)) for name in ("sealed_old", "sealed_new"))
            tell(step.subject, row.field, old, new)


def _settle(key: UUID, ground: str, now: datetime) -> None:
    """Note that a field was corrected, or on what ground it could not be; another worker may have been first."""
    with db.atomic():
        rows = Correction.objects.select_for_update(of=("self",)).select_related("request")
        row = rows.filter(pk=key, decision=FieldDecision.ACCEPTED, applied_at=None).first()
        if row is None:
            return
        if ground:
            row.decision, row.ground = FieldDecision.REFUSED, ground
            log_correction(events.CORRECTION_FAILED, row, now=now, outcome="failed", ground=str(ground))
        else:
            row.applied_at = now
            log_correction(events.CORRECTION_APPLIED, row, now=now)
        row.save(update_fields=["decision", "ground", "applied_at"])
        if row.applied_at and category_named(row.category).correct.apply is not None:
            _order(row, actor=machine("worker"), now=now)
