"""Invite people to the staff by one-time links: the founders, others, taking a link back, and joining by one."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_BOOTSTRAPPED, STAFF_INVITED, STAFF_JOINED
from accounts.identity.mailboxes import mailbox_of, normal_address
from accounts.identity.models import Invitation, RoleAssignment, User
from accounts.identity.policies import has_role, is_mailbox_of_staff, mailboxes_of
from accounts.identity.roles import Role
from accounts.identity.visitors import Visitor
from audit.log.actors import Actor, machine
from audit.log.append import append
from core import db

from .record_sign_in import record_account_created
from .role_assignments import write_role
from .staff_change import cancel, lock_staff, staff_change

LIFETIME = timedelta(days=7)


def _token_hash(token: str) -> str:
    """Return the stored hash of a link's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _write_invitation(
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
        token_hash=_token_hash(token),
        invited_by=invited_by,
        invited_at=now,
        expires_at=now + LIFETIME,
    )
    return invitation, token


def invite_staff(*, email: str, roles: Collection[Role], actor: User, now: datetime) -> tuple[Invitation, str]:
    """Invite an address to the staff; returns the invitation and the secret of its link, for the mail.

    Raises IdentityError when `actor` is no administrator, no role is named, or the mailbox is theirs or that of a
    member of staff.
    """
    with staff_change("invite staff", actor=actor, about=None, now=now):
        if not roles:
            raise IdentityError("roles", _("Choose at least one role."), "no role")
        mailbox = mailbox_of(email)
        if mailbox in mailboxes_of(actor):
            raise IdentityError("email", _("This address leads to your own mailbox."), "own mailbox")
        if is_mailbox_of_staff({mailbox}):
            raise IdentityError("email", _("This person is a member of staff already."), "already staff")
        invitation, token = _write_invitation(
            email=email, roles=roles, invited_by=actor.reference, actor=actor_of(actor), now=now
        )
        payload = {"invitation": str(invitation.pk), "roles": invitation.roles}
        personal = {"email": invitation.email}
        append(STAFF_INVITED, actor=actor_of(actor), subject=None, now=now, payload=payload, personal=personal)
    return invitation, token


def bootstrap_administrators(emails: Sequence[str], *, now: datetime) -> list[tuple[Invitation, str]]:
    """Invite the founders, one or two; returns each invitation and the secret of its link.

    Raises IdentityError once there is an administrator, suspended or not, and for one mailbox named twice. Repeating
    it before a link was used cancels the earlier links, whatever addresses they went to.
    """
    actor = machine("staff_bootstrap")
    with db.atomic():
        lock_staff()
        administrators = RoleAssignment.objects.filter(
            role=Role.ADMINISTRATOR, effective_at__isnull=False, ended_at=None
        )
        if administrators.filter(user__is_staff=True).exists():
            raise IdentityError("", _("There is an administrator already; they invite the others."), "not the first")
        if len({mailbox_of(email) for email in emails}) < len(emails):
            raise IdentityError("email", _("Two founders need two mailboxes."), "own mailbox")
        Invitation.objects.filter(invited_by="", accepted_at=None, cancelled_at=None).update(cancelled_at=now)
        invited = []
        for email in emails:
            invitation, token = _write_invitation(
                email=email, roles=[Role.ADMINISTRATOR], invited_by="", actor=actor, now=now
            )
            append(STAFF_BOOTSTRAPPED, actor=actor, subject=None, now=now, payload={"invitation": str(invitation.pk)})
            invited.append((invitation, token))
    return invited


def cancel_invitation(invitation_id: UUID, *, actor: User, now: datetime) -> None:
    """Stop the link from working; raises IdentityError when it was used or cancelled before."""
    with staff_change("cancel an invitation", actor=actor, about=None, now=now):
        invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
        if invitation.accepted_at or invitation.cancelled_at:
            raise IdentityError("", _("This invitation was used or cancelled before."), "not open")
        cancel(invitation, actor=actor_of(actor), now=now)


def find_invitation(token: str, *, now: datetime) -> Invitation:
    """Return the open invitation of a link; raises IdentityError, with the same sentence for every invalid link."""
    invitation = Invitation.objects.filter(token_hash=_token_hash(token)).first()
    if invitation is None or not invitation.is_open(now):
        raise IdentityError(
            "", _("This invitation is not valid. It may have expired, been used, or been taken back."), "not open"
        )
    return invitation


def accept_invitation(
    token: str,
    *,
    user: User | None,
    username: str = "",
    password: str = "",
    visitor: Visitor,
    now: datetime,
) -> User:
    """Make the invited person a member of staff and return them.

    `user` is the signed-in person, whose address must be the invited one. Without one, an account is made; its
    address counts as verified, since the link was sent there. Raises IdentityError.
    """
    with db.atomic():
        lock_staff()
        invitation = Invitation.objects.select_for_update().get(pk=find_invitation(token, now=now).pk)
        if not invitation.is_open(now):  # another request was faster
            find_invitation(token, now=now)
        inviter = User.objects.filter(reference=invitation.invited_by).first() if invitation.invited_by else None
        if invitation.invited_by and (inviter is None or not has_role(inviter, Role.ADMINISTRATOR)):
            raise IdentityError("", _("Who invited you may no longer do so. Ask for a new invitation."), "inviter gone")
        if user is None:
            user = _make_account(invitation, username=username, password=password, visitor=visitor, now=now)
        elif normal_address(user.email) != normal_address(invitation.email):
            raise IdentityError("", _("This invitation was sent to another e-mail address."), "other address")
        if is_mailbox_of_staff(mailboxes_of(user), besides=user):
            raise IdentityError("", _("This person is a member of staff already."), "already staff")
        person = User.objects.select_for_update().get(pk=user.pk)
        person.is_staff = True
        person.save(update_fields=["is_staff"])
        invitation.accepted_at, invitation.accepted_by = now, person.reference
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        payload = {"invitation": str(invitation.pk), "roles": invitation.roles}
        append(STAFF_JOINED, actor=actor_of(person), subject=person.reference, now=now, payload=payload)
        for name in invitation.roles:
            write_role(person, Role(name), given_by=inviter, now=now)
    return person


def _make_account(invitation: Invitation, *, username: str, password: str, visitor: Visitor, now: datetime) -> User:
    if User.objects.with_address(invitation.email).exists():
        raise IdentityError("", _("There is an account with this address: sign in first, then accept."), "sign in")
    if User.objects.filter(username__iexact=username).exists():
        raise IdentityError("username", _("Somebody else has this user name."), "taken")
    person = User(email=invitation.email, username=username, date_joined=now)
    person.set_password(password)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    record_account_created(person, method="invitation", visitor=visitor, now=now)
    return person
