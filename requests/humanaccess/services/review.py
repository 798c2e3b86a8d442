"""Review what was read under a grant that has ended, and settle what is to follow from a concern."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.append import append
from cases.log_case import log_case
from core import db
from humanaccess import events, selectors
from humanaccess.errors import AccessClosedError, InvalidError
from humanaccess.models import ApprovalRequest, FollowUp, Grant, Review, Sample
from humanaccess.policies import may_review, may_review_run, may_settle
from humanaccess.states import Finding, FollowUpKind
from vault.errors import KeyDestroyedError
from vault.services import encrypt

from .progress import locked_request, logged_refusals

#: until when a follow-up is due at the latest
FOLLOW_UP_WITHIN = timedelta(days=90)


def review_grant(
    grant: Grant,
    *,
    actor: User,
    finding: Finding,
    now: datetime,
    note: str = "",
    follow_up: FollowUpKind | None = None,
    todo: str = "",
    due_on: date | None = None,
) -> Review:
    """Record the review of a grant that has ended; a concern takes a follow-up: its kind, what is to be done, by when.

    Raises AccessClosedError while the grant is live, once it is reviewed, and where it was not drawn to be reviewed,
    InvalidError for a follow-up that is incomplete or belongs to no concern, AccessDeniedError for who may not review.
    """
    with locked_request("review", grant.approval_request, actor=actor, now=now) as locked:
        may_review(actor, locked)
        current = Grant.objects.get(pk=grant.pk)
        if current.end_of(now) is None:
            raise AccessClosedError(_("This access is still open. It is reviewed once it has ended."), rule="live")
        if Review.objects.filter(grant=current).exists():
            raise AccessClosedError(_("This was reviewed before."), rule="reviewed")
        if not selectors.needs_review(current):
            raise AccessClosedError(_("This access was not drawn to be reviewed."), rule="not_drawn")
        review = Review(
            grant=current,
            subject=grant.subject,
            reviewed_by=actor.reference,
            finding=finding,
            reads=selectors.list_reads(locked.reference).count(),
            reviewed_at=now,
        )
        is_concern = finding == Finding.CONCERN
        _check_follow_up(follow_up, todo, due_on, is_concern=is_concern, today=now.date())
        review.save(force_insert=True)
        log_case(
            events.GRANT_REVIEWED,
            locked,
            actor=actor_of(actor),
            now=now,
            personal={"note": note},
            grant=str(grant.pk),
            finding=finding.value,
            reads=review.reads,
        )
        if is_concern and follow_up and due_on:
            _open_follow_up(review, locked, follow_up, todo, due_on, actor=actor, now=now)
    return review


def _check_follow_up(kind: object, todo: str, due_on: date | None, *, is_concern: bool, today: date) -> None:
    """Raise InvalidError for the first field that breaks its rule."""
    for field, value in (("follow_up", kind), ("todo", todo.strip()), ("due_on", due_on)):
        if bool(value) == is_concern:
            continue
        needed = _("With a concern, say what is to follow, and by when.")
        raise InvalidError(
            needed if is_concern else _("Something is to follow from a concern alone: choose that, or empty this."),
            field=field,
            rule="required" if is_concern else "no_concern",
        )
    if due_on is not None and not today <= due_on <= today + FOLLOW_UP_WITHIN:
        within = {"days": FOLLOW_UP_WITHIN.days}
        raise InvalidError(
            _("Choose a day from today on, within %(days)d days.") % within, field="due_on", rule="bounds"
        )


def _open_follow_up(
    review: Review,
    approval_request: ApprovalRequest,
    kind: FollowUpKind,
    todo: str,
    due_on: date,
    *,
    actor: User,
    now: datetime,
) -> None:
    found = FollowUp(review=review, subject=review.subject, kind=kind, due_on=due_on)
    found.sealed = _encrypted(found.subject, found.encryption_context, todo)
    found.save(force_insert=True)
    log_case(
        events.FOLLOW_UP_OPENED,
        approval_request,
        actor=actor_of(actor),
        now=now,
        personal={"text": todo},
        kind=kind.value,
        due_on=due_on.isoformat(),
    )


def settle_follow_up(approval_request: ApprovalRequest, *, actor: User, now: datetime, outcome: str) -> FollowUp:
    """Say what was done about a concern, which settles it; raises AccessClosedError where nothing is left to settle."""
    with locked_request("settle", approval_request, actor=actor, now=now) as locked:
        open_ones = FollowUp.objects.select_for_update(of=("self",)).filter(settled_at=None)
        found = open_ones.filter(review__grant__approval_request=locked).first()
        if found is None:
            raise AccessClosedError(_("Nothing is left to settle here."), rule="settled")
        may_settle(actor, Grant.objects.select_related("approval_request").get(approval_request=locked))
        if not outcome.strip():
            raise InvalidError(_("Say what was done."), field="outcome", rule="required")
        found.settled_by, found.settled_at = actor.reference, now
        found.sealed_outcome = _encrypted(found.subject, found.outcome_context, outcome)
        found.save(update_fields=["settled_by", "settled_at", "sealed_outcome"])
        personal = {"text": outcome}
        log_case(events.FOLLOW_UP_SETTLED, locked, actor=actor_of(actor), now=now, personal=personal, kind=found.kind)
    return found


def _encrypted(subject: str, context: str, text: str) -> bytes:
    """Encrypt a text under the subject's key; nothing is kept of one about a person who was erased."""
    try:
        return encrypt(subject, context, text.strip().encode())
    except KeyDestroyedError:
        return b""


def review_run(sample: Sample, *, actor: User, finding: Finding, now: datetime) -> Sample:
    """Record an auditor's finding on a run of an aggregate query that was drawn; raises like `review_grant`."""
    with logged_refusals("review_run", actor=actor, subject=None, now=now), db.atomic():
        may_review_run(actor, sample)
        locked = Sample.objects.select_for_update().get(pk=sample.pk)
        if not locked.drawn or locked.reviewed_at is not None:
            raise AccessClosedError(_("This was reviewed before."), rule="reviewed")
        locked.finding, locked.reviewed_by, locked.reviewed_at = finding, actor.reference, now
        locked.save(update_fields=["finding", "reviewed_by", "reviewed_at"])
        payload = {"run": str(locked.pk), "finding": finding.value}
        append(events.AGGREGATE_REVIEWED, actor=actor_of(actor), subject=None, now=now, payload=payload)
    return locked
