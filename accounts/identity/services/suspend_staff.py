"""Keep a member of staff out, and let them in again."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_REINSTATED, STAFF_SUSPENDED
from accounts.identity.models import User
from audit.services import append

from .staff_change import send_away, staff_change


def _active(user: User, *, wanted: bool) -> User:
    person = User.objects.select_for_update().get(pk=user.pk)
    if not person.is_staff:
        raise IdentityError("", _("This person is not a member of staff."), "not staff")
    if person.is_active is not wanted:
        sentence = _("This person is suspended already.") if wanted else _("This person is not suspended.")
        raise IdentityError("", sentence, "wrong state")
    return person


def suspend_staff(user: User, *, by: User, now: datetime) -> User:
    """Shut the account at once: sessions end, asks and grants end. Roles stay for a return. Raises IdentityError."""
    with staff_change("suspend staff", by=by, about=user, now=now):
        person = _active(user, wanted=True)
        person.is_active = False
        person.save(update_fields=["is_active"])
        actor = actor_of(by)
        ended = send_away(person, actor=actor, now=now)
        append(STAFF_SUSPENDED, actor=actor, subject=person.reference, now=now, payload={"sessions_ended": ended})
        return person


def reinstate_staff(user: User, *, by: User, now: datetime) -> User:
    """Open a suspended account again; what ended stays ended. Raises IdentityError."""
    with staff_change("reinstate staff", by=by, about=user, now=now):
        person = _active(user, wanted=False)
        person.is_active = True
        person.save(update_fields=["is_active"])
        append(STAFF_REINSTATED, actor=actor_of(by), subject=person.reference, now=now)
        return person
