"""Record that somebody left the staff."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_LEFT
from accounts.identity.models import RoleAssignment, User
from audit.services import append

from .end_role import write_end
from .staff_change import send_away, staff_change


def leave_staff(user: User, *, by: User, now: datetime) -> User:
    """End every role, session, ask and grant at once; what remains is an ordinary user's account.

    Raises IdentityError when the person is not staff, or is `by`: an administrator who leaves is seen off by
    another, so that one stays.
    """
    with staff_change("record a leaving", by=by, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not person.is_staff:
            raise IdentityError("", _("This person is not a member of staff."), "not staff")
        actor = actor_of(by)
        held = RoleAssignment.objects.select_for_update(of=("self",)).select_related("user")
        roles = list(held.filter(user=person, ended_at=None).order_by("pk"))
        for assignment in roles:
            write_end(assignment, actor=actor, reason="left", now=now)
        person.is_staff = person.is_superuser = False
        person.save(update_fields=["is_staff", "is_superuser"])
        ended = send_away(person, actor=actor, now=now)
        append(
            STAFF_LEFT,
            actor=actor,
            subject=person.reference,
            now=now,
            payload={"sessions_ended": ended, "roles": [assignment.role for assignment in roles]},
        )
        return person
