"""Join the staff by an invitation's link."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import STAFF_JOINED
from accounts.identity.mailboxes import normal_address
from accounts.identity.models import Invitation, User
from accounts.identity.policies import has_role, is_mailbox_of_staff, mailboxes_of
from accounts.identity.roles import Role
from accounts.identity.visitors import Visitor
from audit.log.append import append
from core import db

from .give_role import write_role
from .invite_staff import token_hash
from .record_sign_in import record_account_created
from .staff_change import lock_staff


def find_invitation(token: str, *, now: datetime) -> Invitation:
    """Return the open invitation of a link; raises IdentityError, with the same sentence for every invalid link."""
    invitation = Invitation.objects.filter(token_hash=token_hash(token)).first()
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
        append(
            STAFF_JOINED,
            actor=actor_of(person),
            subject=person.reference,
            now=now,
            payload={"invitation": str(invitation.pk), "roles": invitation.roles},
        )
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
