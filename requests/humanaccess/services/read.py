"""Look at one item: the only way to gated data in the house.

Everything is checked, again, on every read. Then the line is written and committed. Then, in a new transaction
that names that line to the database, one row is fetched and opened. No line, no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import is_same_person, roles_of
from accounts.identity.ports import ItemGoneError, source_of
from audit import sides
from audit.errors import LogError
from audit.registry import EventType, Outcome
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import LogUnwritableError, NothingToShowError, ReadRefusedError
from humanaccess.letters import write_looked
from humanaccess.models import AskItem, Grant
from vault.errors import VaultError
from vault.services import unsealer


@dataclass(frozen=True)
class Look:
    """What one look showed: label → value, and the id of the line that says so."""

    entry: UUID
    item: AskItem
    values: Mapping[str, str]


class _RuleBrokenError(Exception):
    """A rule of the gate is not kept."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def _check(grant: Grant, item: AskItem | None, reader: User, now: datetime, *, mfa: bool, stepped_up: bool) -> AskItem:
    """Return the item, or raise the first rule that is not kept."""
    if reader.reference != grant.reader:
        raise _RuleBrokenError("not_reader", _("This access was given to somebody else."))
    if not mfa:
        raise _RuleBrokenError("mfa", _("Sign in with your second factor to look at a user's data."))
    if not stepped_up:
        raise _RuleBrokenError("step_up", _("Confirm that it is you to look at a user's data."))
    if not roles_of(reader) & grant.ask.rule.askers:
        raise _RuleBrokenError("role", _("Your roles no longer let you look on this ground."))
    subject = selectors.get_user(grant.subject)
    if subject is None or is_same_person(reader, subject):
        raise _RuleBrokenError("own_data", _("Nobody looks at their own data here."))
    if grant.ended_at is not None:
        raise _RuleBrokenError("ended", _("This access has ended."))
    if not grant.is_live(now):
        raise _RuleBrokenError("window", _("The time for looking is over."))
    if item is None:
        raise _RuleBrokenError("scope", _("That item is not part of this access."))
    return item


def _append(
    event: EventType, grant: Grant, item: UUID, kind: str, *, reader: User, now: datetime, outcome: Outcome, **more: str
) -> UUID:
    """Append one line about this read, committed when this returns; LogUnwritableError when it cannot be."""
    payload = {"case": grant.ask.reference, "grant": str(grant.pk), "kind": kind, "item": str(item), **more}
    try:
        with sides.atomic(durable=True):
            entry = append(
                event, actor=actor_of(reader), subject=grant.subject, now=now, payload=payload, outcome=outcome
            )
            if event is events.ITEM_READ:
                write_looked(grant, selectors.get_user(grant.subject), now)
            return entry
    except (DatabaseError, LogError, VaultError) as error:
        raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error


def read_item(grant_id: UUID, *, item_id: UUID, reader: User, mfa: bool, stepped_up: bool, now: datetime) -> Look:
    """Show one item of a grant to its reader; call it outside any transaction, on the staff side.

    `item_id` is the gated item's own id; `mfa` says whether this session passed a second factor, `stepped_up` whether
    its owner confirmed within the last hour that it is them. Raises ReadRefusedError (logged), NothingToShowError
    when the item or its key is gone (logged), LogUnwritableError when no line can be written.
    """
    grant = Grant.objects.select_related("ask").filter(pk=grant_id).first()
    if grant is None:
        raise ReadRefusedError(_("There is no such access."), rule="unknown")
    found = next((item for item in selectors.list_granted_items(grant) if item.item == item_id), None)
    kind = found.kind if found else ""
    try:
        item = _check(grant, found, reader, now, mfa=mfa, stepped_up=stepped_up)
    except _RuleBrokenError as broken:
        _append(events.READ_REFUSED, grant, item_id, kind, reader=reader, now=now, outcome="refused", rule=broken.rule)
        raise ReadRefusedError(str(broken), rule=broken.rule) from None
    entry = _append(events.ITEM_READ, grant, item_id, kind, reader=reader, now=now, outcome="ok")
    try:
        with sides.atomic(durable=True):
            sides.set_local(subject=grant.subject, grant=str(grant.pk), entry=str(entry))
            values = source_of(kind).fetch(item_id, unsealer(grant.subject, entry))
    except (ItemGoneError, VaultError, KeyError) as error:
        _append(
            events.READ_FAILED,
            grant,
            item_id,
            kind,
            reader=reader,
            now=now,
            outcome="failed",
            entry=str(entry),
            rule=type(error).__name__,
        )
        raise NothingToShowError(_("There is nothing to show: the item is gone."), rule="gone") from None
    return Look(entry, item, values)
