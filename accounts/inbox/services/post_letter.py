"""Mail the copy of a letter; whatever happens to the mail, the letter stands in the inbox."""

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db.models import F

from accounts.identity.models import User
from accounts.inbox.events import LETTER_POSTED
from accounts.inbox.models import Letter, MailState
from audit import sides
from audit.actors import machine
from audit.services import append
from vault.services import unsealer

MAX_ATTEMPTS = 8
_log = structlog.get_logger(__name__)


def _claim(letter_id: UUID, now: datetime) -> Letter | None:
    """Take the letter for one attempt by moving its due time: of two workers one changes the row."""
    waiting = Letter.objects.filter(pk=letter_id, mail_state=MailState.WAITING, mail_due_at__lte=now)
    letter = waiting.first()
    if letter is None:
        return None
    later = now + timedelta(minutes=2**letter.mail_attempts)
    taken = waiting.filter(mail_attempts=letter.mail_attempts).update(
        mail_attempts=F("mail_attempts") + 1, mail_due_at=later
    )
    return letter if taken else None


def post_letter(letter_id: UUID, *, now: datetime) -> bool:
    """Mail one letter that is due; True when the mail server took it."""
    with sides.atomic():
        letter = _claim(letter_id, now)
        if letter is None:
            return False
        user = User.objects.filter(reference=letter.subject).first()
        if user is None:
            Letter.objects.filter(pk=letter_id).update(mail_state=MailState.FAILED)
            return False
        entry = append(
            LETTER_POSTED,
            actor=machine("inbox"),
            subject=letter.subject,
            now=now,
            payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk)},
        )
    text = unsealer(letter.subject, entry).unseal(letter.seal_context, letter.sealed).decode()
    try:
        EmailMessage(subject=letter.subject_line, body=text, to=[user.email]).send()
    except (smtplib.SMTPException, OSError) as error:
        # The exception's text may hold the address; its class says enough.
        _log.warning("letter_not_mailed", letter=str(letter_id), error=type(error).__name__)
        if letter.mail_attempts + 1 >= MAX_ATTEMPTS:
            Letter.objects.filter(pk=letter_id).update(mail_state=MailState.FAILED)
        return False
    Letter.objects.filter(pk=letter_id).update(mail_state=MailState.SENT)
    return True


def due_letters(now: datetime) -> Iterator[UUID]:
    """Return the ids of letters whose mailing is due, oldest first."""
    due = Letter.objects.filter(mail_state=MailState.WAITING, mail_due_at__lte=now).order_by("mail_due_at")
    return due.values_list("pk", flat=True)[:500].iterator()
