"""Remove what is no longer to be delivered: expired packages, those of closed requests, and leftover parts."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import sides
from audit.services import append, sweep_items
from rights import events
from rights.models import Package, RightsRequest, Step
from rights.states import State

from .lease import ACTOR
from .stored import file_name, remove_stored

BATCH = 200
_UNANSWERED = (State.REFUSED, State.WITHDRAWN)


def expire_packages(*, now: datetime) -> int:
    """Remove packages past their time or of requests closed unanswered, and the parts that a package was made from.

    Returns how many packages went. The file goes first: a death in between is repeated, never forgotten.
    """
    gone, settled = _gone(now).values_list("pk", flat=True), _settled(now).values_list("pk", flat=True)
    removed = sweep_items("rights.packages", gone, _remove, now=now, batch=BATCH)
    sweep_items("rights.parts", settled, _clear, now=now, batch=BATCH * 10)
    return removed


def _gone(now: datetime) -> "QuerySet[Package]":
    over = Q(expires_at__lte=now) | Q(request__state__in=_UNANSWERED)
    return Package.objects.filter(over, removed_at__isnull=True).select_related("request")


def _settled(now: datetime) -> "QuerySet[Step]":
    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return Step.objects.filter(idle).exclude(lease_owner="").exclude(request__state=State.IN_PROGRESS)


def _clear(step_id: UUID, now: datetime) -> None:
    """Remove what any attempt at the step may have stored: one that died after storing left a file without a row."""
    step = _settled(now).select_related("request__package").defer("part_key").filter(pk=step_id).first()
    if step is None:
        return
    package: Package | None = getattr(step.request, "package", None)
    kept = {package.name} if package is not None else set()
    names = {file_name(step, attempt) for attempt in range(1, step.attempts + 1)} | {step.part}
    for name in names - kept:
        remove_stored(name)
    Step.objects.filter(pk=step.pk).update(part="", part_key=None, lease_owner="")


def _remove(package_id: UUID, now: datetime) -> bool:
    package = _gone(now).filter(pk=package_id).first()
    if package is None:
        return False
    request: RightsRequest = package.request
    remove_stored(package.name)
    with sides.atomic():
        if not Package.objects.filter(pk=package.pk, removed_at__isnull=True).update(removed_at=now):
            return False
        why = "expired" if request.state == State.FULFILLED else request.state
        append(
            events.PACKAGE_REMOVED,
            actor=ACTOR,
            subject=package.subject,
            now=now,
            payload={"case": request.reference, "package": str(package.pk), "why": why},
        )
    return True
