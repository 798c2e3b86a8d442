"""Decrypt a person's automations for the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.restricted_records import decrypt_record
from audit.log.append import append
from core import db
from core.errors import DecryptionError
from vault.services import decryptor

from .events import AUTOMATIONS_SHOWN
from .models import Automation
from .scopes import CATALOGUE, Scope

_TABLE = Automation._meta.db_table
#: most automations that the owner's page shows
MOST_SHOWN = 100


@dataclass(frozen=True)
class DecryptedAutomation:
    """One automation as its owner sees it."""

    id: UUID
    name: str
    trigger: str
    actions: Sequence[str]
    destinations: Sequence[str]
    is_on: bool
    as_of: datetime
    scopes: Sequence[Scope]


def show_automations(user: User, *, now: datetime) -> list[DecryptedAutomation]:
    """Return the newest hundred of the user's automations, decrypted under one entry of the log."""
    reference = user.reference
    with db.row_security_for(reference):
        own = Automation.objects.filter(subject=reference).order_by("-occurred_at", "-id")
        rows = list(own[:MOST_SHOWN])
        if not rows:
            return []
        entry = append(
            AUTOMATIONS_SHOWN, actor=actor_of(user), subject=reference, now=now, payload={"count": len(rows)}
        )
    opener = decryptor(reference, entry)
    automations = []
    for row in rows:
        try:
            fields = decrypt_record(_TABLE, row.id, row.sealed, opener)
        except DecryptionError:
            broken = _("This automation does not open: what is stored was changed or cut off.")
            fields = {"name": broken, "trigger": "", "actions": [], "destinations": []}
        scopes = [CATALOGUE[name] for name in row.scopes if name in CATALOGUE]
        automations.append(
            DecryptedAutomation(id=row.id, is_on=row.is_on, as_of=row.occurred_at, scopes=scopes, **fields)
        )
    return automations
