"""Reading about people, their ways in, and their sessions."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from .models import RoleAssignment, User
from .roles import Role


@dataclass(frozen=True)
class Factor:
    """One second factor: what it is called and when it was used, never its secret."""

    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class WaysIn:
    """Every way into an account."""

    has_password: bool
    factors: list[Factor]
    has_recovery_codes: bool
    providers: list[str]


@dataclass(frozen=True)
class SignedIn:
    """One session; `key` is a credential and never leaves the process."""

    id: int
    key: str
    ip: str
    user_agent: str
    created_at: datetime
    is_this_one: bool


def list_factors(user: User) -> list[Factor]:
    """Return the person's authenticator app and passkeys, oldest first."""
    rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return [
        Factor(row.type, str(row) if row.type == row.Type.WEBAUTHN else "", row.created_at, row.last_used_at)
        for row in rows.order_by("created_at")
    ]


def get_ways_in(user: User) -> WaysIn:
    """Return how this person gets in."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    providers = SocialAccount.objects.filter(user=user).order_by("provider")
    return WaysIn(
        has_password=user.has_usable_password(),
        factors=list_factors(user),
        has_recovery_codes=codes.exists(),
        providers=list(providers.values_list("provider", flat=True)),
    )


def list_sessions(user: User, current_key: str) -> list[SignedIn]:
    """Return the person's living sessions, this one first, then the newest."""
    rows = UserSession.objects.purge_and_list(user)
    found = [
        SignedIn(row.pk, row.session_key, row.ip, row.user_agent, row.created_at, row.session_key == current_key)
        for row in rows
    ]
    return sorted(found, key=lambda row: (not row.is_this_one, -row.created_at.timestamp()))


def list_administrators() -> list[User]:
    """Return the active administrators whose role is confirmed."""
    return list(
        User.objects.filter(
            is_active=True,
            is_staff=True,
            role_assignments__role=Role.ADMINISTRATOR,
            role_assignments__confirmed_at__isnull=False,
            role_assignments__ended_at__isnull=True,
        )
    )


def list_role_assignments(user: User) -> list[RoleAssignment]:
    """Return the person's roles that have not ended, waiting ones included."""
    return list(RoleAssignment.objects.filter(user=user, ended_at__isnull=True).order_by("role"))
