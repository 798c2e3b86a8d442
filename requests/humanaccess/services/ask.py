"""Ask to look at named items of one user."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.ports import NamedItem
from audit import sides, times
from audit.services import append
from humanaccess import events
from humanaccess.errors import InvalidError
from humanaccess.grounds import MAX_ITEMS, RULES, WINDOW_MIN, Ground, Rule
from humanaccess.letters import write_asked
from humanaccess.models import Ask, AskItem
from humanaccess.policies import may_ask
from vault.services import seal

from .refusals import logged_refusals

_ABUSE_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9#/_.-]{2,63}")
_REASON_MIN, _REASON_MAX, _REASON_WORDS = 20, 2000, 5
_WORD = re.compile(r"\w*[^\W\d_]\w*")  # at least one letter


def _digest_reason(asker: User, reason: str) -> str:
    """Return what tells a reason of this asker from another, whatever its case and spaces; keyed, so that it tells
    nothing else."""
    said = " ".join(reason.casefold().split())
    return salted_hmac("humanaccess.reason", f"{asker.reference} {said}", algorithm="sha256").hexdigest()


def _check_reason(reason: str, digest: str, asker: User) -> None:
    """Raise InvalidError for a reason that says nothing."""
    if not _REASON_MIN <= len(reason) <= _REASON_MAX:
        raise InvalidError(
            _("Say why, in %(low)d to %(high)d characters: the user reads exactly this.")
            % {"low": _REASON_MIN, "high": _REASON_MAX},
            field="reason",
            rule="length",
        )
    if len(set(_WORD.findall(reason.casefold()))) < _REASON_WORDS:
        raise InvalidError(
            _("Say why in a sentence, in at least %(count)d different words.") % {"count": _REASON_WORDS},
            field="reason",
            rule="words",
        )
    last = Ask.objects.filter(asker=asker.reference).order_by("-asked_at", "-reference").first()
    if last is not None and last.reason_digest == digest:
        raise InvalidError(
            _("This is the reason of your last ask again. Say why you need to see these items."),
            field="reason",
            rule="again",
        )


def _check(rule: Rule, items: Sequence[NamedItem], abuse_reference: str, window: timedelta) -> None:
    if not items:
        raise InvalidError(_("Name at least one item."), field="items", rule="required")
    if len(items) > MAX_ITEMS:
        raise InvalidError(
            _("One ask names at most %(count)d items.") % {"count": MAX_ITEMS}, field="items", rule="max"
        )
    if len({(item.kind, item.id) for item in items}) != len(items):
        raise InvalidError(_("An item is named twice."), field="items", rule="unique")
    if rule.needs_abuse_reference and not abuse_reference:
        raise InvalidError(
            _("Name the bug or abuse report that this is about."), field="abuse_reference", rule="required"
        )
    if abuse_reference and not _ABUSE_REFERENCE.fullmatch(abuse_reference):
        raise InvalidError(
            _("A report's reference has letters, digits and # / _ . - only, three to 64 of them."),
            field="abuse_reference",
            rule="format",
        )
    if not WINDOW_MIN <= window <= rule.window_max:
        raise InvalidError(
            _("On this ground a look lasts from 15 minutes to %(hours)d hours.")
            % {"hours": rule.window_max.total_seconds() // 3600},
            field="window",
            rule="max",
        )


def _next_reference(now: datetime) -> str:
    with sides.connection().cursor() as cursor:
        cursor.execute(
            "INSERT INTO humanaccess_counter (year, last) VALUES (%s, 1) "
            "ON CONFLICT (year) DO UPDATE SET last = humanaccess_counter.last + 1 RETURNING last",
            [now.year],
        )
        (number,) = cursor.fetchone()
    return f"HA-{now.year}-{number:06d}"


def ask_access(
    *,
    asker: User,
    subject: User,
    ground: Ground,
    items: Sequence[NamedItem],
    reason: str,
    now: datetime,
    abuse_reference: str = "",
    window: timedelta | None = None,
) -> Ask:
    """File an ask and return it; the user, or a second person, decides.

    `window` is the time for looking once it is granted, the ground's default when None. Raises InvalidError for
    a field that does not keep its rule, NotAllowedError for who may not ask (which the log then knows).
    """
    rule = RULES[ground]
    actor = actor_of(asker)
    with logged_refusals("ask", actor=actor, subject=subject.reference, case=None, now=now), sides.atomic():
        may_ask(asker, subject, rule, now)
        wanted = rule.window_default if window is None else window
        why = reason.strip()
        digest = _digest_reason(asker, why)
        _check(rule, items, abuse_reference, wanted)
        _check_reason(why, digest, asker)
        ask = Ask(
            id=uuid.uuid4(),
            reference=_next_reference(now),
            ground=ground,
            asker=asker.reference,
            subject=subject.reference,
            abuse_reference=abuse_reference,
            window=wanted,
            asked_at=now,
            expires_at=now + rule.ask_lifetime,
            reason_digest=digest,
        )
        ask.sealed = seal(subject.reference, ask.seal_context, why.encode())
        ask.save(force_insert=True)
        AskItem.objects.bulk_create(
            AskItem(
                ask=ask, subject=subject.reference, position=position, kind=item.kind, item=item.id, label=item.stored
            )
            for position, item in enumerate(items, start=1)
        )
        append(
            events.ASK_FILED,
            actor=actor,
            subject=subject.reference,
            now=now,
            payload={
                "case": ask.reference,
                "ground": ground.value,
                "items": [{"kind": item.kind, "item": str(item.id)} for item in items],
                "window_minutes": int(wanted.total_seconds() // 60),
                "abuse_reference": abuse_reference or None,
                "expires_at": times.write(ask.expires_at),
            },
            personal={"reason": why},
        )
        write_asked(ask, subject, now)
    return ask
