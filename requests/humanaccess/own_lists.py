"""What a person's own lists show, on their pages and by API; that it was decrypted is logged first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.identity.models import User
from audit.log.models import Entry
from core import db

from . import presenters, selectors, services
from .events import ASKS_OPENED, LOOKED_OPENED
from .legal.presenters import told_rows
from .legal.services import open_texts
from .models import ApprovalRequest
from .texts import render_duration


def show_requests(user: User, approval_requests: Sequence[ApprovalRequest], now: datetime) -> list[dict[str, Any]]:
    """Return the rows of approval requests, with the names that the user knows the items by."""
    with db.row_security_for(user.reference):
        rows = presenters.request_rows(approval_requests, now)
        items = [item for row in rows for item in row["approval_request"].items.all()]
    names: Mapping[UUID, str] = {}
    if items:
        entry = services.record_list_opened(ASKS_OPENED, owner=user, now=now)
        names = services.open_own_names(items, owner=user, entry=entry)
    for row in rows:
        row["window"] = render_duration(row["approval_request"].window)
        known = (names.get(item.item) for item in row["approval_request"].items.all())
        row["names"] = list(dict.fromkeys(filter(None, known)))
    return rows


def open_granted_names(user: User, now: datetime) -> tuple[UUID, Mapping[UUID, str]]:
    """Return the entry of it, and item → name of all items to which access was ever open: a search looks through it."""
    with db.row_security_for(user.reference):
        granted = selectors.list_granted_items_of(user.reference)
    entry = services.record_list_opened(LOOKED_OPENED, owner=user, now=now)
    return entry, services.open_own_names(granted, owner=user, entry=entry)


def show_accesses(
    user: User, entries: Sequence[Entry], now: datetime, *, opened: tuple[UUID, Mapping[UUID, str]] | None = None
) -> dict[str, Any]:
    """Return the accesses of these entries, the legal processes and the accesses to totals.

    `opened` is what `open_granted_names` returned to a search, which tells of no processes.
    """
    with db.row_security_for(user.reference):
        processes = [] if opened else list(selectors.list_told_processes(user.reference))
        approval_requests = selectors.list_requests_of_entries(user.reference, entries)
        failed = selectors.list_failed(user.reference, entries)
        items = presenters.items_read(entries, approval_requests)
    names: Mapping[UUID, str] = {}
    reasons: Mapping[UUID, str] = {}
    texts: Mapping[UUID, Mapping[str, str]] = {}
    if entries or processes:
        if opened:
            entry, names = opened
        else:
            entry = services.record_list_opened(LOOKED_OPENED, owner=user, now=now)
            names = services.open_own_names(list(items.values()), owner=user, entry=entry)
        reasons = services.open_reasons(approval_requests, owner=user, entry=entry)
        with db.row_security_for(user.reference):
            texts = open_texts(processes, user.reference, entry)
    with db.row_security_for(user.reference):
        accesses = presenters.access_rows(
            entries, approval_requests, items, opened=(reasons, names), failed=failed, now=now
        )
        totals = presenters.total_accesses(user.reference)
    return {"accesses": accesses, "processes": told_rows(processes, texts), "totals": totals}
