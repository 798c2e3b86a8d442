"""Remove expired packages, those of requests closed unanswered, and parts that are no longer needed."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.log.sweep_items import sweep_items
from cases.log_case import log_case
from core import db
from core.encrypted_files import delete_file
from core.leases import unleased
from rights import events
from rights.models import Package, Step
from rights.states import RequestState

from .steps import clear_files

BATCH = 200
_UNANSWERED = (RequestState.REFUSED, RequestState.WITHDRAWN)


def expire_packages(*, now: datetime) -> int:
    """Remove packages past their time or of requests closed unanswered, and the parts that a package was made from.

    Returns the number of packages. The file goes first: if the worker dies in between, the next sweep repeats it.
    """
    removed = sweep_items("rights.packages", _gone(now), _remove, now=now, batch=BATCH)
    sweep_items("rights.parts", _settled(now), _clear, now=now, batch=BATCH * 10)
    return removed


def _gone(now: datetime) -> "QuerySet[Package]":
    over = Q(expires_at__lte=now) | Q(request__state__in=_UNANSWERED)
    return Package.objects.filter(over, removed_at__isnull=True).select_related("request")


def _settled(now: datetime) -> "QuerySet[Step]":
    return Step.objects.filter(unleased(now)).exclude(lease_owner="").exclude(request__state=RequestState.IN_PROGRESS)


def _clear(step_id: UUID, now: datetime) -> None:
    """Remove the files of every attempt."""
    step = _settled(now).select_related("request__package").defer("part_key").filter(pk=step_id).first()
    if step is None:
        return
    package: Package | None = getattr(step.request, "package", None)
    clear_files(step, but=[] if package is None else [package.name])


def _remove(package_id: UUID, now: datetime) -> bool:
    package = _gone(now).filter(pk=package_id).first()
    if package is None:
        return False
    request = package.request
    delete_file(package.name)
    with db.atomic():
        if not Package.objects.filter(pk=package.pk, removed_at__isnull=True).update(removed_at=now):
            return False
        why = "expired" if request.state == RequestState.FULFILLED else request.state
        log_case(events.PACKAGE_REMOVED, request, now=now, package=str(package.pk), why=why)
    return True
