"""The roles that a person holds, whether two accounts are one person, and what needs a second administrator."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from core import db

from .mailboxes import mailbox_of
from .models import RoleAssignment, User
from .roles import WEIGHTY, Role

#: how long staff may object before a change by one administrator alone takes effect; the database checks it too
ALONE_WAITS = timedelta(hours=72)


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request that a login rule has let through; raises PermissionDenied otherwise."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def roles_of(user: User) -> frozenset[Role]:
    """Return the roles of an active member of staff that are in force, by the database's clock.

    Nothing is cached: a role that ended is gone at the next request.
    """
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return frozenset()
    rows = RoleAssignment.objects.filter(user_id=user.pk).in_force()
    return frozenset(Role(name) for name in rows.values_list("role", flat=True))


def has_role(user: User, *wanted: Role) -> bool:
    """Return whether the person holds one of these roles now."""
    return bool(roles_of(user) & set(wanted))


def mailboxes_of(user: User) -> set[str]:
    """Return the mailboxes of this person's verified addresses."""
    addresses: Iterable[str] = EmailAddress.objects.filter(user_id=user.pk, verified=True).values_list(
        "email", flat=True
    )
    return {mailbox_of(address) for address in (user.email, *addresses)}


def mailboxes_by_person(people: Iterable[User]) -> dict[str, set[str]]:
    """Return reference → mailboxes of these people's verified addresses, in one query."""
    found = {person.reference: {mailbox_of(person.email)} for person in people}
    addresses = EmailAddress.objects.filter(user__reference__in=list(found), verified=True)
    for reference, address in addresses.values_list("user__reference", "email"):
        found[reference].add(mailbox_of(address))
    return found


def roles_by_person(people: Iterable[User]) -> dict[str, frozenset[Role]]:
    """Return reference → roles in force of these people, as `roles_of` has it, in one query."""
    active = [person.pk for person in people if person.is_active and person.is_staff]
    rows = RoleAssignment.objects.filter(user__in=active).in_force().values_list("user__reference", "role")
    found: dict[str, set[Role]] = {}
    for reference, role in rows:
        found.setdefault(reference, set()).add(Role(role))
    return {reference: frozenset(roles) for reference, roles in found.items()}


def share_mailbox(addresses: Iterable[str], others: Iterable[str]) -> bool:
    """Return whether two people's addresses have a mailbox in common."""
    return bool({mailbox_of(address) for address in addresses} & {mailbox_of(address) for address in others})


def is_same_person(one: User, other: User) -> bool:
    """Return whether two accounts are one person's: the same account, or a mailbox in common."""
    return one.reference == other.reference or bool(mailboxes_of(one) & mailboxes_of(other))


def accounts_of(user: User, among: Any) -> set[str]:
    """Return the references of this person's accounts, of those `among` these references; their own in any case."""
    found = mailboxes_by_person([user, *User.objects.filter(reference__in=among).defer("password")])
    return {reference for reference, mailboxes in found.items() if mailboxes & found[user.reference]}


def is_mailbox_of_staff(mailboxes: set[str], *, besides: User | None = None) -> bool:
    """Return whether one of these mailboxes is that of a member of staff other than `besides`."""
    staff = User.objects.filter(is_staff=True)
    if besides is not None:
        staff = staff.exclude(pk=besides.pk)
    verified = EmailAddress.objects.filter(user__in=staff, verified=True).values_list("email", flat=True)
    return any(mailbox_of(address) in mailboxes for address in (*staff.values_list("email", flat=True), *verified))


def waits_for_second(*, given: Role | None = None, taken_from: User | None = None) -> bool:
    """Return whether a change by one administrator waits for a second one, or for the time in which staff may object.

    This holds for roles by which one person could act as two, and for every change against another administrator:
    else one administrator could first remove the other.
    """
    return given in WEIGHTY or (taken_from is not None and has_role(taken_from, Role.ADMINISTRATOR))


def may_decide_for(requester: str, decider: str) -> bool:
    """Return whether the database lets `decider` decide what `requester` requested (both references of staff)."""
    return bool(db.select_value("SELECT identity_may_decide_for(%s, %s)", [requester, decider]))


def list_decidable_for(decider: str, requesters: Iterable[str]) -> set[str]:
    """Return those of the requesters for whom `may_decide_for` holds, in one query."""
    sql = "SELECT one FROM unnest(%s::text[]) AS one WHERE identity_may_decide_for(one, %s)"
    return {reference for (reference,) in db.select_rows(sql, [list(requesters), decider])}
