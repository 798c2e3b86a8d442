"""End a grant: by the user, by staff, by the reader, or because what it rests on has ended (`humanaccess.ends`)."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.step_up.recent_step_up import SECOND_FACTORS
from audit.log.actors import Actor, machine
from cases.log_case import log_case
from core import db
from humanaccess import events
from humanaccess.errors import AccessClosedError, AccessDeniedError
from humanaccess.grounds import RULES
from humanaccess.letters import write_ended
from humanaccess.models import ApprovalRequest, Decision, Grant
from humanaccess.policies import may_revoke
from humanaccess.states import ApprovalState, EndReason, Verdict

from .progress import end_grant, log_end, logged_refusals, move_request


def _end(grant: Grant, reason: EndReason, *, actor: User, now: datetime) -> None:
    if not grant.is_live(now) or not end_grant(grant, reason, actor=actor_of(actor), now=now):
        raise AccessClosedError(_("This access had already ended."), rule="ended")


def revoke_grant(grant: Grant, *, actor: User, now: datetime) -> None:
    """End somebody's access at once, as the user whose data it is or as staff with that right.

    The next read is refused. Raises AccessClosedError when it had ended before.
    """
    with logged_refusals("revoke", actor=actor, subject=grant.subject, now=now, case=grant.approval_request.reference):
        may_revoke(actor, grant)
        if actor.reference == grant.subject:
            with db.row_security_for(actor.reference):
                _end(grant, EndReason.USER, actor=actor, now=now)
            return
        with db.atomic():
            _end(grant, EndReason.STAFF, actor=actor, now=now)
            write_ended(grant, now)


def close_grant(grant: Grant, *, reader: User, now: datetime) -> None:
    """Give one's own access back before its time; raises AccessDeniedError for anybody but the reader."""
    with (
        logged_refusals("close", actor=reader, subject=grant.subject, now=now, case=grant.approval_request.reference),
        db.atomic(),
    ):
        if reader.reference != grant.reader:
            raise AccessDeniedError(_("Only the reader gives this access back."), rule="not_reader")
        _end(grant, EndReason.CLOSED, actor=reader, now=now)
        write_ended(grant, now)


def lock_requests_of_process(reference: str) -> None:
    """Lock what waits for a legal process, until the transaction ends."""
    waiting = ApprovalRequest.objects.filter(process__reference=reference, state=ApprovalState.ASKED)
    list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def end_grants_of_process(process_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Withdraw what waits for a legal process, and end what is open for it; call it with the process locked."""
    withdraw_requests_of_process(process_id, actor=actor, now=now)
    opened = Grant.objects.filter(approval_request__process=process_id)
    _end_each(opened.filter(ends_at__gt=now), actor=actor, now=now)


def withdraw_requests_of_process(process_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Withdraw what waits for a legal process for which no access opens any more; call it with the process locked."""
    waiting = ApprovalRequest.objects.select_for_update().filter(process=process_id, state=ApprovalState.ASKED)
    for approval_request in waiting.order_by("pk"):
        move_request(approval_request, ApprovalState.CANCELLED, now)
        log_case(events.ASK_CANCELLED, approval_request, actor=actor, now=now, why="process_closed")


def end_grants_of_staff(reference: str, *, actor: Actor, now: datetime, role: Role | None = None) -> None:
    """Withdraw a member of staff's open requests, then end every open grant that they read under or decided on.

    With `role`, only what depends on that role. Call it in the transaction that has locked the person or the role. The
    requests come first: that waits for an answer that is being given, so that its grant is seen here. Users are told.
    """
    requested = [ground for ground, rule in RULES.items() if role is None or role in rule.askers]
    decided = [ground for ground, rule in RULES.items() if role is None or role in rule.approvers]
    waiting = ApprovalRequest.objects.select_for_update().filter(
        asker=reference, ground__in=requested, state=ApprovalState.ASKED
    )
    for approval_request in waiting.order_by("pk"):
        move_request(approval_request, ApprovalState.CANCELLED, now)
        why = "asker_left" if role is None else "asker_role_ended"
        log_case(events.ASK_CANCELLED, approval_request, actor=actor, now=now, why=why)
    approved = Decision.objects.filter(decided_by=reference, verdict=Verdict.APPROVED).values("approval_request")
    depends_on_them = Q(reader=reference, approval_request__ground__in=requested) | Q(
        approval_request__in=approved, approval_request__ground__in=decided
    )
    _end_each(Grant.objects.filter(depends_on_them, ends_at__gt=now), actor=actor, now=now)


def _end_each(grants: QuerySet[Grant], *, actor: Actor, now: datetime) -> int:
    """End those of these grants that are open, and tell the users; return how many."""
    count = 0
    for grant in grants.filter(ended_at__isnull=True).select_related("approval_request"):
        if end_grant(grant, EndReason.EVENT, actor=actor, now=now):
            write_ended(grant, now)
            count += 1
    return count


def end_grants_without_factor(now: datetime) -> int:
    """End the open grants of readers who have no second factor any more, and return how many.

    No read depends on it: each asks for a factor that was used in the session and still exists.
    """
    able = Authenticator.objects.filter(type__in=SECOND_FACTORS).values("user__reference")
    with db.atomic():
        unable = Grant.objects.filter(ends_at__gt=now).exclude(reader__in=able)
        return _end_each(unable, actor=machine("humanaccess.sweeper"), now=now)


def end_grants_of_ended_apps(subject: str, *, now: datetime) -> None:
    """End a person's open grants that hold nothing but items of apps that have ended; call it as the worker."""
    found = db.select_rows("SELECT humanaccess_grants_of_ended_apps(%s)", [subject])
    _end_each(Grant.objects.filter(pk__in=[pk for (pk,) in found]), actor=machine("worker"), now=now)


def end_grants_on_google_data(
    subject: str, *, ended: UUID | None, actor: Actor, now: datetime, **_reason: object
) -> None:
    """End a person's open grants on what automations hold, as their access to Google data ends.

    Call it as the worker or on the person's own pages. A grant that also holds other items stays for these: of its
    items of automations, runs and transfers the database shows none any more (`humanaccess_open_item`). What is
    granted afterwards is read again, and so is what a law requires.
    """
    if ended is None:  # the others' access goes on
        return
    found = db.select_rows("SELECT humanaccess_end_on_google_data(%s, %s)", [subject, now])
    for grant in Grant.objects.filter(pk__in=[pk for (pk,) in found]).select_related("approval_request"):
        log_end(grant, EndReason.EVENT, actor=actor, now=now)
        write_ended(grant, now)
