"""Invite the very first administrators."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_BOOTSTRAPPED
from accounts.identity.mailboxes import mailbox_of
from accounts.identity.models import Invitation, RoleAssignment
from accounts.identity.roles import Role
from audit.log.actors import machine
from audit.log.append import append
from core import db

from .invite_staff import write_invitation
from .staff_change import lock_staff


def bootstrap_administrators(emails: Sequence[str], *, now: datetime) -> list[tuple[Invitation, str]]:
    """Invite the founders, one or two; returns each invitation and the secret of its link.

    Raises IdentityError once there is an administrator, suspended or not, and for one mailbox named twice. Repeating
    it before a link was used cancels the earlier links, whatever addresses they went to.
    """
    actor = machine("staff_bootstrap")
    with db.atomic():
        lock_staff()
        held = RoleAssignment.objects.filter(role=Role.ADMINISTRATOR, effective_at__isnull=False, ended_at=None)
        if held.filter(user__is_staff=True).exists():
            raise IdentityError("", _("There is an administrator already; they invite the others."), "not the first")
        if len({mailbox_of(email) for email in emails}) < len(emails):
            raise IdentityError("email", _("Two founders need two mailboxes."), "own mailbox")
        first = Invitation.objects.filter(invited_by="", accepted_at=None, cancelled_at=None)
        first.update(cancelled_at=now)
        made = []
        for email in emails:
            invitation, token = write_invitation(
                email=email, roles=[Role.ADMINISTRATOR], invited_by="", actor=actor, now=now
            )
            append(STAFF_BOOTSTRAPPED, actor=actor, subject=None, now=now, payload={"invitation": str(invitation.pk)})
            made.append((invitation, token))
    return made
