"""Take access to Google data away from one automation, which gets no token any more, and give it back.

Google knows no end of single scopes: the others of the person go on, and what nothing needs any more ends altogether.
"""

from datetime import datetime
from uuid import UUID

from accounts.connections.announcements import grant_wiped
from accounts.connections.events import AUTOMATION_GIVEN, AUTOMATION_WITHHELD
from accounts.connections.models import GoogleGrant, WipeReason
from accounts.connections.selectors import find_needs, scopes_of
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.append import append
from core import db

from .wipe import wipe_grant


def withhold(user: User, automation: UUID, *, now: datetime) -> bool:
    """Take the access away; True where it ended altogether, since no other automation needs it.

    Raises Automation.DoesNotExist for one that is not theirs.
    """
    subject, actor = user.reference, actor_of(user)
    with db.row_security_for(subject):
        scopes = scopes_of(subject, automation)
        grant = GoogleGrant.objects.select_for_update().filter(subject=subject).first()
        if grant is None or automation in grant.withheld:
            return False
        _store(grant, [*grant.withheld, automation])
        payload = {"automation": str(automation)}
        append(AUTOMATION_WITHHELD, actor=actor, subject=subject, now=now, payload=payload)
        if find_needs(subject).ever.isdisjoint(grant.scopes):
            wipe_grant(subject, reason=WipeReason.USER, actor=actor, asked_at=now, now=now)
            return True
        if not scopes.isdisjoint(grant.scopes):
            grant_wiped.tell(subject, ended=None, reason=WipeReason.USER, actor=actor, now=now)
    return False


def give_back(user: User, automation: UUID, *, now: datetime) -> bool:
    """Give an automation its access back; True where it was taken away."""
    with db.row_security_for(user.reference):
        grant = GoogleGrant.objects.select_for_update().filter(subject=user.reference).first()
        if grant is None or automation not in grant.withheld:
            return False
        _store(grant, [each for each in grant.withheld if each != automation])
        payload = {"automation": str(automation)}
        append(AUTOMATION_GIVEN, actor=actor_of(user), subject=user.reference, now=now, payload=payload)
    return True


def _store(grant: GoogleGrant, withheld: list[UUID]) -> None:
    grant.withheld = withheld
    grant.save(update_fields=["withheld"])
