"""Open what is sealed around an ask: its reason, and to its owner the items themselves. Each opening is a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.ports import source_of, sources
from audit import sides
from audit.services import append
from humanaccess import events
from humanaccess.models import Ask, AskItem
from vault.errors import SealBrokenError, ShreddedError
from vault.services import Unsealer, unsealer


@dataclass(frozen=True)
class OwnItem:
    """One item as its owner sees it on the page that asks: `values` is None when it is gone, empty when it does
    not open."""

    item: AskItem
    values: Mapping[str, str] | None


def _reason(ask: Ask, opener: Unsealer) -> str:
    return opener.text(ask.seal_context, ask.sealed)


def show_ask_to_staff(ask: Ask, *, viewer: User, now: datetime) -> tuple[str, Mapping[str, str]]:
    """Return the reason, and reference of the decider → what they noted or what text was shown to them; empty once the
    user's key is destroyed."""
    with sides.atomic(durable=True):
        entry = append(
            events.ASK_OPENED, actor=actor_of(viewer), subject=ask.subject, now=now, payload={"case": ask.reference}
        )
    try:
        opener = unsealer(ask.subject, entry)
    except ShreddedError:
        return "", {}  # the person was erased, and with them what was written about them
    notes = {
        decision.decided_by: opener.text(decision.seal_context, decision.sealed)
        for decision in ask.decisions.all()
        if decision.sealed is not None
    }
    return _reason(ask, opener), notes


def show_ask_to_owner(ask: Ask, *, owner: User, now: datetime) -> tuple[str, Sequence[OwnItem]]:
    """Return the reason and the items with their content, to the user whose they are."""
    with sides.atomic(durable=True):
        entry = append(
            events.ASK_OPENED, actor=actor_of(owner), subject=owner.reference, now=now, payload={"case": ask.reference}
        )
    with sides.as_subject(owner.reference):
        opener = unsealer(owner.reference, entry)
        items = list(ask.items.all())
        contents = _contents(items, opener)
        return _reason(ask, opener), [OwnItem(item, contents.get((item.kind, item.item))) for item in items]


def _contents(items: Sequence[AskItem], opener: Unsealer) -> Mapping[tuple[str, UUID], Mapping[str, str]]:
    """Return kind and id → content of the items that are still there, in one query for each kind."""
    found = {}
    for kind in sorted({item.kind for item in items} & {source.kind for source in sources()}):
        wanted = [item.item for item in items if item.kind == kind]
        found.update({(kind, item): values for item, values in _opened(kind, wanted, opener).items()})
    return found


def _opened(kind: str, wanted: Sequence[UUID], opener: Unsealer) -> Mapping[UUID, Mapping[str, str]]:
    """Return item → content; of one that does not open the content is empty, and it takes no other with it."""
    source = source_of(kind)
    try:
        return source.fetch_all(wanted, opener)
    except SealBrokenError:
        if len(wanted) == 1:
            return {wanted[0]: {}}
        return {item: values for each in wanted for item, values in _opened(kind, [each], opener).items()}


def open_looked(asks: Sequence[Ask], *, owner: User, now: datetime) -> Mapping[UUID, str]:
    """Return ask id → reason for the user's own page of who looked."""
    with sides.atomic(durable=True):
        entry = append(events.LOOKED_OPENED, actor=actor_of(owner), subject=owner.reference, now=now)
    with sides.as_subject(owner.reference):
        opener = unsealer(owner.reference, entry)
        return {ask.pk: _reason(ask, opener) for ask in asks}
