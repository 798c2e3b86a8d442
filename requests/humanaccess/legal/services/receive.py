"""File a legal process that an authority served, with its document, and decide when its person is told."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import is_same_person
from audit.log import rfc3339
from cases.errors import CaseError, NotAllowedError
from cases.log_case import log_case
from cases.policies import may_work
from core import db
from core.encrypted_files import delete_file
from humanaccess.legal import events
from humanaccess.legal.documents import store_document
from humanaccess.legal.kind import LEGAL
from humanaccess.legal.models import LegalProcess, ProcessCounter
from humanaccess.legal.states import DelayGround, Part, ProcessKind

from .notice import check_delay, tell
from .texts import add_text

_COUNTRY = re.compile(r"[A-Z]{2}")
#: how far ahead the day may lie on which the authority wants an answer
LONGEST_TERM = timedelta(days=731)


def check_days(received_on: date, due_on: date, now: datetime) -> None:
    """Raise CaseError unless the day of receipt is past or today, and the answer is due on it or within two years."""
    if received_on > now.date():
        raise CaseError("received_on", _("It cannot be received on a day to come."))
    if not received_on <= due_on <= received_on + LONGEST_TERM:
        raise CaseError("due_on", _("Give a day from that of receipt to two years later."))


@contextmanager
def _kept_or_deleted(process: LegalProcess) -> Iterator[None]:
    """Delete the stored document where the block fails, and no row names it."""
    try:
        yield
    except BaseException:
        delete_file(process.document)
        raise


def receive_process(
    *,
    actor: User,
    subject: User,
    kind: str,
    country: str,
    authority: str,
    number: str,
    received_on: date,
    due_on: date,
    document: Iterable[bytes],
    now: datetime,
    ground: str = "",
    until: date | None = None,
    delay: str = "",
) -> LegalProcess:
    """File a legal process, which `actor` then holds; without `ground` its person is told at once.

    Raises NotAllowedError, CaseError for a field that breaks its rule: a delay has a ground, a reason and an end.
    """
    if not may_work(LEGAL, actor):
        raise NotAllowedError("actor", _("Your roles do not let you do this."))
    if is_same_person(actor, subject):
        raise NotAllowedError("subject", _("Nobody works on their own request."))
    if _COUNTRY.fullmatch(country) is None:
        raise CaseError("country", _("Give the country by its two letters, as DE."))
    check_days(received_on, due_on, now)
    process = LegalProcess(
        subject=subject.reference,
        kind=ProcessKind(kind),
        country=country,
        received_at=datetime.combine(received_on, time.min, UTC),
        due_at=datetime.combine(due_on + timedelta(days=1), time.min, UTC),
        filed_by=actor.reference,
        filed_at=now,
        assignee=actor,
        notified_at=None if ground else now,
        delay_ground=DelayGround(ground) if ground else "",
        delayed_until=check_delay(until, now) if ground else None,
    )
    store_document(process, b"".join(document))
    with _kept_or_deleted(process), db.atomic():
        process.reference = ProcessCounter.next_reference("LP", now.year)
        process.save(force_insert=True)
        add_text(process, Part.AUTHORITY, authority, actor=actor, now=now)
        add_text(process, Part.NUMBER, number, actor=actor, now=now)
        if ground:
            add_text(process, Part.DELAY, delay, actor=actor, now=now)
        log_case(
            events.RECEIVED,
            process,
            actor=actor_of(actor),
            now=now,
            kind=ProcessKind(kind).value,
            country=country,
            received_on=received_on.isoformat(),
            due_on=due_on.isoformat(),
            sha256=process.document_sha256,
            bytes=process.document_bytes,
            notice=ground or "now",
            until=rfc3339.write(process.delayed_until) if process.delayed_until else None,
        )
        if not ground:
            tell(process, actor=actor_of(actor), now=now)
    return process
