"""Invite the very first administrator."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_BOOTSTRAPPED
from accounts.identity.models import Invitation, RoleAssignment
from accounts.identity.roles import Role
from audit import sides
from audit.actors import machine
from audit.services import append

from .invite_staff import write_invitation
from .staff_change import lock_staff


def bootstrap_administrator(*, email: str, now: datetime) -> tuple[Invitation, str]:
    """Invite the first administrator; returns the invitation and the secret of its link.

    Raises IdentityError once the house has an administrator, suspended or not. Repeating it before the link
    was used makes the earlier link worthless, whatever address it went to.
    """
    actor = machine("staff_bootstrap")
    with sides.atomic():
        lock_staff()
        held = RoleAssignment.objects.filter(role=Role.ADMINISTRATOR, confirmed_at__isnull=False, ended_at=None)
        if held.filter(user__is_staff=True).exists():
            raise IdentityError("", _("There is an administrator already; they invite the others."), "not the first")
        first = Invitation.objects.filter(invited_by="", accepted_at=None, cancelled_at=None)
        first.update(cancelled_at=now)
        invitation, token = write_invitation(
            email=email, roles=[Role.ADMINISTRATOR], invited_by="", actor=actor, now=now
        )
        append(STAFF_BOOTSTRAPPED, actor=actor, subject=None, now=now, payload={"invitation": str(invitation.pk)})
    return invitation, token
