"""What counsel does with a legal process: challenge it, agree its scope, hand data over, close or reject it."""

from collections.abc import Collection
from datetime import date, datetime
from hashlib import sha256

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import category_title
from audit.log.event_types import EventType
from cases.errors import CaseError
from cases.log_case import log_case
from humanaccess.legal import events
from humanaccess.legal.models import LegalProcess
from humanaccess.legal.states import ChallengeOutcome, Part
from humanaccess.services.end import end_grants_of_process, withdraw_requests_of_process

from .texts import act_on, add_text


def challenge_process(reference: str, *, actor: User, challenge: str, now: datetime) -> LegalProcess:
    """Challenge the process. Raises NotAllowedError, WrongStateError, CaseError."""
    with act_on(reference, "challenge", actor) as process:
        add_text(process, Part.CHALLENGE, challenge, actor=actor, now=now)
        log_case(events.CHALLENGED, process, actor=actor_of(actor), now=now)
    return process


def settle_challenge(reference: str, *, actor: User, outcome: str, now: datetime) -> LegalProcess:
    """Record how the challenge ended; what is then left is to agree the scope, or to reject the process."""
    with act_on(reference, "settle", actor) as process:
        process.challenge_outcome = ChallengeOutcome(outcome)
        log_case(events.SETTLED, process, actor=actor_of(actor), now=now, result=outcome)
    return process


def agree_scope(
    reference: str,
    *,
    actor: User,
    categories: Collection[str],
    period_from: date,
    period_until: date,
    scope: str,
    now: datetime,
) -> LegalProcess:
    """Agree of which data categories and days data is handed over. Raises NotAllowedError, WrongStateError, CaseError.

    Only then can access be requested on the ground of law, for this process.
    """
    names = sorted(set(categories))
    if not names or any(category_title(name) is None for name in names):
        raise CaseError("categories", _("Choose at least one of the data categories."))
    if period_until < period_from:
        raise CaseError("period_until", _("The last day cannot lie before the first."))
    with act_on(reference, "agree", actor) as process:
        process.categories, process.period_from, process.period_until = names, period_from, period_until
        add_text(process, Part.SCOPE, scope, actor=actor, now=now)
        log_case(
            events.SCOPED,
            process,
            actor=actor_of(actor),
            now=now,
            categories=names,
            since=period_from.isoformat(),
            until=period_until.isoformat(),
        )
    return process


def produce_data(
    reference: str,
    *,
    actor: User,
    production: str,
    recipient: str,
    handed_on: date,
    now: datetime,
    file: bytes | None = None,
) -> LegalProcess:
    """Record what was handed over, to whom and on which day: of a file its digest, else that of the description.

    The file itself is not kept: it is data of the person once more. Raises NotAllowedError, WrongStateError, CaseError.
    """
    if handed_on > now.date():
        raise CaseError("handed_on", _("It cannot be handed over on a day to come."))
    with act_on(reference, "produce", actor) as process:
        if handed_on < process.received_at.date():
            raise CaseError("handed_on", _("It cannot be handed over before the process was received."))
        add_text(process, Part.PRODUCTION, production, actor=actor, now=now)
        add_text(process, Part.RECIPIENT, recipient, actor=actor, now=now)
        process.production_sha256 = sha256(production.strip().encode() if file is None else file).hexdigest()
        process.produced_at = now
        log_case(
            events.PRODUCED,
            process,
            actor=actor_of(actor),
            now=now,
            sha256=process.production_sha256,
            handed_on=handed_on.isoformat(),
        )
        withdraw_requests_of_process(process.pk, actor=actor_of(actor), now=now)
    return process


def close_process(reference: str, *, actor: User, now: datetime) -> LegalProcess:
    """Close the process, and end what is read under it. Raises NotAllowedError, WrongStateError."""
    with act_on(reference, "close", actor) as process:
        _settle(process, events.CLOSED, actor, now)
    return process


def reject_process(reference: str, *, actor: User, rejection: str, now: datetime) -> LegalProcess:
    """Reject a process that is not valid. Raises NotAllowedError, WrongStateError, CaseError."""
    with act_on(reference, "reject", actor) as process:
        add_text(process, Part.REJECTION, rejection, actor=actor, now=now)
        _settle(process, events.REJECTED, actor, now)
    return process


def _settle(process: LegalProcess, event: EventType, actor: User, now: datetime) -> None:
    process.closed_at = now
    log_case(event, process, actor=actor_of(actor), now=now)
    end_grants_of_process(process.pk, actor=actor_of(actor), now=now)
