"""Confirm a role that another administrator gave."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import ROLE_CONFIRMED
from accounts.identity.models import RoleAssignment, User
from accounts.identity.policies import is_same_person
from audit.log.append import append

from .staff_change import staff_change


def confirm_role(assignment_id: int, *, by: User, now: datetime) -> RoleAssignment:
    """Put a given role in force, or confirm one that is in force without a second administrator.

    Raises IdentityError when `by` gave it or would get it, or it was confirmed before or has ended.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("confirm a role", by=by, about=about, now=now):
        assignment = RoleAssignment.objects.select_for_update().get(pk=assignment_id)
        giver = User.objects.filter(reference=assignment.given_by).first()
        if giver is not None and is_same_person(by, giver):
            raise IdentityError("", _("You gave this role; another administrator must confirm it."), "same person")
        if assignment.confirmed_by or assignment.ended_at:
            raise IdentityError("", _("This role was confirmed before, or has ended."), "not waiting")
        if not (about.is_staff and about.is_active):
            raise IdentityError("", _("Only an active member of staff can be given a role."), "not staff")
        assignment.confirmed_by, assignment.confirmed_at = by.reference, now
        assignment.save(update_fields=["confirmed_by", "confirmed_at"])
        assignment.refresh_from_db(fields=["effective_at"])
        append(
            ROLE_CONFIRMED,
            actor=actor_of(by),
            subject=about.reference,
            now=now,
            payload={"role": assignment.role},
        )
        return assignment
