"""When the person is told of a legal process: at once, or after a delay that has an end. Nothing else exists."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log import rfc3339
from audit.log.actors import Actor, machine
from audit.log.sweep_items import sweep_items
from cases.errors import CaseError, WrongStateError
from cases.log_case import log_case
from core import db
from humanaccess.legal import events
from humanaccess.legal.letters import write_process_notice
from humanaccess.legal.models import LegalProcess
from humanaccess.legal.schema_sql import LONGEST_DELAY_DAYS
from humanaccess.legal.states import DelayGround, Part

from .texts import act_on, add_text

_SWEEPER = machine("humanaccess.sweeper")
_BATCH = 100


def check_delay(until: date | None, now: datetime) -> datetime:
    """Return the moment at which a delay until this day ends, its first second in UTC; raises CaseError."""
    if until is None:
        raise CaseError("until", _("Give the day on which the delay ends: no notice is withheld without an end."))
    if until <= now.date():
        raise CaseError("until", _("Give a day to come."))
    if until > now.date() + timedelta(days=LONGEST_DELAY_DAYS - 1):
        raise CaseError("until", _("A delay ends within a year; it can be renewed before it ends."))
    return datetime.combine(until, time.min, UTC)


def delay_notice(
    reference: str, *, actor: User, ground: str, until: date | None, delay: str, now: datetime
) -> LegalProcess:
    """Renew a delay that has not ended, with a new end and the reason for it.

    Raises NotAllowedError, WrongStateError once the person may see the process, CaseError for no end or one too far.
    """
    ends_at = check_delay(until, now)
    with act_on(reference, "delay", actor) as process:
        if process.is_told(now):
            raise WrongStateError(reference, _("the person is told"))
        process.delay_ground, process.delayed_until = DelayGround(ground), ends_at
        add_text(process, Part.DELAY, delay, actor=actor, now=now)
        until_at = rfc3339.write(ends_at)
        log_case(events.DELAYED, process, actor=actor_of(actor), now=now, ground=ground, until=until_at)
    return process


def give_notice(reference: str, *, actor: User, now: datetime) -> LegalProcess:
    """Tell the person before the delay ends. Raises NotAllowedError, WrongStateError where they were told."""
    with act_on(reference, "notify", actor) as process:
        tell(process, actor=actor_of(actor), now=now)
    return process


def tell(process: LegalProcess, *, actor: Actor, now: datetime) -> None:
    """Record that the person is told, and write to them; call it in the transaction that saves the process."""
    process.notified_at = now
    log_case(events.NOTIFIED, process, actor=actor, now=now)
    write_process_notice(process, now)


def tell_due(now: datetime) -> int:
    """Tell the people whose delay is over, and return how many. What they see does not wait for it."""
    over = LegalProcess.objects.filter(notified_at=None, delayed_until__lte=now).order_by("delayed_until")
    return sweep_items("humanaccess.notices", over.values_list("pk", flat=True), _tell_one, now=now, batch=_BATCH)


def _tell_one(process_id: UUID, now: datetime) -> bool:
    with db.atomic():
        over = LegalProcess.objects.filter(pk=process_id, notified_at=None, delayed_until__lte=now)
        process = over.select_for_update(skip_locked=True).first()
        if process is None:
            return False
        tell(process, actor=_SWEEPER, now=now)
        process.save(update_fields=["notified_at"])
    return True
