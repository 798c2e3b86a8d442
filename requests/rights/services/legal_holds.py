"""Legal holds: place one, lift it, open its texts; each has its entry in the log."""

import uuid
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import category_title, lock_holds
from audit.log.append import append
from audit.log.event_types import EventType
from core import db
from core.foreign_text import visible_length
from rights import events
from rights.errors import HoldStateError, RightsError
from rights.models import LegalHold
from rights.policies import check_holder
from rights.selectors import active_holds
from vault.errors import KeyDestroyedError
from vault.services import decryptor, destroyed_among, encrypt

#: a hold has an end: whoever needs it longer places it again
LONGEST_HOLD = timedelta(days=731)
#: in characters
LONGEST_AUTHORITY, SHORTEST_REASON, LONGEST_REASON = 200, 20, 4000


def place_hold(
    subject: str, *, category: str, authority: str, reason: str, ends_on: date, actor: User, now: datetime
) -> LegalHold:
    """Keep a person's data, of one category or all of it, until a day; from now on nothing of it is removed.

    A step that is running finishes. Raises NotAllowedError, RightsError for an unknown or erased person, an unknown
    category, texts that are too short or too long and a day that is past or too far, HoldStateError for a
    second hold of the same scope.
    """
    check_holder(subject, actor)
    authority, reason = authority.strip(), reason.strip()
    check_end(ends_on, now)
    _check_facts(category, authority, reason)
    if destroyed_among([subject]):
        raise RightsError("subject", _("This person was erased: nothing is left to keep."))
    if not User.objects.filter(reference=subject).exists():
        raise RightsError("subject", _("Nobody has this reference or address."))
    hold = LegalHold(
        id=uuid.uuid4(),
        subject=subject,
        category=category,
        placed_by=actor.reference,
        placed_at=now,
        ends_on=ends_on,
    )
    with db.atomic():
        lock_holds()
        lock_holds(subject)
        if active_holds(now).filter(subject=subject, category=category).exists():
            raise HoldStateError("category", _("There is a hold of this scope on this person already."))
        try:
            texts = orjson.dumps({"authority": authority, "reason": reason})
            hold.sealed = encrypt(subject, hold.encryption_context, texts)
        except KeyDestroyedError:
            raise RightsError("subject", _("This person was erased: nothing is left to keep.")) from None
        hold.save(force_insert=True)
        _record(events.HOLD_PLACED, hold, actor=actor, now=now, ends_on=ends_on.isoformat())
    return hold


def check_end(ends_on: date, now: datetime) -> None:
    """Raise RightsError unless a hold may end on a day."""
    if ends_on <= now.date():
        raise RightsError("ends_on", _("Give a day to come: a hold has an end."))
    if ends_on > now.date() + LONGEST_HOLD:
        raise RightsError("ends_on", _("A hold ends within two years; it can be placed again then."))


def _check_facts(category: str, authority: str, reason: str) -> None:
    if category and category_title(category) is None:
        raise RightsError("category", _("There is no data category of this name."))
    if not visible_length(authority) or len(authority) > LONGEST_AUTHORITY:
        raise RightsError(
            "authority", _("Name the authority, in at most %(longest)s characters.") % {"longest": LONGEST_AUTHORITY}
        )
    if visible_length(reason) < SHORTEST_REASON or len(reason) > LONGEST_REASON:
        raise RightsError(
            "reason",
            _("A reason has between %(shortest)s and %(longest)s characters.")
            % {"shortest": SHORTEST_REASON, "longest": LONGEST_REASON},
        )


def lift_hold(hold_id: UUID, *, actor: User, now: datetime) -> LegalHold:
    """End a hold before its day; what waited for it goes on by itself.

    Raises LegalHold.DoesNotExist, NotAllowedError, HoldStateError for one that has ended.
    """
    with db.atomic():
        hold = LegalHold.objects.select_for_update().defer("sealed").get(pk=hold_id)
        check_holder(hold.subject, actor)
        if not hold.is_active(now):
            raise HoldStateError("", _("This hold has ended already."))
        hold.ended_at, hold.ended_by = now, actor.reference
        hold.save(update_fields=["ended_at", "ended_by"])
        _record(events.HOLD_LIFTED, hold, actor=actor, now=now)
    return hold


def show_hold(hold: LegalHold, *, actor: User, now: datetime) -> dict[str, str]:
    """Return authority and reason, decrypted once the entry that says who opened them is committed.

    Raises NotAllowedError, KeyDestroyedError for a person who was erased, DecryptionError.
    """
    check_holder(hold.subject, actor)
    with db.atomic(durable=True):
        entry = _record(events.HOLD_SHOWN, hold, actor=actor, now=now)
    found: dict[str, str] = orjson.loads(decryptor(hold.subject, entry).decrypt(hold.encryption_context, hold.sealed))
    return found


def _record(event: EventType, hold: LegalHold, *, actor: User, now: datetime, **payload: str) -> UUID:
    facts = {"hold": str(hold.pk), "category": hold.category or "everything", **payload}
    return append(event, actor=actor_of(actor), subject=hold.subject, now=now, payload=facts)
