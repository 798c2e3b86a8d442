"""Decrypt a person's automations for the person, and where these sent data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
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

#: automations on one page of the owner's list, and transfers beside them
PAGE_SIZE = 25
MOST_TRANSFERS = 20


def _decrypted(row: Automation | Transfer, opener: Decryptor, **broken: Any) -> dict[str, Any]:
    try:
        return decrypt_record(row._meta.db_table, row.pk, row.sealed, opener)
    except DecryptionError:
        text = _("This does not open: what is stored was changed or cut off.")
        return {name: text if value is None else value for name, value in broken.items()}


#: takes a person's automations, and returns those of a page with what leads to the others
Paged = Callable[[QuerySet[Automation]], tuple[Sequence[Automation], Any]]


@dataclass(frozen=True)
class AutomationsPage:
    """One page of a person's automations and what all of them sent last, decrypted."""

    automations: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    page: Any


def numbered(page: str | None) -> Paged:
    """Return what takes a page by its number, newest first."""

    def take(own: QuerySet[Automation]) -> tuple[Sequence[Automation], Any]:
        found = Paginator(own.order_by("-occurred_at", "-id"), PAGE_SIZE).get_page(page)
        return list(found.object_list), found

    return take


FIRST_PAGE = numbered(None)


def show_automations(user: User, *, paged: Paged, now: datetime) -> AutomationsPage:
    """Return a page of the user's automations and what any sent last, under one entry of the log.

    `is_known` says whether an automation ever had this destination, None where that cannot be told.
    """
    reference = user.reference
    with db.row_security_for(reference):
        own = Automation.objects.filter(subject=reference)
        rows, found = paged(own)
        sent = list(Transfer.objects.filter(subject=reference).order_by("-occurred_at", "-id")[:MOST_TRANSFERS])
        if not rows and not sent:
            return AutomationsPage([], [], found)
        senders = {row.id: row for row in own.filter(pk__in={each.automation for each in sent})}
        entry = _log(user, len({*senders, *(row.id for row in rows)}), now)
    opener = decryptor(reference, entry)
    automations = [_read_automation(row, opener) for row in rows]
    names = {each["id"]: each["name"] for each in automations}
    names |= {row.id: _read_automation(row, opener)["name"] for row in senders.values() if row.id not in names}
    transfers = [
        {
            "automation": names.get(row.automation, ""),
            "kind": KIND_LABELS.get(row.kind, row.kind),
            "at": row.occurred_at,
            "is_known": _is_known(row.digest, senders.get(row.automation)),
            **_decrypted(row, opener, destination=None),
        }
        for row in sent
    ]
    return AutomationsPage(automations, transfers, found)


def show_automation(user: User, automation: UUID, *, now: datetime) -> dict[str, Any]:
    """Return one of the user's automations; raises Automation.DoesNotExist for one that is not theirs."""
    with db.row_security_for(user.reference):
        row = Automation.objects.get(subject=user.reference, pk=automation)
        entry = _log(user, 1, now)
    return _read_automation(row, decryptor(user.reference, entry))


def _log(user: User, count: int, now: datetime) -> UUID:
    payload = {"count": count}
    return append(AUTOMATIONS_SHOWN, actor=actor_of(user), subject=user.reference, now=now, payload=payload)


def _read_automation(row: Automation, opener: Decryptor) -> dict[str, Any]:
    return {
        "id": row.id,
        "is_on": row.is_on,
        "as_of": row.occurred_at,
        "scopes": [CATALOGUE[name] for name in row.scopes if name in CATALOGUE],
        **_decrypted(row, opener, name=None, trigger="", actions=[], destinations=[]),
    }


def _is_known(digest: str, sender: Automation | None) -> bool | None:
    """Return whether a destination is among an automation's; digests of two keys cannot be compared."""
    key, known = digest.partition(".")[0], sender.destination_digests if sender else None
    if known is None or (known and not any(each.startswith(key) for each in known)):
        return None
    return digest in known
