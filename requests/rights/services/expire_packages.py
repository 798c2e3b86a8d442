"""Remove what is no longer to be delivered: expired packages, those of closed requests, and leftover parts."""

from datetime import datetime

from django.db.models import Q

from audit import sides
from audit.services import append
from rights import events
from rights.models import Package, RightsRequest, Step
from rights.states import State

from .lease import ACTOR
from .stored import remove_stored

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
    settled = Step.objects.exclude(part="").exclude(request__state=State.IN_PROGRESS)
    for step in settled.only("part")[: BATCH * 10]:
        remove_stored(step.part)
        Step.objects.filter(pk=step.pk).update(part="", part_key=None)
    return removed


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
