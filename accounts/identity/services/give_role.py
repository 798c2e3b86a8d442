"""Give a role: one administrator gives it, a second confirms it where there is one."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import ROLE_GIVEN
from accounts.identity.models import RoleAssignment, User
from accounts.identity.roles import Role
from audit.actors import machine
from audit.services import append

from .staff_change import needs_second, staff_change


def write_role(user: User, role: Role, *, given_by: User | None, waits: bool, now: datetime) -> RoleAssignment:
    """Store a role, waiting for its confirmation or in force at once; without `given_by` the house itself gives it."""
    giver = given_by.reference if given_by else ""
    assignment = RoleAssignment.objects.create(
        user=user, role=role, given_by=giver, given_at=now, confirmed_at=None if waits else now
    )
    append(
        ROLE_GIVEN,
        actor=actor_of(given_by) if given_by else machine("staff_bootstrap"),
        subject=user.reference,
        now=now,
        payload={"role": role.value, "needs_confirmation": waits},
    )
    return assignment


def give_role(user: User, role: Role, *, by: User, now: datetime) -> RoleAssignment:
    """Give a member of staff a role. It waits for a second administrator when another active one is there.

    Raises IdentityError: `by` is no administrator or is the person themself, the person is not active staff, or
    has the role already.
    """
    with staff_change("give a role", by=by, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not (person.is_staff and person.is_active):
            raise IdentityError("", _("Only an active member of staff can be given a role."), "not staff")
        if RoleAssignment.objects.filter(user=person, role=role, ended_at=None).exists():
            raise IdentityError("role", _("This person has the role, or waits for it."), "already given")
        return write_role(person, role, given_by=by, waits=needs_second(by, person), now=now)
