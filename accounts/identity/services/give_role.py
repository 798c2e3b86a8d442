"""Give a role: one administrator gives it, a second confirms it where there is one. Weighty roles always wait."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.announcements import tell_staff
from accounts.identity.errors import IdentityError
from accounts.identity.events import ROLE_GIVEN
from accounts.identity.models import RoleAssignment, User
from accounts.identity.policies import waits_for_second
from accounts.identity.roles import Role
from audit.log.actors import machine
from audit.log.append import append

from .staff_change import needs_second, staff_change


def write_role(user: User, role: Role, *, given_by: User | None, now: datetime) -> RoleAssignment:
    """Store a role, pending or in force at once; without `given_by` it comes from the bootstrap command.

    The database sets when it takes effect. All staff are told of one that will do so without a second administrator.
    """
    waits = given_by is not None and (waits_for_second(given=role) or needs_second(given_by, user))
    assignment = RoleAssignment.objects.create(
        user=user,
        role=role,
        given_by=given_by.reference if given_by else "",
        given_at=now,
        confirmed_at=None if waits else now,
    )
    assignment.refresh_from_db(fields=["effective_at"])
    waits = not RoleAssignment.objects.filter(pk=assignment.pk).in_force().exists()
    append(
        ROLE_GIVEN,
        actor=actor_of(given_by) if given_by else machine("staff_bootstrap"),
        subject=user.reference,
        now=now,
        payload={"role": role.value, "needs_confirmation": waits},
    )
    if waits and assignment.effective_at is not None:
        tell_staff("right_waits", about=user, role=role.value, effective_at=assignment.effective_at, now=now)
    return assignment


def give_role(user: User, role: Role, *, by: User, now: datetime) -> RoleAssignment:
    """Give a member of staff a role; it waits for a second administrator when there is another active one.

    A right to decide, and the administrator's role, always wait: for a second administrator or 72 hours. Raises
    IdentityError when `by` is no administrator or the person themself, or the person is not active staff or has it.
    """
    with staff_change("give a role", by=by, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not (person.is_staff and person.is_active):
            raise IdentityError("", _("Only an active member of staff can be given a role."), "not staff")
        if RoleAssignment.objects.filter(user=person, role=role, ended_at=None).exists():
            raise IdentityError("role", _("This person has the role, or waits for it."), "already given")
        return write_role(person, role, given_by=by, now=now)
