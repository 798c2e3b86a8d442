"""Somebody else reviews what was done under a grant."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from humanaccess import events, selectors
from humanaccess.errors import AccessClosedError
from humanaccess.models import Grant, Review
from humanaccess.policies import may_review
from humanaccess.states import Finding

from .progress import append_about, locked_request


def review_grant(grant: Grant, *, actor: User, finding: Finding, now: datetime, note: str = "") -> Review:
    """Record the review of a grant that has ended; raises AccessClosedError while it is live or once it is reviewed."""
    with locked_request("review", grant.approval_request, actor=actor, now=now) as locked:
        may_review(actor, locked)
        current = Grant.objects.get(pk=grant.pk)
        if current.end_of(now) is None:
            raise AccessClosedError(_("This access is still open. It is reviewed once it has ended."), rule="live")
        if Review.objects.filter(grant=current).exists():
            raise AccessClosedError(_("This was reviewed before."), rule="reviewed")
        review = Review(
            grant=current,
            subject=grant.subject,
            reviewed_by=actor.reference,
            finding=finding,
            reads=selectors.list_reads(locked.reference).count(),
            reviewed_at=now,
        )
        review.save(force_insert=True)
        append_about(
            locked,
            events.GRANT_REVIEWED,
            actor=actor_of(actor),
            now=now,
            personal={"note": note},
            grant=str(grant.pk),
            finding=finding.value,
            reads=review.reads,
        )
    return review
