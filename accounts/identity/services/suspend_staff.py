"""Keep a member of staff out, and let them in again."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_REINSTATED
from accounts.identity.models import Act, PendingChange, User
from accounts.identity.policies import waits_for_second
from audit.services import append

from .pending_change import ask_change
from .staff_change import staff_change, write_suspension


def _active(user: User, *, wanted: bool) -> User:
    person = User.objects.select_for_update().get(pk=user.pk)
    if not person.is_staff:
        raise IdentityError("", _("This person is not a member of staff."), "not staff")
    if person.is_active is not wanted:
        sentence = _("This person is suspended already.") if wanted else _("This person is not suspended.")
        raise IdentityError("", sentence, "wrong state")
    return person


def suspend_staff(user: User, *, by: User, now: datetime) -> PendingChange | None:
    """Shut the account at once: sessions end, asks and grants end. Roles stay for a return.

    Returns what waits for a second administrator, where the person is one. Raises IdentityError.
    """
    with staff_change("suspend staff", by=by, about=user, now=now):
        person = _active(user, wanted=True)
        if waits_for_second(taken_from=person):
            return ask_change(Act.SUSPEND, person, by=by, now=now)
        write_suspension(person, actor=actor_of(by), now=now)
        return None


def reinstate_staff(user: User, *, by: User, now: datetime) -> User:
    """Open a suspended account again; what ended stays ended. Raises IdentityError."""
    with staff_change("reinstate staff", by=by, about=user, now=now):
        person = _active(user, wanted=False)
        person.is_active = True
        person.save(update_fields=["is_active"])
        append(STAFF_REINSTATED, actor=actor_of(by), subject=person.reference, now=now)
        return person
