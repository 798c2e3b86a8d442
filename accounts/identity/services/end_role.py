"""End a role."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import ROLE_ENDED
from accounts.identity.models import RoleAssignment, User
from accounts.identity.ports import role_ended
from accounts.identity.roles import Role
from audit.actors import Actor
from audit.services import append

from .staff_change import is_last_administrator, staff_change


def write_end(assignment: RoleAssignment, *, actor: Actor, reason: str, now: datetime) -> None:
    """End a role whose row is locked."""
    assignment.ended_by, assignment.ended_at = actor.reference, now
    assignment.save(update_fields=["ended_by", "ended_at"])
    append(
        ROLE_ENDED,
        actor=actor,
        subject=assignment.user.reference,
        now=now,
        payload={"role": assignment.role, "reason": reason},
    )


def end_role(assignment_id: int, *, by: User, now: datetime) -> RoleAssignment:
    """End a role, in force or waiting; what rested on it ends with it, and it counts at the person's next request.

    An administrator may end their own roles, but not the last administrator's. Raises IdentityError.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("end a role", by=by, about=None if about.pk == by.pk else about, now=now):
        kept = RoleAssignment.objects.select_for_update(of=("self",)).select_related("user").get(pk=assignment_id)
        if kept.ended_at:
            raise IdentityError("", _("This role has ended already."), "ended")
        if kept.role == Role.ADMINISTRATOR and kept.confirmed_at and is_last_administrator(kept.user):
            raise IdentityError("", _("The house must keep one administrator."), "last administrator")
        actor = actor_of(by)
        write_end(kept, actor=actor, reason="taken away", now=now)
        if kept.confirmed_at:
            role_ended(kept.user.reference, role=Role(kept.role), actor=actor, now=now)
        return kept
