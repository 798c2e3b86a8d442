"""Record that somebody left the staff."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.models import PendingChange, User, WeightyChange
from accounts.identity.policies import waits_for_second

from .pending_change import request_change
from .staff_change import staff_change, write_leaving


def leave_staff(user: User, *, by: User, now: datetime) -> PendingChange | None:
    """End every role, session, approval request and grant at once; an ordinary user's account remains.

    Against an administrator the change waits for a second one: then the pending change is returned. Raises
    IdentityError when the person is not staff, or is `by`: another administrator records it, so that one stays.
    """
    with staff_change("record a leaving", by=by, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not person.is_staff:
            raise IdentityError("", _("This person is not a member of staff."), "not staff")
        if waits_for_second(taken_from=person):
            return request_change(WeightyChange.LEAVE, person, by=by, now=now)
        write_leaving(person, actor=actor_of(by), now=now)
        return None
