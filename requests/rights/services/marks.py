"""Restrict or stop the use of a person's data, and lift that again (GDPR articles 18 and 21).

What a mark in force does, the database decides (`audit_is_restricted`); the platform is ordered to do the same in the
transaction of each change, and its receipt settles the order.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import has_role
from accounts.personaldata.categories import category_title, lock_holds
from accounts.workloads.models import OrderKind
from accounts.workloads.services import make_order
from audit.log.actors import Actor
from cases.errors import NotAllowedError
from cases.log_case import log_case
from cases.policies import check_worker, is_about, next_state
from core import db
from rights import events, letters
from rights.errors import NotNowError
from rights.kind import RIGHTS
from rights.models import ProcessingMark, RightsRequest
from rights.policies import is_granted_at_once
from rights.selectors import get_request_for_update, marks_in_force
from rights.states import (
    OBJECTED_CATEGORIES,
    AllowedAct,
    Kind,
    MarkEnd,
    MarkKind,
    RequestState,
)

#: the rule by which an objection to analytics is granted at once: nothing is weighed against it
ANALYTICS_RULE = "analytics_at_once"


def place_mark(
    request: RightsRequest, category: str, kind: MarkKind, *, actor: Actor, now: datetime
) -> ProcessingMark | None:
    """Mark a data category in the transaction of what it is marked for; None where such a mark is in force already."""
    # A sweep that removes by age meets either the mark, or what was there before it.
    lock_holds()
    lock_holds(request.subject)
    mark, is_new = ProcessingMark.objects.get_or_create(
        subject=request.subject,
        category=category,
        kind=kind,
        ended_at=None,
        defaults={"request": request, "since": now},
    )
    if not is_new:
        return None
    log_case(events.MARK_PLACED, request, actor=actor, now=now, **_facts(mark))
    return mark


def end_mark(mark: ProcessingMark, *, actor: Actor, now: datetime, reason: MarkEnd) -> None:
    """End a mark; raises NotNowError for one that ended before. Whoever lifts a restriction tells the person first."""
    with db.atomic():
        found = ProcessingMark.objects.select_for_update().filter(pk=mark.pk, ended_at=None).first()
        if found is None:
            raise NotNowError("mark", _("This was lifted before."))
        found.ended_at, found.ended_reason = now, reason
        found.save(update_fields=["ended_at", "ended_reason"])
        log_case(events.MARK_ENDED, mark.request, actor=actor, now=now, why=reason.value, **_facts(mark))


def _facts(mark: ProcessingMark) -> dict[str, Any]:
    return {"mark": str(mark.pk), "category": mark.category, "mark_kind": str(mark.kind)}


def end_marks(request: RightsRequest, *, actor: Actor, now: datetime, reason: MarkEnd) -> None:
    """End what was marked while a request was open; call it once the person was written to."""
    for mark in marks_in_force().filter(request=request):
        end_mark(mark, actor=actor, now=now, reason=reason)


def file_objection(request: RightsRequest, *, actor: Actor, now: datetime) -> bool:
    """Do what an objection does when it is filed; return whether that answers it.

    Analytics stop at once. Any other use is restricted until an officer has weighed it (GDPR 18(1)(d)).
    """
    if is_granted_at_once(request.kind, request.details):
        _grant(request, actor=actor, now=now, rule=ANALYTICS_RULE)
        return True
    place_mark(request, OBJECTED_CATEGORIES[request.details["to"]], MarkKind.RESTRICTED, actor=actor, now=now)
    return False


def grant_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Grant a restriction or an objection: what it names is marked from now on, and the person gets a letter.

    Raises NotAllowedError, WrongStateError, also for a kind of request that is not answered by a yes.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        next_state(RIGHTS, request, AllowedAct.GRANT)
        _grant(request, actor=actor_of(actor), now=now)
    return request


def _grant(request: RightsRequest, *, actor: Actor, now: datetime, rule: str | None = None) -> None:
    categories = marked_by(request)
    kind, order = MarkKind.OBJECTED, OrderKind.OBJECT
    if request.kind == Kind.RESTRICTION:
        kind, order = MarkKind.RESTRICTED, OrderKind.RESTRICT
    for category in categories:
        place_mark(request, category, kind, actor=actor, now=now)
    make_order(request.subject, kind=order, case=request.reference, categories=categories, actor=actor, now=now)
    request.state, request.closed_at = RequestState.FULFILLED, now
    request.save(update_fields=["state", "closed_at"])
    log_case(events.REQUEST_GRANTED, request, actor=actor, now=now, rule=rule)
    letters.write(letters.GRANTED, request, now=now, titles=titles_of(categories))
    # What was restricted until this decision is objected to now.
    for mark in marks_in_force().filter(request=request).exclude(kind=kind):
        end_mark(mark, actor=actor, now=now, reason=MarkEnd.DECIDED)


def marked_by(request: RightsRequest) -> list[str]:
    """Return the data categories that a restriction or an objection names."""
    if request.kind == Kind.OBJECTION:
        return [OBJECTED_CATEGORIES[request.details["to"]]]
    return list(request.details.get("categories", ()))


def titles_of(categories: Collection[str]) -> list[object]:
    """Return the titles of data categories, in the language of whoever reads them."""
    return [category_title(name) or name for name in categories]


def lift_mark(user: User, mark: UUID, *, now: datetime) -> ProcessingMark:
    """Lift a mark of the user's own; raises ProcessingMark.DoesNotExist for anybody else's, NotNowError."""
    with db.row_security_for(user.reference):
        found = ProcessingMark.objects.select_related("request__user").get(pk=mark, subject=user.reference)
        if found.request.is_open:
            raise NotNowError("mark", _("It goes with your request: withdraw that to lift it."))
        _lift(found.request, [found], actor=actor_of(user), now=now, reason=MarkEnd.PERSON)
    return found


def lift_marks(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Lift what was restricted for an answered request, as an officer; the person is told before (GDPR 18(3)).

    Raises NotAllowedError, also for one's own request and for an objection, which its person alone takes back;
    NotNowError where nothing is in force.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        if not has_role(actor, *RIGHTS.workers) or is_about(request, actor):
            raise NotAllowedError("actor", _("Nobody lifts a restriction on themselves here, or without the role."))
        marks = list(marks_in_force().filter(request=request))
        if request.is_open or not marks:
            raise NotNowError("mark", _("Nothing is restricted by this request any more, or not yet."))
        if request.kind == Kind.OBJECTION:
            raise NotAllowedError("kind", _("An objection is taken back by its person alone."))
        _lift(request, marks, actor=actor_of(actor), now=now, reason=MarkEnd.OFFICE)
    return request


def _lift(
    request: RightsRequest, marks: Collection[ProcessingMark], *, actor: Actor, now: datetime, reason: MarkEnd
) -> None:
    categories = [mark.category for mark in marks]
    letters.write(letters.LIFTED, request, now=now, titles=titles_of(categories))
    for mark in marks:
        end_mark(mark, actor=actor, now=now, reason=reason)
    make_order(
        request.subject, kind=OrderKind.LIFT, case=request.reference, categories=categories, actor=actor, now=now
    )
