"""Orders to the platform: made in the office, fetched and answered by the platform, settled by the apps above."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.personaldata.categories import json_value
from accounts.workloads.announcements import order_answered, order_contents
from accounts.workloads.errors import OrderAnsweredError, OrderReceiptError
from accounts.workloads.events import ORDER_ANSWERED, ORDER_FETCHED, ORDER_MADE, VALUE_HANDED_OUT
from accounts.workloads.models import OrderKind, PlatformOrder
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.purposes import ReadPurpose
from audit.log.sweep_items import sweep_items
from core import db
from core.enqueue import enqueue

#: orders that a sweep settles at most
BATCH = 100
ERASED, NOTHING_HELD = "erased", "nothing_held"
#: kind of order → the outcome for an app of which something was held
DONE: Mapping[str, str] = {
    OrderKind.ERASE: ERASED,
    OrderKind.RESTRICT: "restricted",
    OrderKind.LIFT: "lifted",
    OrderKind.OBJECT: "stopped",
}
OUTCOMES = (*DONE.values(), NOTHING_HELD)
CORRECTED, NOT_HELD = "corrected", "not_held"
#: kind of order that is about no apps → the outcomes by which it is answered (`workloads_keep_order` has them, too)
WHOLE: Mapping[str, tuple[str, ...]] = {
    OrderKind.CORRECT: (CORRECTED, NOT_HELD),
    OrderKind.DROP_CACHE: ("dropped", NOTHING_HELD),
}
_PARTS = ("code", "data", "logs")


def make_order(
    subject: str,
    *,
    kind: OrderKind,
    actor: Actor,
    now: datetime,
    case: str = "",
    app: UUID | None = None,
    categories: Sequence[str] = (),
    number: UUID | None = None,
) -> PlatformOrder:
    """Order something of the platform about a person, about one of their apps, or about some data categories.

    `number` is that of the order, where it has one before.

    Call it in the transaction of what it is ordered for. The database refuses an order to erase somebody of whom no
    entry says that a deletion has begun.
    """
    with db.atomic():
        facts = {"app": app, "categories": list(categories), "case_ref": case}
        order = PlatformOrder(subject=subject, kind=kind, created_at=now, **facts)
        order.pk = number or order.pk
        order.save(force_insert=True)
        payload = {"order": str(order.pk), "kind": kind.value, "case": case or None}
        append(ORDER_MADE, actor=actor, subject=subject, now=now, payload=payload)
    return order


def fetch_orders(after: int, *, limit: int, actor: Actor, now: datetime) -> tuple[list[PlatformOrder], bool]:
    """Return the orders behind a number, and whether there are more; the first time that one is fetched is logged."""
    with db.atomic():
        found = list(PlatformOrder.objects.filter(number__gt=after).order_by("number")[: limit + 1])
        orders = found[:limit]
        new = [order.pk for order in orders if order.fetched_at is None]
        for order in PlatformOrder.objects.select_for_update().filter(pk__in=new, fetched_at=None).order_by("number"):
            order.fetched_at = now
            order.save(update_fields=["fetched_at"])
            append(ORDER_FETCHED, actor=actor, subject=order.subject, now=now, payload={"order": str(order.pk)})
    return orders, len(found) > limit


def open_contents(orders: Sequence[PlatformOrder], *, actor: Actor, now: datetime) -> dict[UUID, dict[str, Any] | None]:
    """Return order → what the platform is to correct, of those not answered yet; each reading is logged first."""
    asked = [order for order in orders if order.kind == OrderKind.CORRECT and order.answered_at is None]
    with db.atomic(durable=True):
        entries = {
            order: append(
                VALUE_HANDED_OUT,
                actor=actor,
                subject=order.subject,
                now=now,
                payload={"order": str(order.pk), "purpose": ReadPurpose.RIGHT.value},
            )
            for order in asked
        }
    return {order.pk: order_contents.get()(order, entry) for order, entry in entries.items()}


def answer_order(
    order_id: UUID,
    *,
    subject: str,
    apps: Sequence[Mapping[str, Any]],
    token: UUID,
    actor: Actor,
    now: datetime,
    outcome: str = "",
) -> PlatformOrder:
    """Store the platform's receipt of an order and log it; the worker is woken to act on it.

    The same receipt once more changes nothing. Raises PlatformOrder.DoesNotExist, OrderAnsweredError for another
    receipt than the stored one, OrderReceiptError.
    """
    given = [
        {name: value.isoformat() if isinstance(value, date) else json_value(value) for name, value in each.items()}
        for each in apps
    ]
    receipt = sorted(given, key=lambda each: str(each["app"]))
    with db.atomic():
        order = PlatformOrder.objects.select_for_update().get(pk=order_id)
        if order.subject != subject:
            raise OrderReceiptError("subject", "is not the person of this order")
        if order.answered_at is not None:
            if (order.receipt, order.outcome) != (receipt, outcome):
                raise OrderAnsweredError("The order was answered before, with another receipt.")
            return order
        if outcome not in WHOLE.get(order.kind, ("",)):
            raise OrderReceiptError("outcome", "is what became of an order that is about no apps, as its kind has it")
        _check(order, given, now.date())
        order.receipt, order.answered_at, order.answered_by, order.outcome = receipt, now, token, outcome
        order.save(update_fields=["receipt", "answered_at", "answered_by", "outcome"])
        payload = {"order": str(order.pk), "apps": len(receipt), "backups_until": backups_until(order)}
        append(ORDER_ANSWERED, actor=actor, subject=subject, now=now, payload=payload)
        enqueue("workloads.settle_order", str(order.pk))
    return order


def _check(order: PlatformOrder, given: Sequence[Mapping[str, Any]], today: date) -> None:
    """Raise OrderReceiptError unless each app of the order is given once, and what is said of each fits together."""
    ordered, found, done = {str(app) for app in order.apps}, set(), DONE.get(order.kind)
    for number, each in enumerate(given):
        field, app = f"apps.{number}", each["app"]
        if app not in ordered:
            raise OrderReceiptError(f"{field}.app", f"{app} is no app of this order")
        if app in found:
            raise OrderReceiptError(f"{field}.app", f"{app} is given twice")
        found.add(app)
        had = any(each[part] for part in _PARTS)
        if each["outcome"] != (done if had else NOTHING_HELD):
            raise OrderReceiptError(
                f"{field}.outcome", f"is {done} where code, data or logs were, and nothing_held elsewhere"
            )
        until = each["backups_until"]
        if had and until is None and done == ERASED:
            raise OrderReceiptError(
                f"{field}.backups_until", "is the day on which the last backup of what was erased expires"
            )
        if until is not None and until < today.isoformat():
            raise OrderReceiptError(f"{field}.backups_until", "must not be in the past")
    if missing := sorted(ordered - found):
        raise OrderReceiptError("apps", f"must have every app of the order; missing: {', '.join(missing)}")


def backups_until(order: PlatformOrder) -> str | None:
    """Return the day on which the last backup of what an answered order erased expires."""
    return max((each["backups_until"] for each in order.receipt or () if each["backups_until"]), default=None)


def count_unanswered(kind: OrderKind, *, made_before: datetime) -> int:
    """Count the orders of a kind that were made before a moment and are not answered; call it as worker or staff."""
    return PlatformOrder.objects.filter(kind=kind, created_at__lt=made_before, answered_at=None).count()


def settle_order(order_id: UUID, *, now: datetime) -> bool:
    """Let the apps above act on an answered order; True when this call did."""
    with db.atomic():
        unsettled = PlatformOrder.objects.filter(answered_at__isnull=False, settled_at=None)
        order = unsettled.select_for_update().filter(pk=order_id).first()
        if order is None:
            return False
        order_answered.tell(order, now=now)
        order.settled_at = now
        order.save(update_fields=["settled_at"])
    return True


def sweep_orders(*, now: datetime) -> int:
    """Settle the answered orders whose message the broker lost."""
    due = PlatformOrder.objects.filter(answered_at__isnull=False, settled_at=None).order_by("answered_at")
    return sweep_items("workloads.orders", due, lambda key, at: settle_order(key, now=at), now=now, batch=BATCH)
