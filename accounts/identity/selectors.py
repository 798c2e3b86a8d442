"""Read people, how they sign in, and their sessions."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Now

from core import db

from .mailboxes import normal_address
from .models import Invitation, PendingChange, RoleAssignment, User
from .roles import WEIGHTY, Role, role_names
from .session_store import open_sessions, row_key


@dataclass(frozen=True)
class Factor:
    """One second factor: its name and when it was used, never its secret."""

    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class SignInMethods:
    """Every method by which a person may sign in."""

    has_password: bool
    factors: list[Factor]
    has_recovery_codes: bool
    providers: list[str]


@dataclass(frozen=True)
class OpenSession:
    """One session; `key` is that of its row, not the cookie."""

    id: int
    key: str
    ip: str
    user_agent: str
    created_at: datetime
    is_this_one: bool


def get_staff_names(references: Iterable[str]) -> dict[str, str]:
    """Return reference → user name for those of the references that are, or once were, members of staff."""
    wanted = set(references)
    if not wanted:
        return {}
    ever = Exists(RoleAssignment.objects.filter(user=OuterRef("pk")))
    return dict(User.objects.filter(Q(is_staff=True) | ever, reference__in=wanted).values_list("reference", "username"))


def list_factors(user: User) -> list[Factor]:
    """Return the person's authenticator app and passkeys, oldest first."""
    rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return [
        Factor(row.type, str(row) if row.type == row.Type.WEBAUTHN else "", row.created_at, row.last_used_at)
        for row in rows.order_by("created_at")
    ]


def get_sign_in_methods(user: User) -> SignInMethods:
    """Return how this person may sign in."""
    codes = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
    providers = SocialAccount.objects.filter(user=user).order_by("provider")
    return SignInMethods(
        has_password=user.has_usable_password(),
        factors=list_factors(user),
        has_recovery_codes=codes.exists(),
        providers=list(providers.values_list("provider", flat=True)),
    )


def _signs_in(content: Mapping[str, Any], user: User) -> bool:
    known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return content.get(SESSION_KEY) == str(user.pk) and content.get(HASH_SESSION_KEY) in known


def list_sessions(user: User, current_key: str | None, now: datetime) -> list[OpenSession]:
    """Return the person's open sessions, the one with this cookie first, then the newest; in two queries."""
    rows = list(UserSession.objects.filter(user=user))
    contents = open_sessions([row.session_key for row in rows], now)
    found = [
        OpenSession(
            row.pk, row.session_key, row.ip, row.user_agent, row.created_at, row.session_key == row_key(current_key)
        )
        for row in rows
        if _signs_in(contents.get(row.session_key, {}), user)
    ]
    return sorted(found, key=lambda row: (not row.is_this_one, -row.created_at.timestamp()))


def role_holders(*roles: Role) -> QuerySet[User]:
    """Return the active members of staff who hold one of these roles now, by user name."""
    assignments = RoleAssignment.objects.filter(role__in=roles).in_force()
    holders = User.objects.filter(is_active=True, is_staff=True, pk__in=assignments.values("user"))
    return holders.order_by("username")


def list_administrators() -> list[User]:
    """Return the active administrators whose role is in force."""
    return list(role_holders(Role.ADMINISTRATOR))


def list_role_assignments(user: User) -> list[RoleAssignment]:
    """Return the person's roles that have not ended, waiting ones included."""
    return list(RoleAssignment.objects.filter(user=user, ended_at__isnull=True).order_by("role"))


def list_postponed_rights(user: User) -> list[RoleAssignment]:
    """Return the rights to decide that are postponed because this person has changed their address."""
    wanted = RoleAssignment.objects.filter(user=user, role__in=WEIGHTY - {Role.ADMINISTRATOR}, ended_at=None)
    return list(wanted.filter(effective_at__gt=Now()).order_by("role"))


def list_pending_changes(user: User) -> list[PendingChange]:
    """Return the open changes against this administrator, the first to take effect first."""
    rows = PendingChange.objects.filter(user=user, settled_at=None).select_related("assignment")
    return list(rows.order_by("effective_at"))


@dataclass(frozen=True)
class StaffRow:
    """One member of staff and their roles."""

    user: User
    roles: list[str]
    waiting: list[str]
    has_second_factor: bool


def list_staff(now: datetime) -> list[StaffRow]:
    """Return every member of staff, the suspended included, by user name."""
    people = list(User.objects.filter(is_staff=True).order_by("username"))
    assignments: dict[Any, list[RoleAssignment]] = {}
    for row in RoleAssignment.objects.filter(user__in=people, ended_at=None).order_by("role"):
        assignments.setdefault(row.user_id, []).append(row)
    with_factor = set(
        Authenticator.objects.filter(user__in=people)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    return [
        StaffRow(
            user=person,
            roles=role_names(row.role for row in assignments.get(person.pk, []) if row.is_in_force(now)),
            waiting=role_names(row.role for row in assignments.get(person.pk, []) if not row.is_in_force(now)),
            has_second_factor=person.pk in with_factor,
        )
        for person in people
    ]


def list_open_invitations(now: datetime) -> list[Invitation]:
    """Return the invitations whose link still works, newest first."""
    rows = Invitation.objects.filter(accepted_at=None, cancelled_at=None, expires_at__gt=now)
    return list(rows.order_by("-invited_at"))


def find_people(query: str, *, after: str = "", limit: int = 20) -> list[User]:
    """Return people whose e-mail address begins with `query`, or whose user name or account id it is, by address.

    `after` is the last address of the previous page. Each lookup is served by an index; nothing is counted.
    """
    wanted = query.strip().lower()
    address = normal_address(query)
    exact = User.objects.annotate(name=Lower("username")).filter(name=wanted)
    with contextlib.suppress(ValueError):
        exact = exact | User.objects.annotate(name=Lower("username")).filter(pk=UUID(wanted))
    begins = User.objects.filter(email__startswith=address)
    if after:
        exact, begins = exact.filter(email__gt=after), begins.filter(email__gt=after)
    found = {person.pk: person for rows in (exact, begins) for person in rows.order_by("email")[:limit]}
    return sorted(found.values(), key=lambda person: person.email)[:limit]


def list_provider_ids(user: User) -> list[tuple[str, str]]:
    """Return provider and id of each account that the person signs in with."""
    return list(SocialAccount.objects.filter(user=user).order_by("provider").values_list("provider", "uid"))


def count_sessions_by_day(user: User) -> list[tuple[date, int | None]]:
    """Return how many of the person's open sessions began on which day; staff see nothing else of them.

    For staff the database returns None below five, and else the last multiple of five.
    """
    return db.select_rows("SELECT day, sessions FROM identity_sessions_by_day(%s)", [user.pk])
