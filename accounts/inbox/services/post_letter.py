"""Mail the copy of a letter; whatever happens to the mail, the letter stands in the inbox."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db.models import F, QuerySet

from accounts.identity.models import User
from accounts.inbox.events import LETTER_PARKED, LETTER_POSTED
from accounts.inbox.models import Letter, MailState
from audit import sides
from audit.actors import machine
from audit.services import append, sweep_items
from vault.services import unsealer

MAX_ATTEMPTS = 8
#: how long a letter is left to whoever claimed it: longer than a mail server may take over each of its answers
LEASE = timedelta(minutes=5)
_log = structlog.get_logger(__name__)


def _claim(letter_id: UUID, now: datetime) -> Letter | None:
    """Take the letter for one attempt by moving its due time: of two workers one changes the row."""
    waiting = Letter.objects.filter(pk=letter_id, mail_state=MailState.WAITING, mail_due_at__lte=now)
    letter = waiting.first()
    if letter is None:
        return None
    taken = waiting.filter(mail_attempts=letter.mail_attempts).update(
        mail_attempts=F("mail_attempts") + 1, mail_due_at=now + LEASE
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
            _park(letter, "NoAccount", now)
            return False
        entry = append(
            LETTER_POSTED,
            actor=machine("inbox"),
            subject=letter.subject,
            now=now,
            payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk)},
        )
    try:
        text = unsealer(letter.subject, entry).unseal(letter.seal_context, letter.sealed).decode()
        EmailMessage(subject=letter.subject_line, body=text, to=[user.email]).send()
    except Exception as error:  # noqa: BLE001 - a mail server, a broken ciphertext: the letter's tries are counted
        # The exception's text may hold the address; its class says enough.
        _keep_failure(letter, type(error).__name__, now)
        return False
    Letter.objects.filter(pk=letter_id).update(mail_state=MailState.SENT)
    return True


def _keep_failure(letter: Letter, error: str, now: datetime) -> None:
    _log.warning("letter_not_mailed", letter=str(letter.pk), error=error)
    if letter.mail_attempts + 1 >= MAX_ATTEMPTS:
        with sides.atomic():
            _park(letter, error, now)
    else:
        again = now + timedelta(minutes=2**letter.mail_attempts)
        Letter.objects.filter(pk=letter.pk, mail_state=MailState.WAITING).update(mail_due_at=again)


def _park(letter: Letter, error: str, now: datetime) -> None:
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
    """Mail what is due and was not rung for, each letter claimed at its own moment; return how many were mailed."""
    return sweep_items("inbox.letters", due_letters(now), _post, now=now, batch=500)


def _post(letter_id: UUID, now: datetime) -> bool:
    return post_letter(letter_id, now=now)


def due_letters(now: datetime) -> "QuerySet[Letter, UUID]":
    """Return the ids of letters whose mailing is due, oldest first."""
    due = Letter.objects.filter(mail_state=MailState.WAITING, mail_due_at__lte=now).order_by("mail_due_at")
    return due.values_list("pk", flat=True)
