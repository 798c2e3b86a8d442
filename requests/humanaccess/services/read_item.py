"""Read one item: the only way for staff to a user's restricted data.

Every read checks every rule again. Then it commits the log entry. Then, in a new transaction that names that entry to
the database, it fetches and decrypts one row. Without the entry the database shows no row. Of what the platform holds,
it makes a one-time code there instead, which `redeem_code` redeems.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import share_mailbox
from accounts.personaldata.categories import is_restricted
from accounts.personaldata.item_providers import ItemGoneError, provider_of
from audit.errors import LogError
from audit.log.append import append
from audit.log.event_types import EventType, Outcome
from core import db
from core.errors import VaultError
from humanaccess import events, selectors
from humanaccess.access_gate_sql import CATEGORIES
from humanaccess.errors import LogUnwritableError, NothingToShowError, ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.letters import write_read_notice
from humanaccess.models import Grant, RequestedItem
from vault.services import decryptor

#: random bytes of a one-time code
CODE_BYTES = 32


@dataclass(frozen=True)
class OneTimeCode:
    """What a reader brings to the platform, and the app that it is for; `text` is shown once and stored nowhere."""

    text: str
    app: UUID


@dataclass(frozen=True)
class ReadResult:
    """What one read showed: label → value, or a one-time code and until when; and the id of its log entry."""

    entry: UUID
    item: RequestedItem
    values: Mapping[str, str]
    code: OneTimeCode | None = None


def _check(
    grant: Any, item: RequestedItem | None, reader: User, now: datetime, *, mfa: bool, stepped_up: bool
) -> RequestedItem:
    """Return the item; raises ReadRefusedError for the first rule that this read breaks."""
    if reader.reference != grant.reader:
        raise ReadRefusedError(_("This access was given to somebody else."), rule="not_reader")
    if not mfa:
        raise ReadRefusedError(_("Sign in with your second factor to look at a user's data."), rule="mfa")
    if not stepped_up:
        raise ReadRefusedError(_("Confirm that it is you to look at a user's data."), rule="step_up")
    if not (reader.is_active and reader.is_staff and set(grant.roles) & grant.approval_request.rule.askers):
        raise ReadRefusedError(_("Your roles no longer let you read on this ground."), rule="role")
    theirs = grant.subject_address
    if theirs is None or share_mailbox([reader.email, *grant.own], [theirs, *grant.theirs]):
        raise ReadRefusedError(_("Nobody looks at their own data here."), rule="own_data")
    if grant.ended_at is not None:
        raise ReadRefusedError(_("This access has ended."), rule="ended")
    if not grant.is_live(now):
        raise ReadRefusedError(_("The time for looking is over."), rule="window")
    if item is None:
        raise ReadRefusedError(_("That item is not part of this access."), rule="scope")
    if grant.approval_request.ground == Ground.SECURITY and is_restricted(grant.subject, CATEGORIES[item.kind]):
        restricted = _("The user had the use of this restricted: it is read for a law, or with their agreement alone.")
        raise ReadRefusedError(restricted, rule="restricted")
    return item


def _append(
    event: EventType,
    *,
    grant: Grant,
    item: UUID,
    kind: str,
    reader: User,
    now: datetime,
    outcome: Outcome = "ok",
    **more: str,
) -> UUID:
    """Append and commit one entry about this read; raises LogUnwritableError when that is not possible."""
    payload = {
        "case": grant.approval_request.reference,
        "grant": str(grant.pk),
        "kind": kind,
        "item": str(item),
        **more,
    }
    try:
        with db.atomic(durable=True):
            entry = append(
                event, actor=actor_of(reader), subject=grant.subject, now=now, payload=payload, outcome=outcome
            )
            if event is events.ITEM_READ:
                write_read_notice(grant, now)
            return entry
    except (DatabaseError, LogError, VaultError) as error:
        raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error


def _make_code(kind: str) -> OneTimeCode:
    """Return a one-time code for the item of the entry that the transaction names; the database keeps its hash."""
    code = secrets.token_urlsafe(CODE_BYTES)
    [(_ends, app)] = db.select_rows("SELECT ends, app FROM humanaccess_make_code(%s, %s)", [kind, hash_code(code)])
    if app is None:
        raise ItemGoneError("There is no such item, or it may not be read now.")
    return OneTimeCode(code, app)


def hash_code(code: str) -> str:
    """Return what is stored of a one-time code: it has 256 random bits, so that a plain hash cannot be reversed."""
    return hashlib.sha256(code.encode()).hexdigest()


def read_item(grant_id: UUID, *, item_id: UUID, reader: User, mfa: bool, stepped_up: bool, now: datetime) -> ReadResult:
    """Show one item of a grant to its reader; call it outside any transaction, with the staff database role.

    `item_id` is the restricted item's own id; `mfa` says whether this session passed a second factor, `stepped_up`
    whether its owner re-authenticated within the last hour. Raises ReadRefusedError (logged), NothingToShowError
    when the item or its key is gone (logged), LogUnwritableError when no entry can be written.
    """
    grant = selectors.get_grant_to_read(grant_id, reader)
    if grant is None:
        raise ReadRefusedError(_("There is no such access."), rule="unknown")
    found = next(iter(selectors.list_granted_items(grant, item=item_id)), None)
    kind = found.kind if found else ""
    log = partial(_append, grant=grant, item=item_id, kind=kind, reader=reader, now=now)
    try:
        item = _check(grant, found, reader, now, mfa=mfa, stepped_up=stepped_up)
    except ReadRefusedError as refusal:
        log(events.READ_REFUSED, outcome="refused", rule=refusal.rule)
        raise
    entry = log(events.ITEM_READ)
    try:
        with db.atomic(durable=True):
            db.set_local(subject=grant.subject, grant=str(grant.pk), entry=str(entry))
            if provider_of(kind).is_redeemed:
                return ReadResult(entry, item, {}, _make_code(kind))
            values = provider_of(kind).fetch(item_id, decryptor(grant.subject, entry))
    except (ItemGoneError, VaultError, KeyError) as error:
        log(events.READ_FAILED, outcome="failed", entry=str(entry), rule=type(error).__name__)
        raise NothingToShowError(_("There is nothing to show: the item is gone."), rule="gone") from None
    return ReadResult(entry, item, values)
