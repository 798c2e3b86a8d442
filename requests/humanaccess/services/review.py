"""Somebody else looks over what was done under a grant."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import WrongStateError
from humanaccess.models import Grant, Review
from humanaccess.policies import may_review
from humanaccess.states import Finding

from .moving import lock_ask
from .refusals import logged_refusals


def review_grant(grant: Grant, *, actor: User, finding: Finding, now: datetime, note: str = "") -> Review:
    """Record the review of a grant that has ended; raises WrongStateError while it is live or once it is reviewed."""
    acting = actor_of(actor)
    case = grant.ask.reference
    with logged_refusals("review", actor=acting, subject=grant.subject, case=case, now=now), sides.atomic():
        ask = lock_ask(grant.ask_id)
        may_review(actor, ask)
        current = Grant.objects.get(pk=grant.pk)
        if current.end_of(now) is None:
            raise WrongStateError(_("This access is still open. It is reviewed once it has ended."), rule="live")
        if Review.objects.filter(grant=current).exists():
            raise WrongStateError(_("This was reviewed before."), rule="reviewed")
        review = Review(
            grant=current,
            subject=grant.subject,
            reviewed_by=actor.reference,
            finding=finding,
            reads=selectors.list_reads(case).count(),
            reviewed_at=now,
        )
        review.save(force_insert=True)
        append(
            events.GRANT_REVIEWED,
            actor=acting,
            subject=grant.subject,
            now=now,
            payload={"case": case, "grant": str(grant.pk), "finding": finding.value, "reads": review.reads},
            personal={"note": note},
        )
    return review
