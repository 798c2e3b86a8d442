"""End a role."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.models import PendingChange, RoleAssignment, User, WeightyChange
from accounts.identity.policies import waits_for_second
from accounts.identity.roles import Role

from .pending_change import request_change
from .staff_change import is_last_administrator, staff_change, write_end


def end_role(assignment_id: int, *, by: User, now: datetime) -> PendingChange | None:
    """End a role, from the person's next request on.

    Against another administrator, ending a role in force waits for a second one: then the pending change is returned.
    An administrator may end their own roles, but not the last administrator's. Raises IdentityError.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("end a role", by=by, about=None if about.pk == by.pk else about, now=now):
        assignment = RoleAssignment.objects.select_for_update(of=("self",)).select_related("user").get(pk=assignment_id)
        if assignment.ended_at:
            raise IdentityError("", _("This role has ended already."), "ended")
        is_in_force = RoleAssignment.objects.filter(pk=assignment.pk).in_force().exists()
        if assignment.role == Role.ADMINISTRATOR and is_in_force and is_last_administrator(assignment.user):
            raise IdentityError("", _("The office must keep one administrator."), "last administrator")
        if about.pk != by.pk and is_in_force and waits_for_second(taken_from=assignment.user):
            return request_change(WeightyChange.END_ROLE, assignment.user, assignment=assignment, by=by, now=now)
        write_end(assignment, actor=actor_of(by), reason="taken away", now=now)
        return None
