"""Open a person's automations for the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.connections.events import AUTOMATIONS_SHOWN
from accounts.connections.models import Automation
from accounts.connections.scopes import CATALOGUE, Scope
from accounts.connections.selectors import list_automations
from accounts.identity.actors import actor_of
from accounts.identity.gated import open_sealed
from accounts.identity.models import User
from audit import sides
from audit.services import append
from vault.errors import SealBrokenError
from vault.services import unsealer

_TABLE = Automation._meta.db_table


@dataclass(frozen=True)
class Shown:
    """One automation as its owner sees it."""

    id: UUID
    name: str
    trigger: str
    actions: Sequence[str]
    destinations: Sequence[str]
    is_on: bool
    as_of: datetime
    scopes: Sequence[Scope]


def show_automations(user: User, *, now: datetime) -> list[Shown]:
    """Return the newest hundred of the user's automations, opened; the opening is one entry in the log."""
    reference = user.reference
    with sides.as_subject(reference):
        rows = list_automations(reference)
        if not rows:
            return []
        entry = append(
            AUTOMATIONS_SHOWN, actor=actor_of(user), subject=reference, now=now, payload={"count": len(rows)}
        )
    opener = unsealer(reference, entry)
    shown = []
    for row in rows:
        try:
            opened = open_sealed(_TABLE, row.id, row.sealed, opener)
        except SealBrokenError:
            said = _("This automation does not open: what is stored was changed or cut off.")
            opened = {"name": said, "trigger": "", "actions": [], "destinations": []}
        scopes = [CATALOGUE[name] for name in row.scopes if name in CATALOGUE]
        shown.append(Shown(id=row.id, is_on=row.is_on, as_of=row.occurred_at, scopes=scopes, **opened))
    return shown
