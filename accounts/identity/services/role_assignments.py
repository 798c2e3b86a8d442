"""Give, confirm and end a role. A second administrator confirms it where there is one; weighty roles always wait."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.announcements import tell_staff
from accounts.identity.errors import IdentityError
from accounts.identity.events import ROLE_CONFIRMED, ROLE_GIVEN
from accounts.identity.models import PendingChange, RoleAssignment, User, WeightyChange
from accounts.identity.policies import is_same_person, waits_for_second
from accounts.identity.roles import Role
from accounts.identity.selectors import list_administrators
from audit.log.actors import machine
from audit.log.append import append

from .pending_change import request_change
from .staff_change import staff_change, write_end


def write_role(user: User, role: Role, *, given_by: User | None, now: datetime) -> RoleAssignment:
    """Store a role, pending or in force at once; without `given_by` it comes from the bootstrap command.

    The database sets when it takes effect. All staff are told of one that will do so without a second administrator.
    """
    waits = given_by is not None and (
        waits_for_second(given=role) or bool(set(list_administrators()) - {given_by, user})
    )
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


def give_role(user: User, role: Role, *, actor: User, now: datetime) -> RoleAssignment:
    """Give a member of staff a role; it waits for a second administrator when there is another active one.

    A right to decide, and the administrator's role, always wait: for a second administrator or 72 hours. Raises
    IdentityError when `actor` is no administrator or the person themself, or the person is not active staff or has it.
    """
    with staff_change("give a role", actor=actor, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not (person.is_staff and person.is_active):
            raise IdentityError("", _("Only an active member of staff can be given a role."), "not staff")
        if RoleAssignment.objects.filter(user=person, role=role, ended_at=None).exists():
            raise IdentityError("role", _("This person has the role, or waits for it."), "already given")
        return write_role(person, role, given_by=actor, now=now)


def confirm_role(assignment_id: int, *, actor: User, now: datetime) -> RoleAssignment:
    """Put a given role in force, or confirm one that is in force without a second administrator.

    Raises IdentityError when `actor` gave it or would get it, or it was confirmed before or has ended.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("confirm a role", actor=actor, about=about, now=now):
        assignment = RoleAssignment.objects.select_for_update().get(pk=assignment_id)
        giver = User.objects.filter(reference=assignment.given_by).first()
        if giver is not None and is_same_person(actor, giver):
            raise IdentityError("", _("You gave this role; another administrator must confirm it."), "same person")
        if assignment.confirmed_by or assignment.ended_at:
            raise IdentityError("", _("This role was confirmed before, or has ended."), "not waiting")
        if not (about.is_staff and about.is_active):
            raise IdentityError("", _("Only an active member of staff can be given a role."), "not staff")
        assignment.confirmed_by, assignment.confirmed_at = actor.reference, now
        assignment.save(update_fields=["confirmed_by", "confirmed_at"])
        assignment.refresh_from_db(fields=["effective_at"])
        who, payload = actor_of(actor), {"role": assignment.role}
        append(ROLE_CONFIRMED, actor=who, subject=about.reference, now=now, payload=payload)
        return assignment


def end_role(assignment_id: int, *, actor: User, now: datetime) -> PendingChange | None:
    """End a role, from the person's next request on.

    Against another administrator, ending a role in force waits for a second one: then the pending change is returned.
    An administrator may end their own roles, but not the last administrator's. Raises IdentityError.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("end a role", actor=actor, about=None if about.pk == actor.pk else about, now=now):
        assignment = RoleAssignment.objects.select_for_update(of=("self",)).select_related("user").get(pk=assignment_id)
        if assignment.ended_at:
            raise IdentityError("", _("This role has ended already."), "ended")
        is_in_force = RoleAssignment.objects.filter(pk=assignment.pk).in_force().exists()
        if assignment.role == Role.ADMINISTRATOR and is_in_force and list_administrators() == [assignment.user]:
            raise IdentityError("", _("The office must keep one administrator."), "last administrator")
        if about.pk != actor.pk and is_in_force and waits_for_second(taken_from=assignment.user):
            return request_change(WeightyChange.END_ROLE, assignment.user, assignment=assignment, actor=actor, now=now)
        write_end(assignment, actor=actor_of(actor), reason="taken away", now=now)
        return None
