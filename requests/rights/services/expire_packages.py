"""Remove what is no longer to be delivered: expired packages, those of closed requests, and leftover parts."""

from datetime import datetime

from django.db.models import Q

from audit import sides
from audit.services import append
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
    gone = Package.objects.filter(
        Q(expires_at__lte=now) | Q(request__state__in=_UNANSWERED), removed_at__isnull=True
    ).select_related("request")[:BATCH]
    removed = sum(_remove(package, now=now) for package in gone)
    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    settled = Step.objects.filter(idle).exclude(lease_owner="").exclude(request__state=State.IN_PROGRESS)
    for step in settled.select_related("request__package").defer("part_key")[: BATCH * 10]:
        _clear(step)
    return removed


def _clear(step: Step) -> None:
    """Remove what any attempt at the step may have stored: one that died after storing left a file without a row."""
    package: Package | None = getattr(step.request, "package", None)
    kept = {package.name} if package is not None else set()
    names = {file_name(step, attempt) for attempt in range(1, step.attempts + 1)} | {step.part}
    for name in names - kept:
        remove_stored(name)
    Step.objects.filter(pk=step.pk).update(part="", part_key=None, lease_owner="")


def _remove(package: Package, *, now: datetime) -> bool:
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
