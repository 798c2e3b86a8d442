"""Decrypt what belongs to an approval request: its reason, and for the user the items. Each time is a log entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.item_providers import item_providers, provider_of
from audit.log.append import append
from audit.log.event_types import EventType
from cases.log_case import log_case
from core import db
from core.errors import DecryptionError
from humanaccess import events
from humanaccess.models import ApprovalRequest, FollowUp, RequestedItem
from vault.errors import KeyDestroyedError
from vault.services import Decryptor, decryptor


@dataclass(frozen=True)
class OwnItem:
    """One item as its owner sees it on the page that asks; `values` is None when the item is gone, empty when it
    cannot be decrypted. `name` is what they called it, or the app or automation that it belongs to."""

    item: RequestedItem
    values: Mapping[str, str] | None
    name: str


def _reason(approval_request: ApprovalRequest, opener: Decryptor) -> str:
    return opener.text(approval_request.encryption_context, approval_request.sealed)


def _append_opened(approval_request: ApprovalRequest, viewer: User, now: datetime) -> UUID:
    with db.atomic(durable=True):
        return log_case(events.ASK_OPENED, approval_request, actor=actor_of(viewer), now=now)


def show_request_to_staff(
    approval_request: ApprovalRequest, *, viewer: User, now: datetime
) -> tuple[str, Mapping[str, str], Sequence[str]]:
    """Return the reason, reference of the decider → their note or the text that was shown to them, and what is to
    follow from a concern and what was done, which the reader is not shown; empty once the user's key is destroyed."""
    entry = _append_opened(approval_request, viewer, now)
    try:
        opener = decryptor(approval_request.subject, entry)
    except KeyDestroyedError:
        return "", {}, ()  # the person was erased, and with them what was written about them
    notes = {
        decision.decided_by: opener.text(decision.encryption_context, decision.sealed)
        for decision in approval_request.decisions.all()
        if decision.sealed is not None
    }
    follow_up = FollowUp.objects.filter(review__grant__approval_request=approval_request).first()
    texts = []
    if follow_up is not None and viewer.reference != approval_request.asker:
        texts = [opener.text(follow_up.encryption_context, follow_up.sealed)]
        if follow_up.sealed_outcome is not None:
            texts.append(opener.text(follow_up.outcome_context, follow_up.sealed_outcome))
    return _reason(approval_request, opener), notes, texts


def show_request_to_owner(
    approval_request: ApprovalRequest, *, owner: User, now: datetime
) -> tuple[str, Sequence[OwnItem]]:
    """Return the reason and the items with their content, for the user who owns them."""
    entry = _append_opened(approval_request, owner, now)
    with db.row_security_for(owner.reference):
        opener = decryptor(owner.reference, entry)
        items = list(approval_request.items.all())
        contents, names = _contents(items, opener), _names(items, opener)
        return _reason(approval_request, opener), [
            OwnItem(item, contents.get((item.kind, item.item)), names.get(item.item, "")) for item in items
        ]


def _of_kinds(items: Sequence[RequestedItem]) -> Mapping[str, Sequence[UUID]]:
    """Return kind → items, of the kinds that there still are."""
    kinds = sorted({item.kind for item in items} & {provider.kind for provider in item_providers()})
    return {kind: [item.item for item in items if item.kind == kind] for kind in kinds}


def _names(items: Sequence[RequestedItem], opener: Decryptor) -> dict[UUID, str]:
    """Return item → the name that its owner knows it by."""
    names: dict[UUID, str] = {}
    for kind, wanted in _of_kinds(items).items():
        names |= provider_of(kind).own_names(wanted, opener)
    return names


def _contents(items: Sequence[RequestedItem], opener: Decryptor) -> Mapping[tuple[str, UUID], Mapping[str, str]]:
    """Return kind and id → content of the items that still exist, in one query for each kind."""
    found = {}
    for kind, wanted in _of_kinds(items).items():
        found.update({(kind, item): values for item, values in _opened(kind, wanted, opener).items()})
    return found


def _opened(kind: str, wanted: Sequence[UUID], opener: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
    """Return item → content; empty for an item that cannot be decrypted, which hides no other."""
    provider = provider_of(kind)
    try:
        return provider.fetch_all(wanted, opener)
    except DecryptionError:
        if len(wanted) == 1:
            return {wanted[0]: {}}
        return {item: values for each in wanted for item, values in _opened(kind, [each], opener).items()}


def record_list_opened(event: EventType, *, owner: User, now: datetime) -> UUID:
    """Commit the entry that the user opened a list of theirs, and return its id, which authorises decrypting it."""
    with db.atomic(durable=True):
        return append(event, actor=actor_of(owner), subject=owner.reference, now=now)


def open_own_names(items: Sequence[RequestedItem], *, owner: User, entry: UUID) -> Mapping[UUID, str]:
    """Return item → the name that its owner knows it by."""
    if not items:
        return {}  # a person of whom nothing is encrypted has no key
    with db.row_security_for(owner.reference):
        return _names(items, decryptor(owner.reference, entry))


def open_reasons(approval_requests: Sequence[ApprovalRequest], *, owner: User, entry: UUID) -> Mapping[UUID, str]:
    """Return request id → reason, for the user's access history."""
    if not approval_requests:
        return {}  # listings have no reason
    with db.row_security_for(owner.reference):
        opener = decryptor(owner.reference, entry)
        return {approval_request.pk: _reason(approval_request, opener) for approval_request in approval_requests}
