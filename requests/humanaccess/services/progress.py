"""What the services share: log a refusal, lock and move an approval request, add a decision, open and end a grant."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log import rfc3339
from audit.log.actors import Actor
from audit.log.append import append
from cases.log_case import log_case
from core import db
from humanaccess import events
from humanaccess.errors import AccessClosedError, AccessDeniedError, InvalidError
from humanaccess.grounds import WINDOW_MIN
from humanaccess.models import ApprovalRequest, Decision, Grant
from humanaccess.selectors import list_granted_items
from humanaccess.states import ApprovalState, EndReason, Verdict
from vault.services import encrypt


@contextmanager
def logged_refusals(
    act: str, *, actor: User, subject: str | None, now: datetime, case: str | None = None
) -> Iterator[None]:
    """Append an entry for an AccessDeniedError raised inside the block, then let it pass."""
    try:
        yield
    except AccessDeniedError as error:
        with db.atomic():
            append(
                events.ACT_REFUSED,
                actor=actor_of(actor),
                subject=subject,
                now=now,
                payload={"case": case, "act": act, "rule": error.rule},
                outcome="refused",
            )
        raise


@contextmanager
def locked_request(
    act: str, approval_request: ApprovalRequest, *, actor: User, now: datetime, as_subject: bool = False
) -> Iterator[ApprovalRequest]:
    """Open a transaction and yield the approval request as it is now, locked until the block ends.

    Refusals are logged. With `as_subject` row-level security shows the actor's own rows alone. Raises AccessClosedError
    where the request is gone.
    """
    transaction = db.row_security_for(actor.reference) if as_subject else db.atomic()
    with (
        logged_refusals(act, actor=actor, subject=approval_request.subject, now=now, case=approval_request.reference),
        transaction,
    ):
        locked = ApprovalRequest.objects.select_for_update().filter(pk=approval_request.pk).first()
        if locked is None:
            raise AccessClosedError(_("There is no such approval request."), rule="unknown")
        yield locked


def move_request(approval_request: ApprovalRequest, to: ApprovalState, now: datetime) -> None:
    """Move a locked approval request on: once out of `asked`, and never again."""
    if approval_request.state != ApprovalState.ASKED:
        raise AccessClosedError(_("This was already answered, withdrawn, or its time is over."), rule="not_waiting")
    approval_request.state, approval_request.closed_at = to, now
    approval_request.save(update_fields=["state", "closed_at"])


def add_decision(
    approval_request: ApprovalRequest, verdict: Verdict, *, decided_by: str, text: str, now: datetime, **fields: Any
) -> None:
    """Add one person's decision; `text` is encrypted under the subject's key, and nothing is kept of an empty one."""
    decision = Decision(
        approval_request=approval_request,
        subject=approval_request.subject,
        decided_by=decided_by,
        verdict=verdict,
        decided_at=now,
        **fields,
    )
    if text:
        decision.sealed = encrypt(approval_request.subject, decision.encryption_context, text.encode())
    decision.save(force_insert=True)


def check_duration(window: timedelta | None, approval_request: ApprovalRequest) -> None:
    """Raise InvalidError unless who decides leaves the time at what was requested, or makes it shorter."""
    if window is not None and not WINDOW_MIN <= window <= approval_request.window:
        raise InvalidError(
            _("Access may be made shorter than was asked for, down to 15 minutes, and never longer."),
            field="window",
            rule="max",
        )


def minutes_of(window: timedelta) -> int:
    """Return a duration in whole minutes, as entries of the log have it."""
    return int(window.total_seconds() // 60)


def open_grant(approval_request: ApprovalRequest, *, actor: Actor, now: datetime) -> Grant:
    """Have the database open the grant of a decided request, and log it; the database checks the decisions itself."""
    grant_id = db.select_value("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])
    grant = Grant.objects.select_related("approval_request").get(pk=grant_id)
    log_case(
        events.GRANT_STARTED,
        approval_request,
        actor=actor,
        now=now,
        grant=str(grant.pk),
        reader=grant.reader,
        items=[str(item.item) for item in list_granted_items(grant)],
        ends_at=rfc3339.write(grant.ends_at),
    )
    return grant


def end_grant(grant: Grant, reason: EndReason, *, actor: Actor, now: datetime) -> bool:
    """Have the database end a grant, and log it; False when it had ended before: one caller wins."""
    ended = db.select_value("SELECT humanaccess_end_grant(%s, %s, %s)", [grant.pk, reason.value, now])
    if ended:
        log_end(grant, reason, actor=actor, now=now)
    return bool(ended)


def log_end(grant: Grant, reason: EndReason, *, actor: Actor, now: datetime) -> None:
    """Log the end of a grant, in the transaction in which the database ended it."""
    case, number = grant.approval_request, str(grant.pk)
    log_case(events.GRANT_ENDED, case, actor=actor, now=now, grant=number, reason=reason.value)
