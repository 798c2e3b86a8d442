"""What staff do with a case of any kind: take it, put it back, assign it; who opened it is logged."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import accounts_of
from audit.log.actors import Actor
from audit.log.event_types import EventType
from core import db

from .errors import CaseError
from .kinds import TAKE, CaseKind
from .log_case import log_case
from .models import AssignedCase, Case
from .policies import check_worker, is_about, may_work, next_state


def declared(event: EventType | None) -> EventType:
    """Return an event of a kind; raises LookupError for an act on a kind that declares none."""
    if event is None:
        raise LookupError("This kind of case declares no event for that act.")
    return event


def get_case_for_update(kind: CaseKind, reference: str) -> Any:
    """Return the case, locked until the transaction ends; raises the model's DoesNotExist."""
    return kind.model.objects.select_for_update(of=("self",)).get(reference=reference)


def take_case(kind: CaseKind, reference: str, *, actor: User, now: datetime) -> AssignedCase:
    """Make `actor` the one who holds the case; a colleague's is taken over. Raises NotAllowedError, WrongStateError."""
    with db.atomic():
        case: AssignedCase = get_case_for_update(kind, reference)
        check_worker(kind, case, actor, holds=False)
        case.state = next_state(kind, case, TAKE)
        if case.assignee_id == actor.pk:
            return case
        case.assignee = actor
        case.save(update_fields=["state", "assignee"])
        log_case(declared(kind.events.taken), case, actor=actor_of(actor), now=now)
    return case


def take_next(kind: CaseKind, visible: QuerySet[Any], *, actor: User, now: datetime) -> AssignedCase | None:
    """Take the most urgent case of `visible` that nobody holds, of several the oldest; None where there is none.

    Two people at once get two cases: a row that one of them has locked is passed over.
    """
    free = visible.filter(state__in=kind.workable, assignee=None)
    free = free.exclude(subject__in=accounts_of(actor, free.values("subject")))
    with db.atomic():
        urgent = free.order_by(kind.model.DUE, kind.model.RECEIVED, "id")
        case = urgent.select_for_update(of=("self",), skip_locked=True).first()
        return None if case is None else take_case(kind, case.reference, actor=actor, now=now)


def release_case(kind: CaseKind, reference: str, *, actor: User, now: datetime) -> AssignedCase:
    """Put a case that `actor` holds back into the queue. Raises NotAllowedError, WrongStateError."""
    with db.atomic():
        case: AssignedCase = get_case_for_update(kind, reference)
        check_worker(kind, case, actor)
        next_state(kind, case, TAKE)
        case.assignee = None
        case.save(update_fields=["assignee"])
        log_case(declared(kind.events.released), case, actor=actor_of(actor), now=now)
    return case


def release_cases(kind: CaseKind, reference: str, *, actor: Actor, now: datetime) -> None:
    """Put the open cases of the member of staff with this reference, who can no longer work on them, back."""
    with db.atomic():
        for case in kind.model.objects.select_for_update(of=("self",)).filter(
            state__in=sorted(kind.model.OPEN), assignee__reference=reference
        ):
            case.assignee = None
            case.save(update_fields=["assignee"])
            log_case(declared(kind.events.released), case, actor=actor, now=now)


def assign_case(kind: CaseKind, reference: str, *, officer: User, actor: User, now: datetime) -> AssignedCase:
    """Make `officer` the one who holds the case.

    Raises NotAllowedError, WrongStateError, CaseError for an officer who may not hold it.
    """
    with db.atomic():
        case: AssignedCase = get_case_for_update(kind, reference)
        check_worker(kind, case, actor, holds=False)
        if not may_work(kind, officer) or is_about(case, officer):
            raise CaseError("officer", _("This person may not work on the case."))
        case.state = next_state(kind, case, TAKE)
        if case.assignee_id == officer.pk:
            return case
        case.assignee = officer
        case.save(update_fields=["state", "assignee"])
        log_case(declared(kind.events.assigned), case, actor=actor_of(actor), now=now, officer=officer.reference)
    return case


def record_showing(kind: CaseKind, case: Case, *, actor: User, now: datetime) -> UUID:
    """Commit the entry that the case was opened and return its id, which authorises decrypting what belongs to it."""
    with db.atomic(durable=True):
        return log_case(kind.events.shown, case, actor=actor_of(actor), now=now)


def record_refusal(kind: CaseKind, case: Case, *, actor: User, act: str, now: datetime) -> None:
    """Log that an act was not allowed, in a transaction of its own: that of the act was rolled back."""
    with db.atomic():
        log_case(kind.events.act_refused, case, actor=actor_of(actor), now=now, outcome="refused", act=act)
