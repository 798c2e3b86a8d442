"""The demo people: two users, an outsider, one of each staff role."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.management.base import CommandError

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.services import accept_invitation, bootstrap_administrator, invite_staff, note_account_created
from accounts.identity.visitors import Visitor
from audit import sides

#: demo only, printed on purpose: never in production
PASSWORD = "omega-demo-passphrase"  # noqa: S105
#: the authenticator seed of every demo member of staff
TOTP_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_NOBODY = Visitor()


@dataclass(frozen=True)
class Person:
    """One demo person; without roles a user."""

    name: str
    does: str
    roles: tuple[Role, ...] = ()

    @property
    def email(self) -> str:
        """Return the address, in a domain that belongs to nobody."""
        return f"{self.name}@example.org"


USERS = (
    Person("layla", "a user with apps, logs and automations"),
    Person("omar", "another user"),
    Person("nadia", "an outsider: no data of theirs, and nothing of others"),
)
ADMINISTRATOR = Person("adam", "administrator: gives roles, has no way past the gate", (Role.ADMINISTRATOR,))
STAFF = (
    Person("sam", "support: asks for a look on the user's agreement", (Role.SUPPORT,)),
    Person("paula", "privacy officer: works the queue of requests", (Role.PRIVACY_OFFICER,)),
    Person("selim", "security engineer: asks on the security ground", (Role.SECURITY_ENGINEER,)),
    Person("lena", "legal counsel", (Role.LEGAL_COUNSEL,)),
    Person("aida", "approver for security: the second person", (Role.APPROVER_SECURITY,)),
    Person("ari", "auditor: reads the log", (Role.AUDITOR,)),
)


def refuse_in_production() -> None:
    """Raise CommandError in production: everybody knows these passwords."""
    if settings.IS_PRODUCTION:
        raise CommandError("Demo people are for development only; nothing was made.")


def is_made() -> bool:
    """Return whether the demo people are there."""
    with sides.acting("default"):
        return User.objects.filter(email=ADMINISTRATOR.email).exists()


def _verify_address(user: User) -> None:
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def _make_user(person: Person, now: datetime) -> User:
    user = User(email=person.email, username=person.name, time_zone="Asia/Dubai")
    user.set_password(PASSWORD)
    with sides.acting("default"), sides.atomic():
        user.save(force_insert=True)
        _verify_address(user)
        note_account_created(user, method="demo", visitor=_NOBODY, now=now)
    return user


def _join(token: str, person: Person, now: datetime) -> User:
    with sides.acting("staff"):
        user = accept_invitation(token, user=None, username=person.name, password=PASSWORD, visitor=_NOBODY, now=now)
    with sides.acting("default"):
        _verify_address(user)
        TOTP.activate(user, TOTP_SEED)
    return user


def make_people(now: datetime) -> dict[str, User]:
    """Make everybody through the services that real people come in by; return name → user."""
    refuse_in_production()
    made = {person.name: _make_user(person, now) for person in USERS}
    with sides.acting("staff"):
        _, token = bootstrap_administrator(email=ADMINISTRATOR.email, now=now)
    administrator = made[ADMINISTRATOR.name] = _join(token, ADMINISTRATOR, now)
    for person in STAFF:
        with sides.acting("staff"):
            _, token = invite_staff(email=person.email, roles=person.roles, by=administrator, now=now)
        made[person.name] = _join(token, person, now)
    return made
