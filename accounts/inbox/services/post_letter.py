"""Mail the copy of a letter; whatever happens to the mail, the letter stays in the inbox."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db.models import F, QuerySet

from accounts.identity.models import User
from accounts.inbox.events import LETTER_PARKED, LETTER_POSTED
from accounts.inbox.models import Letter, MailState
from audit.log.actors import machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db
from vault.services import decryptor

MAX_ATTEMPTS = 8
#: how long a letter belongs to the worker that claimed it: longer than a mail server may take to answer
LEASE = timedelta(minutes=5)
_log = structlog.get_logger(__name__)


def _claim(letter_id: UUID, now: datetime) -> Letter | None:
    """Claim the letter for one attempt by moving its due time: of two workers only one changes the row."""
    waiting = Letter.objects.filter(pk=letter_id, mail_state=MailState.WAITING, mail_due_at__lte=now)
    letter = waiting.first()
    if letter is None:
        return None
    taken = waiting.filter(mail_attempts=letter.mail_attempts).update(
        mail_attempts=F("mail_attempts") + 1, mail_due_at=now + LEASE
    )
    return letter if taken else None


def post_letter(letter_id: UUID, now: datetime) -> bool:
    """Mail one letter that is due; True when the mail server took it."""
    with db.atomic():
        letter = _claim(letter_id, now)
        if letter is None:
            return False
        user = User.objects.filter(reference=letter.subject).first()
        if user is None:
            _give_up(letter, "NoAccount", now)
            return False
        entry = append(
            LETTER_POSTED,
            actor=machine("inbox"),
            subject=letter.subject,
            now=now,
            payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk)},
        )
    try:
        text = decryptor(letter.subject, entry).decrypt(letter.encryption_context, letter.sealed).decode()
        EmailMessage(subject=letter.subject_line, body=text, to=[user.email]).send()
    except Exception as error:  # noqa: BLE001 - a mail server, a broken ciphertext: each attempt counts
        # The exception's text may hold the address; its class says enough.
        _record_failure(letter, type(error).__name__, now)
        return False
    Letter.objects.filter(pk=letter_id).update(mail_state=MailState.SENT)
    return True


def _record_failure(letter: Letter, error: str, now: datetime) -> None:
    _log.warning("letter_not_mailed", letter=str(letter.pk), error=error)
    if letter.mail_attempts + 1 >= MAX_ATTEMPTS:
        with db.atomic():
            _give_up(letter, error, now)
    else:
        again = now + timedelta(minutes=2**letter.mail_attempts)
        Letter.objects.filter(pk=letter.pk, mail_state=MailState.WAITING).update(mail_due_at=again)


def _give_up(letter: Letter, error: str, now: datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(mail_state=MailState.FAILED)
    append(
        LETTER_PARKED,
        actor=machine("inbox"),
        subject=letter.subject,
        now=now,
        payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk), "error": error[:64]},
        outcome="failed",
    )


def sweep_letters(*, now: datetime) -> int:
    """Mail the letters that are due, claiming each just before; return how many were mailed."""
    return sweep_items("inbox.letters", due_letters(now), post_letter, now=now, batch=500)


def due_letters(now: datetime) -> "QuerySet[Letter, UUID]":
    """Return the ids of letters whose mailing is due, oldest first."""
    due = Letter.objects.filter(mail_state=MailState.WAITING, mail_due_at__lte=now).order_by("mail_due_at")
    return due.values_list("pk", flat=True)
