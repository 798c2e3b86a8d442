"""Invite somebody to the staff by a one-time link."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_INVITED
from accounts.identity.mailboxes import mailbox_of, normal_address
from accounts.identity.models import Invitation, User
from accounts.identity.policies import is_mailbox_of_staff, mailboxes_of
from accounts.identity.roles import Role
from audit.log.actors import Actor
from audit.log.append import append

from .staff_change import cancel, staff_change

LIFETIME = timedelta(days=7)


def token_hash(token: str) -> str:
    """Return the stored hash of a link's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_invitation(
    *, email: str, roles: Collection[Role], invited_by: str, actor: Actor, now: datetime
) -> tuple[Invitation, str]:
    """Store an invitation and return it with its secret, which is not stored; cancel open ones for this address."""
    address = normal_address(email)
    for earlier in Invitation.objects.select_for_update().filter(email=address, accepted_at=None, cancelled_at=None):
        cancel(earlier, actor=actor, now=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=address,
        roles=sorted(role.value for role in roles),
        token_hash=token_hash(token),
        invited_by=invited_by,
        invited_at=now,
        expires_at=now + LIFETIME,
    )
    return invitation, token


def invite_staff(*, email: str, roles: Collection[Role], by: User, now: datetime) -> tuple[Invitation, str]:
    """Invite an address to the staff; returns the invitation and the secret of its link, for the mail.

    Raises IdentityError when `by` is no administrator, no role is named, or the mailbox is that of `by` or of a member
    of staff.
    """
    with staff_change("invite staff", by=by, about=None, now=now):
        if not roles:
            raise IdentityError("roles", _("Choose at least one role."), "no role")
        mailbox = mailbox_of(email)
        if mailbox in mailboxes_of(by):
            raise IdentityError("email", _("This address leads to your own mailbox."), "own mailbox")
        if is_mailbox_of_staff({mailbox}):
            raise IdentityError("email", _("This person is a member of staff already."), "already staff")
        actor = actor_of(by)
        invitation, token = write_invitation(email=email, roles=roles, invited_by=by.reference, actor=actor, now=now)
        append(
            STAFF_INVITED,
            actor=actor,
            subject=None,
            now=now,
            payload={"invitation": str(invitation.pk), "roles": invitation.roles},
            personal={"email": invitation.email},
        )
    return invitation, token
