"""Suspend a member of staff, reinstate them, or record that they left."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_REINSTATED
from accounts.identity.models import PendingChange, User, WeightyChange
from accounts.identity.policies import waits_for_second
from audit.log.append import append

from .pending_change import request_change
from .staff_change import staff_change, write_leaving, write_suspension


def _active(user: User, *, wanted: bool) -> User:
    person = User.objects.select_for_update().get(pk=user.pk)
    if not person.is_staff:
        raise IdentityError("", _("This person is not a member of staff."), "not staff")
    if person.is_active is not wanted:
        sentence = _("This person is suspended already.") if wanted else _("This person is not suspended.")
        raise IdentityError("", sentence, "wrong state")
    return person


def suspend_staff(user: User, *, actor: User, now: datetime) -> PendingChange | None:
    """Deactivate the account: sessions, approval requests and grants end at once, roles stay.

    Against an administrator the change waits for a second one: then the pending change is returned. Raises
    IdentityError.
    """
    with staff_change("suspend staff", actor=actor, about=user, now=now):
        person = _active(user, wanted=True)
        if waits_for_second(taken_from=person):
            return request_change(WeightyChange.SUSPEND, person, actor=actor, now=now)
        write_suspension(person, actor=actor_of(actor), now=now)
        return None


def reinstate_staff(user: User, *, actor: User, now: datetime) -> User:
    """Activate a suspended account again; what ended stays ended. Raises IdentityError."""
    with staff_change("reinstate staff", actor=actor, about=user, now=now):
        person = _active(user, wanted=False)
        person.is_active = True
        person.save(update_fields=["is_active"])
        append(STAFF_REINSTATED, actor=actor_of(actor), subject=person.reference, now=now)
        return person


def leave_staff(user: User, *, actor: User, now: datetime) -> PendingChange | None:
    """End every role, session, approval request and grant at once; an ordinary user's account remains.

    Against an administrator the change waits for a second one: then the pending change is returned. Raises
    IdentityError when the person is not staff, or is `actor`: another administrator records it, so that one stays.
    """
    with staff_change("record a leaving", actor=actor, about=user, now=now):
        person = User.objects.select_for_update().get(pk=user.pk)
        if not person.is_staff:
            raise IdentityError("", _("This person is not a member of staff."), "not staff")
        if waits_for_second(taken_from=person):
            return request_change(WeightyChange.LEAVE, person, actor=actor, now=now)
        write_leaving(person, actor=actor_of(actor), now=now)
        return None
