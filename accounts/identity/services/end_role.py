"""End a role."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.models import Act, PendingChange, RoleAssignment, User
from accounts.identity.policies import waits_for_second
from accounts.identity.roles import Role

from .pending_change import ask_change
from .staff_change import is_last_administrator, staff_change, write_end


def end_role(assignment_id: int, *, by: User, now: datetime) -> PendingChange | None:
    """End a role; it counts at the person's next request. Returns what waits for a second administrator, if it does:
    a role in force of another administrator does.

    An administrator may end their own roles, but not the last administrator's. Raises IdentityError.
    """
    about = RoleAssignment.objects.select_related("user").get(pk=assignment_id).user
    with staff_change("end a role", by=by, about=None if about.pk == by.pk else about, now=now):
        kept = RoleAssignment.objects.select_for_update(of=("self",)).select_related("user").get(pk=assignment_id)
        if kept.ended_at:
            raise IdentityError("", _("This role has ended already."), "ended")
        is_in_force = RoleAssignment.objects.filter(pk=kept.pk).in_force().exists()
        if kept.role == Role.ADMINISTRATOR and is_in_force and is_last_administrator(kept.user):
            raise IdentityError("", _("The house must keep one administrator."), "last administrator")
        if about.pk != by.pk and is_in_force and waits_for_second(taken_from=kept.user):
            return ask_change(Act.END_ROLE, kept.user, assignment=kept, by=by, now=now)
        write_end(kept, actor=actor_of(by), reason="taken away", now=now)
        return None
