"""What every change of the staff shares: one at a time, by an administrator, refusals logged."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.announcements import role_ended, staff_left
from accounts.identity.errors import IdentityError
from accounts.identity.events import INVITATION_CANCELLED, ROLE_ENDED, STAFF_LEFT, STAFF_REFUSED, STAFF_SUSPENDED
from accounts.identity.models import Invitation, RoleAssignment, User
from accounts.identity.policies import has_role, is_same_person
from accounts.identity.roles import Role
from audit.log.actors import Actor
from audit.log.append import append
from core import db

from .user_tokens import end_user_tokens

_LOCK = 726570


def lock_staff() -> None:
    """Serialise changes of the staff: what is allowed depends on how many administrators there are."""
    db.select_rows("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _check(actor: User, about: User | None) -> None:
    if not has_role(User.objects.get(pk=actor.pk), Role.ADMINISTRATOR):
        raise IdentityError("", _("Only an administrator may do this."), "not an administrator")
    if about is not None and is_same_person(about, actor):
        raise IdentityError("", _("Nobody may do this to themself."), "self")


@contextmanager
def staff_change(act: str, *, actor: User, about: User | None, now: datetime) -> Iterator[None]:
    """Open the transaction of one change, made by an administrator to somebody else.

    An IdentityError in the block rolls back everything and is logged as a refusal of `act`.
    """
    try:
        with db.atomic():
            lock_staff()
            _check(actor, about)
            yield
    except IdentityError as error:
        with db.atomic():
            append(
                STAFF_REFUSED,
                actor=actor_of(actor),
                subject=about.reference if about else None,
                now=now,
                payload={"act": act, "reason": error.reason},
                outcome="refused",
            )
        raise


def write_end(assignment: RoleAssignment, *, actor: Actor, reason: str, now: datetime) -> None:
    """End a role whose row is locked, what depends on it, and pending roles that its holder gave as administrator."""
    was_in_force = RoleAssignment.objects.filter(pk=assignment.pk).in_force().exists()
    assignment.ended_by, assignment.ended_at = actor.reference, now
    assignment.save(update_fields=["ended_by", "ended_at"])
    person = assignment.user
    payload = {"role": assignment.role, "reason": reason}
    append(ROLE_ENDED, actor=actor, subject=person.reference, now=now, payload=payload)
    if was_in_force:
        if not RoleAssignment.objects.filter(user=person).in_force().exists():
            end_user_tokens(person.reference, actor=actor, reason="no role", now=now, only_staff=True)
        role_ended(person.reference, role=Role(assignment.role), actor=actor, now=now)
    if assignment.role == Role.ADMINISTRATOR:
        _end_pending_roles(person, actor=actor, now=now)


def _end_pending_roles(giver: User, *, actor: Actor, now: datetime) -> None:
    """End the roles that this administrator gave and nobody has confirmed."""
    waiting = RoleAssignment.objects.select_for_update().filter(
        given_by=giver.reference, confirmed_by="", ended_at=None
    )
    for assignment in waiting.exclude(pk__in=RoleAssignment.objects.in_force().values("pk")).order_by("pk"):
        write_end(assignment, actor=actor, reason="giver left", now=now)


def write_suspension(person: User, *, actor: Actor, now: datetime) -> None:
    """Deactivate the account of a member of staff whose row is locked."""
    person.is_active = False
    person.save(update_fields=["is_active"])
    ended = _end_access(person, actor=actor, now=now)
    append(STAFF_SUSPENDED, actor=actor, subject=person.reference, now=now, payload={"sessions_ended": ended})


def write_leaving(person: User, *, actor: Actor, now: datetime) -> None:
    """End everything that makes a person, whose row is locked, a member of staff."""
    roles = list(RoleAssignment.objects.select_for_update().filter(user=person, ended_at=None).order_by("pk"))
    for assignment in roles:
        write_end(assignment, actor=actor, reason="left", now=now)
    db.select_rows("SELECT identity_off_staff(%s)", [person.pk])
    ended = _end_access(person, actor=actor, now=now)
    payload = {"sessions_ended": ended, "roles": [assignment.role for assignment in roles]}
    append(STAFF_LEFT, actor=actor, subject=person.reference, now=now, payload=payload)


def _end_access(user: User, *, actor: Actor, now: datetime) -> int:
    """End a person's sessions, tokens, open invitations, pending roles, and what depends on them in other apps.

    Returns how many sessions ended.
    """
    ended = int(db.select_value("SELECT identity_end_sessions(%s)", [user.pk]))
    end_user_tokens(user.reference, actor=actor, reason="suspended or left", now=now)
    sent = Invitation.objects.filter(invited_by=user.reference, accepted_at=None, cancelled_at=None)
    for invitation in sent.select_for_update():
        cancel(invitation, actor=actor, now=now)
    _end_pending_roles(user, actor=actor, now=now)
    staff_left(user.reference, actor=actor, now=now)
    return ended


def cancel(invitation: Invitation, *, actor: Actor, now: datetime) -> None:
    """Cancel an invitation whose row is locked."""
    invitation.cancelled_at = now
    invitation.save(update_fields=["cancelled_at"])
    append(INVITATION_CANCELLED, actor=actor, subject=None, now=now, payload={"invitation": str(invitation.pk)})
