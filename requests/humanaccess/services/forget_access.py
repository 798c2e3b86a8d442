"""The part of human access in erasing a person: what waits is withdrawn, and nobody reads any more."""

from datetime import datetime

from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from cases.log_case import log_case
from humanaccess import events
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.states import ApprovalState, EndReason

from .progress import end_grant, move_request


class ForgetAccess:
    """The log's erasure participant: ends open approval requests and grants."""

    def knows(self, reference: str) -> bool:
        """Return whether somebody ever requested to read this person's data."""
        return ApprovalRequest.objects.filter(subject=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround, now: datetime) -> None:
        """Refuse nobody."""

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Withdraw what waits, then end every grant."""
        waiting = ApprovalRequest.objects.select_for_update().filter(subject=reference, state=ApprovalState.ASKED)
        for approval_request in waiting.order_by("pk"):
            move_request(approval_request, ApprovalState.CANCELLED, now)
            log_case(events.ASK_CANCELLED, approval_request, actor=actor, now=now, why="subject_erased")
        for grant in Grant.objects.filter(subject=reference, ended_at=None).select_related("approval_request"):
            end_grant(grant, EndReason.EVENT, actor=actor, now=now)
