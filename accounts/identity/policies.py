"""Which roles a person holds now."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from .models import RoleAssignment, User
from .roles import Role


def signed_in(request: HttpRequest) -> User:
    """Return the user of a request that a login rule has let through; raises PermissionDenied otherwise."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def roles_of(user: User) -> frozenset[Role]:
    """Return the confirmed, unended roles of an active member of staff; asked anew each time, so a role taken
    away counts at the next request."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return frozenset()
    rows = RoleAssignment.objects.filter(user_id=user.pk, confirmed_at__isnull=False, ended_at__isnull=True)
    return frozenset(Role(name) for name in rows.values_list("role", flat=True))


def has_role(user: User, *wanted: Role) -> bool:
    """Return whether the person holds one of these roles now."""
    return bool(roles_of(user) & set(wanted))
