"""Decrypt a person's automations for the person, and where these sent data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.connections.destinations import KIND_LABELS
from accounts.connections.events import AUTOMATIONS_SHOWN
from accounts.connections.models import Automation, Transfer
from accounts.connections.scopes import CATALOGUE
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.restricted_records import decrypt_record
from audit.log.append import append
from core import db
from core.errors import DecryptionError
from vault.services import Decryptor, decryptor

#: most automations, and most transfers, that the owner's page shows
MOST_SHOWN = 100
MOST_TRANSFERS = 20


def _decrypted(row: Automation | Transfer, opener: Decryptor, **broken: Any) -> dict[str, Any]:
    try:
        return decrypt_record(row._meta.db_table, row.pk, row.sealed, opener)
    except DecryptionError:
        text = _("This does not open: what is stored was changed or cut off.")
        return {name: text if value is None else value for name, value in broken.items()}


def show_automations(user: User, *, now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the user's newest automations and what these sent last, decrypted under one entry of the log.

    `is_known` says whether an automation ever had this destination, None where that cannot be told.
    """
    reference = user.reference
    with db.row_security_for(reference):
        own = Automation.objects.filter(subject=reference).order_by("-occurred_at", "-id")
        rows = list(own[:MOST_SHOWN])
        sent = list(Transfer.objects.filter(subject=reference).order_by("-occurred_at", "-id")[:MOST_TRANSFERS])
        if not rows and not sent:
            return [], []
        entry = append(
            AUTOMATIONS_SHOWN, actor=actor_of(user), subject=reference, now=now, payload={"count": len(rows)}
        )
    opener = decryptor(reference, entry)
    automations = [
        {
            "id": row.id,
            "is_on": row.is_on,
            "as_of": row.occurred_at,
            "scopes": [CATALOGUE[name] for name in row.scopes if name in CATALOGUE],
            **_decrypted(row, opener, name=None, trigger="", actions=[], destinations=[]),
        }
        for row in rows
    ]
    names = {row.id: shown["name"] for row, shown in zip(rows, automations, strict=True)}
    digests = {row.id: row.destination_digests for row in rows}
    transfers = [
        {
            "automation": names.get(row.automation, ""),
            "kind": KIND_LABELS.get(row.kind, row.kind),
            "at": row.occurred_at,
            "is_known": _is_known(row.digest, digests.get(row.automation)),
            **_decrypted(row, opener, destination=None),
        }
        for row in sent
    ]
    return automations, transfers


def _is_known(digest: str, known: Sequence[str] | None) -> bool | None:
    """Return whether a destination is among these; digests that were made with two keys cannot be compared."""
    key = digest.partition(".")[0]
    if known is None or (known and not any(each.startswith(key) for each in known)):
        return None
    return digest in known
