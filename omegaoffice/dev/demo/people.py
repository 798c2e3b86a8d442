"""The demo people: two users, an outsider, two administrators, and at least one of each other staff role."""

import os
import sys
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.management.base import CommandError

from accounts.identity.errors import IdentityError
from accounts.identity.models import RoleAssignment, User
from accounts.identity.policies import has_role
from accounts.identity.roles import Role
from accounts.identity.services import (
    accept_invitation,
    bootstrap_administrators,
    confirm_role,
    invite_staff,
    record_account_created,
    record_factor,
    record_provider,
)
from accounts.identity.visitors import Visitor
from core import db

#: printed on purpose; refused in production
PASSWORD = "omega-demo-passphrase"  # noqa: S105
#: the authenticator seed of every demo member of staff
TOTP_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_NOBODY = Visitor()


@dataclass(frozen=True)
class DemoPerson:
    """One demo person; without roles a user. `provider` and `uid` are their account at the practice provider."""

    name: str
    does: str
    roles: tuple[Role, ...] = ()
    provider: str = ""
    uid: str = ""

    @property
    def email(self) -> str:
        """Return the address, in a domain that belongs to nobody."""
        return f"{self.name}@example.org"


USERS = (
    DemoPerson("layla", "a user with apps, logs and automations", provider="google", uid="100000000000000000001"),
    DemoPerson("omar", "another user with data", provider="github", uid="9000002"),
    DemoPerson("nadia", "an outsider: an account, no data"),
)
ADMINISTRATORS = (
    DemoPerson("adam", "administrator: gives roles, has no access to data", (Role.ADMINISTRATOR,)),
    DemoPerson("amal", "second administrator: confirms what adam gives", (Role.ADMINISTRATOR,)),
)
STAFF = (
    DemoPerson("sam", "support: requests access on the user's agreement", (Role.SUPPORT,)),
    DemoPerson("paula", "privacy officer: works on the queue of requests", (Role.PRIVACY_OFFICER,)),
    DemoPerson("selim", "security engineer: requests access on the security ground", (Role.SECURITY_ENGINEER,)),
    DemoPerson("sara", "security engineer: opened access without a decision", (Role.SECURITY_ENGINEER,)),
    DemoPerson("lena", "legal counsel", (Role.LEGAL_COUNSEL,)),
    DemoPerson("aida", "approver for security: the second person", (Role.APPROVER_SECURITY,)),
    DemoPerson("bilal", "approver for security and legal: reviews", (Role.APPROVER_SECURITY, Role.APPROVER_LEGAL)),
    DemoPerson("ari", "auditor: reads and verifies the log", (Role.AUDITOR,)),
)
EVERYBODY = (*USERS, *ADMINISTRATORS, *STAFF)

_WHERE = """
{rule}
  The office is open.  {address}/

  users  {address}/accounts/login/  then  {address}/settings/
  staff  {address}/staff/  with a six-digit code after the password

{people}

  password of each   {password}
  code for staff     {python} manage.py demo_code paula@example.org
  verify the log     {python} manage.py audit_verify
  letters go to      {mail}

  Layla may sign in with Google and Omar with GitHub as well, at the practice provider.
  DEMONSTRATION ONLY: passwords and codes are public.  Ctrl-C stops everything.
{rule}"""


def where_to_click(address: str) -> str:
    """Return the text for the console: where to sign in at `address`, and as whom."""
    rows = [(one.email, "staff" if one.roles else "user", one.does) for one in EVERYBODY]
    return _WHERE.format(
        rule="=" * 92,
        address=address,
        people="\n".join(f"  {email:<19} {kind:<6} {does}" for email, kind, does in rows),
        password=PASSWORD,
        python=os.path.relpath(sys.executable),
        mail=getattr(settings, "EMAIL_FILE_PATH", "the mail server"),
    )


def refuse_in_production() -> None:
    """Raise CommandError in production: these passwords are public."""
    if settings.IS_PRODUCTION:
        raise CommandError("Demo people are for development only; nothing was made.")


def missing_people() -> list[DemoPerson]:
    """Return who is missing or incomplete: an earlier run may have been killed half-way."""
    with db.use_role("default"):
        whole = set(User.objects.filter(is_staff=False).values_list("email", flat=True))
        factors = Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__is_staff=True)
        whole |= set(factors.values_list("user__email", flat=True))
    return [person for person in EVERYBODY if person.email not in whole]


def make_people(now: datetime) -> dict[str, User]:
    """Create who is missing through the services that real accounts are created by; return name → user of everybody.

    Raises CommandError in production, and in an office that has an administrator of its own.
    """
    refuse_in_production()
    try:
        missing = missing_people()
        if missing:
            _found_office(now)
        for person in missing:
            _make(person, now)
        _confirm_roles(now)
    except IdentityError as error:
        raise CommandError(f"The demo people cannot be made in this office: {error.sentence}") from None
    with db.use_role("default"):
        found = {user.email: user for user in User.objects.filter(email__in=[one.email for one in EVERYBODY])}
    return {person.name: found[person.email] for person in EVERYBODY}


def _found_office(now: datetime) -> None:
    """Create both administrators in one transaction: the first alone would leave the second to be confirmed."""
    with db.use_role("staff"), db.atomic():
        emails = [person.email for person in ADMINISTRATORS]
        if not User.objects.filter(email__in=emails, is_staff=True).exists():
            made = bootstrap_administrators(emails, now=now)
            for person, (_invitation, token) in zip(ADMINISTRATORS, made, strict=True):
                _join(person, token, now)


def _make(person: DemoPerson, now: datetime) -> None:
    if not person.roles:
        _make_user(person, now)
        return
    with db.use_role("staff"):
        if not User.objects.filter(email=person.email, is_staff=True).exists():
            giver = User.objects.get(email=ADMINISTRATORS[0].email)
            _join(person, invite_staff(email=person.email, roles=person.roles, actor=giver, now=now)[1], now)
    _set_up_factor(person, now)


def _join(person: DemoPerson, token: str, now: datetime) -> None:
    accept_invitation(token, user=None, username=person.name, password=PASSWORD, visitor=_NOBODY, now=now)


def _confirm_roles(now: datetime) -> None:
    """Have the second administrator confirm what the first gave."""
    with db.use_role("staff"):
        second = User.objects.get(email=ADMINISTRATORS[1].email)
        ours = RoleAssignment.objects.filter(user__email__in=[person.email for person in EVERYBODY], ended_at=None)
        waiting = ours.filter(confirmed_by="").exclude(given_by="").exclude(user=second)
        # An older demo office has one administrator: there the second one's own role still waits.
        if has_role(second, Role.ADMINISTRATOR):
            for assignment in waiting.order_by("pk"):
                confirm_role(assignment.pk, actor=second, now=now)


def _set_up_factor(person: DemoPerson, now: datetime) -> None:
    with db.use_role("default"), db.atomic():
        user = User.objects.select_for_update().get(email=person.email)
        TOTP.activate(user, TOTP_SEED)
        record_factor(user, kind=str(Authenticator.Type.TOTP), added=True, now=now)


def make_applicant(name: str, now: datetime) -> User:
    """Create a user who has filed requests and never signs in."""
    return _make_user(DemoPerson(name, ""), now, password=None)


def _make_user(person: DemoPerson, now: datetime, password: str | None = PASSWORD) -> User:
    user = User(email=person.email, username=person.name, time_zone="Asia/Dubai")
    user.set_password(password)
    with db.use_role("default"), db.atomic():
        user.save(force_insert=True)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        record_account_created(user, method="demo", visitor=_NOBODY, now=now)
        if person.provider:
            SocialAccount.objects.create(user=user, provider=person.provider, uid=person.uid)
            record_provider(user, provider=person.provider, connected=True, now=now)
    return user
