"""Request access to named items of one user, and withdraw a request that nobody has answered."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import is_restricted
from accounts.personaldata.item_providers import NamedItem
from audit.log import rfc3339
from audit.log.event_types import EventType
from cases.log_case import log_case
from core import db
from core.foreign_text import visible_length
from humanaccess import events, selectors
from humanaccess.access_gate_sql import CATEGORIES
from humanaccess.errors import InvalidError
from humanaccess.grounds import MAX_ITEMS, RULES, WINDOW_MIN, Ground, Rule
from humanaccess.letters import write_question
from humanaccess.models import ApprovalCounter, ApprovalRequest, RequestedItem
from humanaccess.policies import may_cancel, may_read_for, may_request
from humanaccess.states import ApprovalState
from vault.services import encrypt

from .progress import locked_request, logged_refusals, minutes_of, move_request

_ABUSE_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9#/_.-]{2,63}")
#: the least and the most characters of a reason
REASON_LENGTH = 20, 2000
_REASON_WORDS = 5
_WORD = re.compile(r"\w*[^\W\d_]\w*")  # at least one letter


def _digest_reason(asker: User, reason: str) -> str:
    """Return a keyed digest of asker and reason, the same whatever the reason's case and spaces."""
    normalised = " ".join(reason.casefold().split())
    return salted_hmac("humanaccess.reason", f"{asker.reference} {normalised}", algorithm="sha256").hexdigest()


def _require(kept: object, field: str, rule: str, sentence: str) -> None:
    if not kept:
        raise InvalidError(sentence, field=field, rule=rule)


def _check_reason(reason: str, asker: User) -> None:
    """Raise InvalidError for a reason too short, too long, of too few words, or the same as the asker's last."""
    low, high = REASON_LENGTH
    length = _("Say why, in %(low)d to %(high)d characters: the user reads exactly this.") % {"low": low, "high": high}
    _require(low <= visible_length(reason) and len(reason) <= high, "reason", "length", length)
    words = _("Say why in a sentence, in at least %(count)d different words.") % {"count": _REASON_WORDS}
    _require(len(set(_WORD.findall(reason.casefold()))) >= _REASON_WORDS, "reason", "words", words)
    last = ApprovalRequest.objects.filter(asker=asker.reference).order_by("-asked_at", "-reference").first()
    again = _("This is the reason of your last request again. Say why you need to see these items.")
    _require(last is None or last.reason_digest != _digest_reason(asker, reason), "reason", "again", again)


def check_request(
    *,
    asker: User,
    subject: User,
    rule: Rule,
    items: Sequence[NamedItem],
    reason: str,
    abuse_reference: str,
    window: timedelta,
) -> None:
    """Raise InvalidError, with its field, for the first rule that a request would break; nothing is written."""
    _require(items, "items", "required", _("Name at least one item."))
    most = _("One approval request names at most %(count)d items.") % {"count": MAX_ITEMS}
    _require(len(items) <= MAX_ITEMS, "items", "max", most)
    _require(
        len({(item.kind, item.id) for item in items}) == len(items), "items", "unique", _("An item is named twice.")
    )
    restricted = _("The user had the use of this restricted: it is read for a law, or with their agreement alone.")
    is_free = rule is not RULES[Ground.SECURITY] or not any(
        is_restricted(subject.reference, CATEGORIES[kind]) for kind in {item.kind for item in items}
    )
    _require(is_free, "items", "restricted", restricted)
    report = _("Name the bug or abuse report that this is about.")
    _require(abuse_reference or not rule.needs_abuse_reference, "abuse_reference", "required", report)
    letters = _("A report's reference has letters, digits and # / _ . - only, three to 64 of them.")
    is_reference = _ABUSE_REFERENCE.fullmatch(abuse_reference)
    _require(is_reference or not abuse_reference, "abuse_reference", "format", letters)
    hours = {"hours": rule.window_max.total_seconds() // 3600}
    duration = _("On this ground access lasts from 15 minutes to %(hours)d hours.") % hours
    _require(WINDOW_MIN <= window <= rule.window_max, "window", "max", duration)
    _check_reason(reason.strip(), asker)


def request_approval(
    *,
    asker: User,
    subject: User,
    ground: Ground,
    items: Sequence[NamedItem],
    reason: str,
    now: datetime,
    abuse_reference: str = "",
    window: timedelta | None = None,
    process: str | None = None,
) -> ApprovalRequest:
    """File an approval request and return it; the user, or a second person, decides.

    `process` is the reference of the legal process that a request on the ground of law is for. `window` is how long
    access lasts once it is granted, the ground's default when None. Raises InvalidError for
    a field that breaks its rule, AccessDeniedError (logged) for who may not request access.
    """
    rule = RULES[ground]
    with logged_refusals("ask", actor=asker, subject=subject.reference, now=now, case=process), db.atomic():
        may_request(asker, subject, rule, now)
        served = may_read_for(process or "", subject, [ground]) if rule.needs_process or process else None
        wanted = rule.window_default if window is None else window
        check_request(
            asker=asker,
            subject=subject,
            rule=rule,
            items=items,
            reason=reason,
            abuse_reference=abuse_reference,
            window=wanted,
        )
        if served is not None:
            outside = selectors.list_outside_scope(served, ((item.kind, item.id) for item in items))
            scope = _("The scope of the legal process does not cover one of these items: its kind, or its day.")
            _require(not outside, "items", "outside_scope", scope)
        approval_request = store_request(
            asker,
            subject,
            ground,
            items,
            reason=reason,
            now=now,
            abuse_reference=abuse_reference,
            process=served,
            window=wanted,
        )
        log_filing(
            events.ASK_FILED,
            approval_request,
            asker,
            items,
            reason=reason,
            ground=ground.value,
            process=process,
            expires_at=rfc3339.write(approval_request.expires_at),
        )
        write_question(approval_request, subject, now)
    return approval_request


def store_request(
    asker: User, subject: User, ground: Ground, items: Sequence[NamedItem], *, reason: str, now: datetime, **facts: Any
) -> ApprovalRequest:
    """Store a request that was checked, with its items; its reason is encrypted under the subject's key."""
    why = reason.strip()
    approval_request = ApprovalRequest(
        reference=ApprovalCounter.next_reference("HA", now.year),
        ground=ground,
        asker=asker.reference,
        subject=subject.reference,
        asked_at=now,
        expires_at=now + RULES[ground].request_lifetime,
        reason_digest=_digest_reason(asker, why),
        **facts,
    )
    approval_request.sealed = encrypt(subject.reference, approval_request.encryption_context, why.encode())
    approval_request.save(force_insert=True)
    RequestedItem.objects.bulk_create(
        RequestedItem(
            approval_request=approval_request,
            subject=subject.reference,
            position=position,
            kind=item.kind,
            item=item.id,
            label=item.stored,
        )
        for position, item in enumerate(items, start=1)
    )
    return approval_request


def log_filing(
    event: EventType, filed: ApprovalRequest, asker: User, items: Sequence[NamedItem], *, reason: str, **facts: Any
) -> None:
    """Append the entry that a request was stored, with its items and reason."""
    log_case(
        event,
        filed,
        actor=actor_of(asker),
        now=filed.asked_at,
        personal={"reason": reason.strip()},
        items=[{"kind": item.kind, "item": str(item.id)} for item in items],
        window_minutes=minutes_of(filed.window),
        abuse_reference=filed.abuse_reference or None,
        **facts,
    )


def cancel_request(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> ApprovalRequest:
    """Withdraw one's own request; raises AccessClosedError once it is answered or over."""
    with locked_request("cancel", approval_request, actor=actor, now=now) as locked:
        may_cancel(actor, locked, now)
        move_request(locked, ApprovalState.CANCELLED, now)
        log_case(events.ASK_CANCELLED, locked, actor=actor_of(actor), now=now, why="asker")
    return locked
