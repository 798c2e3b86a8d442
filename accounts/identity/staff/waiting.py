"""What waits for an administrator: roles and changes that another administrator asked for."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import PendingChange, RoleAssignment, User
from accounts.identity.policies import mailboxes_by_person
from accounts.identity.roles import Role
from accounts.identity.waiting import WaitingItem, declare_waiting


def _find(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> Sequence[WaitingItem]:
    roles = (
        RoleAssignment.objects.select_related("user")
        .defer("user__password")
        .filter(ended_at=None, confirmed_at=None, user__is_active=True)
    )
    roles = roles.exclude(user=user.pk).exclude(given_by=user.reference).order_by("given_at")
    changes = PendingChange.objects.select_related("user").defer("user__password").filter(settled_at=None)
    changes = changes.exclude(user=user.pk).exclude(asked_by=user.reference).order_by("asked_at")
    found = (*roles[:most], *changes[:most])
    requesters = User.objects.filter(reference__in=[_requester(row) for row in found])
    names = {one.reference: one.username for one in requesters}
    mailboxes = mailboxes_by_person([user, *(row.user for row in found), *requesters])
    items = []
    for row in found:
        # Nobody confirms what is about themself, or what an account of theirs asked for.
        others = (row.user.reference, _requester(row))
        if any(mailboxes[user.reference] & mailboxes.get(one, set()) for one in others):
            continue
        if isinstance(row, RoleAssignment):
            key, asked_at = f"staff:role:{row.pk}", row.given_at
            text = _("is to hold the role “%(role)s”, says %(name)s")
            text %= {"role": Role(row.role).label, "name": names.get(row.given_by, "")}
            url = reverse("admin:identity_confirm_role", args=[row.pk])
        else:
            key, asked_at = f"staff:change:{row.pk}", row.asked_at
            text = str(row.get_act_display())
            url = reverse("admin:identity_settle_change", args=[row.pk, "confirm"])
        items.append(
            WaitingItem(
                key=key,
                title=row.user.username,
                text=text,
                act=_("Review"),
                url=url,
                since=asked_at,
                due_at=row.effective_at,
            )
        )
    return items


def _requester(row: RoleAssignment | PendingChange) -> str:
    return row.given_by if isinstance(row, RoleAssignment) else row.asked_by


declare_waiting(name="staff", title=gettext_lazy("People"), find=_find, roles=frozenset({Role.ADMINISTRATOR}))
