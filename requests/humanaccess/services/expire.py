"""End what is over: approval requests that nobody answered, grants whose window is over, old one-time codes."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit.log.actors import machine
from audit.log.sweep_items import sweep_items
from cases.log_case import log_case
from core import db
from humanaccess import events
from humanaccess.letters import write_ended
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.states import ApprovalState, EndReason

from .progress import end_grant, move_request

_SWEEPER = machine("humanaccess.sweeper")
_BATCH = 500


def expire_requests(now: datetime) -> int:
    """Expire the requests that nobody answered in time, and return how many; two sweepers expire each once."""
    over = _unanswered(now).order_by("expires_at").values_list("pk", flat=True)
    return sweep_items("humanaccess.asks", over, _expire_request, now=now, batch=_BATCH)


def _unanswered(now: datetime) -> "QuerySet[ApprovalRequest]":
    return ApprovalRequest.objects.filter(state=ApprovalState.ASKED, expires_at__lte=now)


def _expire_request(approval_request_id: UUID, now: datetime) -> bool:
    with db.atomic():
        approval_request = _unanswered(now).select_for_update(skip_locked=True).filter(pk=approval_request_id).first()
        if approval_request is None:
            return False
        move_request(approval_request, ApprovalState.EXPIRED, now)
        log_case(events.ASK_EXPIRED, approval_request, actor=_SWEEPER, now=now)
    return True


def expire_grants(now: datetime) -> int:
    """Record the end of grants whose window is over, and tell the users; return how many.

    No read depends on it: each checks the window itself.
    """
    over = Grant.objects.filter(ended_at__isnull=True, ends_at__lte=now).order_by("ends_at")
    keys = over.values_list("pk", flat=True)
    return sweep_items("humanaccess.grants", keys, _expire_grant, now=now, batch=_BATCH)


def _expire_grant(grant_id: UUID, now: datetime) -> bool:
    grant = Grant.objects.select_related("approval_request").get(pk=grant_id)
    with db.atomic():
        if not end_grant(grant, EndReason.EXPIRED, actor=_SWEEPER, now=now):
            return False
        write_ended(grant, now)
    return True


def remove_codes() -> int:
    """Remove the hashes of one-time codes that ended a day ago, and return how many."""
    return int(db.select_value("SELECT humanaccess_sweep_codes()") or 0)
