"""Changes against an administrator: requested, confirmed by a second, withdrawn, or carried out when due."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.announcements import tell_staff
from accounts.identity.errors import IdentityError
from accounts.identity.events import CHANGE_ASKED, CHANGE_CONFIRMED, CHANGE_WITHDRAWN
from accounts.identity.models import PendingChange, RoleAssignment, User, WeightyChange
from accounts.identity.policies import ALONE_WAITS, has_role, is_same_person
from accounts.identity.roles import Role
from audit.log import rfc3339
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db

from .staff_change import lock_staff, staff_change, write_end, write_leaving, write_suspension


def request_change(
    act: WeightyChange, person: User, *, assignment: RoleAssignment | None = None, actor: User, now: datetime
) -> PendingChange:
    """Store a pending change and tell all staff; inside `staff_change`. Raises IdentityError for a second one."""
    if PendingChange.objects.filter(user=person, act=act, assignment=assignment, settled_at=None).exists():
        raise IdentityError("", _("This waits already for a second administrator."), "waits already")
    change = PendingChange.objects.create(
        user=person,
        act=act,
        assignment=assignment,
        asked_by=actor.reference,
        asked_at=now,
        effective_at=now + ALONE_WAITS,
    )
    payload = {"change": act.value, "effective_at": rfc3339.write(change.effective_at)}
    append(CHANGE_ASKED, actor=actor_of(actor), subject=person.reference, now=now, payload=payload)
    role = assignment.role if assignment else ""
    tell_staff("change_waits", about=person, role=role, effective_at=change.effective_at, now=now)
    return change


def confirm_change(change_id: UUID, *, actor: User, now: datetime) -> None:
    """Carry out another administrator's change at once; raises IdentityError for its requester and once it is done."""
    about = PendingChange.objects.select_related("user").get(pk=change_id).user
    with staff_change("confirm a change", actor=actor, about=about, now=now):
        change = _lock(change_id)
        requester = User.objects.filter(reference=change.asked_by).first()
        if requester is None or is_same_person(actor, requester):
            raise IdentityError("", _("You asked for this; another administrator must confirm it."), "same person")
        payload = {"change": change.act}
        append(CHANGE_CONFIRMED, actor=actor_of(actor), subject=about.reference, now=now, payload=payload)
        _apply(change, actor=actor_of(actor), now=now)


def withdraw_change(change_id: UUID, *, actor: User, now: datetime) -> None:
    """Drop the change. Any administrator may do so but the one whom it is about; raises IdentityError."""
    about = PendingChange.objects.select_related("user").get(pk=change_id).user
    with staff_change("withdraw a change", actor=actor, about=about, now=now):
        _withdraw(_lock(change_id), actor=actor_of(actor), reason="withdrawn", now=now)


def due_changes(now: datetime) -> "QuerySet[PendingChange, UUID]":
    """Return the ids of changes that nobody confirmed or withdrew in time."""
    due = PendingChange.objects.filter(settled_at=None, effective_at__lte=now).order_by("effective_at")
    return due.values_list("pk", flat=True)


def sweep_changes(*, now: datetime) -> int:
    """Settle what is due, each change in its own transaction; return how many."""
    return sweep_items("identity.changes", due_changes(now), carry_out_change, now=now, batch=500)


def carry_out_change(change_id: UUID, now: datetime) -> bool:
    """Carry out a due change as its requester, or withdraw it if they are no administrator any more.

    Returns False when it is not due.
    """
    with db.atomic():
        lock_staff()
        change = PendingChange.objects.select_for_update().get(pk=change_id)
        if change.settled_at or change.effective_at > now:
            return False
        requester = User.objects.filter(reference=change.asked_by).first()
        if requester is None or not has_role(requester, Role.ADMINISTRATOR):
            _withdraw(change, actor=machine("staff"), reason="asker left", now=now)
        else:
            _apply(change, actor=actor_of(requester), now=now)
    return True


def _lock(change_id: UUID) -> PendingChange:
    change = PendingChange.objects.select_for_update().get(pk=change_id)
    if change.settled_at:
        raise IdentityError("", _("This was done or withdrawn before."), "settled")
    return change


def _withdraw(change: PendingChange, *, actor: Actor, reason: str, now: datetime) -> None:
    _settle(change, now)
    payload = {"change": change.act, "reason": reason}
    append(CHANGE_WITHDRAWN, actor=actor, subject=change.user.reference, now=now, payload=payload)


def _settle(change: PendingChange, now: datetime) -> None:
    change.settled_at = now
    change.save(update_fields=["settled_at"])


def _apply(change: PendingChange, *, actor: Actor, now: datetime) -> None:
    """Carry out the change, unless that has happened otherwise."""
    _settle(change, now)
    person = User.objects.select_for_update().get(pk=change.user_id)
    if change.assignment_id is not None:
        for assignment in RoleAssignment.objects.select_for_update().filter(pk=change.assignment_id, ended_at=None):
            write_end(assignment, actor=actor, reason="taken away", now=now)
    elif person.is_staff and change.act == WeightyChange.LEAVE:
        write_leaving(person, actor=actor, now=now)
    elif person.is_staff and person.is_active:
        write_suspension(person, actor=actor, now=now)
