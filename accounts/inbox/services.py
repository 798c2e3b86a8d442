"""Write a letter to a user, mail its copy, and open it for its recipient."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.actors import machine
from audit.log.append import append
from audit.log.purposes import ReadPurpose
from audit.log.sweep_items import sweep_items
from core import db
from core.enqueue import enqueue
from vault.errors import KeyDestroyedError
from vault.services import decryptor, encrypt

from .events import LETTER_NOT_MAILED, LETTER_OPENED, LETTER_POSTED, LETTER_WRITTEN
from .kinds import case_path, kind_of
from .models import Letter, MailState

MAX_ATTEMPTS = 8
#: how long a letter belongs to the worker that claimed it: longer than a mail server may take to answer
LEASE = timedelta(minutes=5)
_log = structlog.get_logger(__name__)


def render_letter(
    user: User, kind: str, context: Mapping[str, Any], *, now: datetime, case: str = ""
) -> tuple[str, str]:
    """Return subject line and text of a letter in the user's language and zone; raises KeyError for an unknown kind.

    The templates get `link`, the address of the case's page, which asks to sign in, or of the list of letters.
    """
    templates = kind_of(kind)
    values = {
        "link": settings.OFFICE_URL.rstrip("/") + (case_path(kind, case) or reverse("inbox:letters")),
        **context,
        "user_name": user.username,
        "case": case,
        "now": now,
        "contact": settings.PRIVACY_CONTACT,
        "zone": user.zone.key,
    }
    # Language and time zone are the recipient's, as on their pages, not those of the actor.
    with translation.override(user.language), timezone.override(user.zone):
        subject_line = " ".join(render_to_string(templates.subject_template, values).split())
        return subject_line[:200], render_to_string(templates.body_template, values).strip()


def write_letter(user: User, *, kind: str, context: Mapping[str, Any], now: datetime, case: str = "") -> Letter | None:
    """Store one letter, in the user's language and zone, and have it mailed after commit.

    Call it inside the transaction of the change. Returns None for a person who was erased: the change happens
    without a letter. Raises KeyError for an unregistered kind.
    """
    subject_line, body = render_letter(user, kind, context, now=now, case=case)
    letter = Letter(
        id=uuid4(),
        subject=user.reference,
        kind=kind,
        case_ref=case,
        subject_line=subject_line,
        written_at=now,
        mail_due_at=now,
    )
    try:
        letter.sealed = encrypt(user.reference, letter.encryption_context, body.encode())
    except KeyDestroyedError:
        return None
    letter.save(force_insert=True)
    append(LETTER_WRITTEN, actor=machine("inbox"), subject=user.reference, now=now, payload=letter.payload)
    enqueue("inbox.mail_letter", str(letter.pk))
    return letter


def mail_now(user: User, *, kind: str, context: Mapping[str, Any], now: datetime, case: str = "") -> None:
    """Mail a text that is kept nowhere, by a caller that repeats it until it succeeds; raises what the mailer raises.

    It tells what a letter cannot: the inbox of its reader is about to be erased.
    """
    subject_line, body = render_letter(user, kind, context, now=now, case=case)
    EmailMessage(subject=subject_line, body=body, to=[user.email]).send()


def open_letter(letter_id: UUID, *, user: User, now: datetime) -> tuple[Letter, str]:
    """Return the letter and its text, marked as read; raises Letter.DoesNotExist for anybody else's."""
    with db.row_security_for(user.reference):
        letter = Letter.objects.get(pk=letter_id, subject=user.reference)
        Letter.objects.filter(pk=letter_id, read_at__isnull=True).update(read_at=now)
        entry = append(LETTER_OPENED, actor=actor_of(user), subject=user.reference, now=now, payload=letter.payload)
    return letter, decryptor(user.reference, entry).text(letter.encryption_context, letter.sealed)


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
        payload = {**letter.payload, "purpose": ReadPurpose.OPERATING.value}
        entry = append(LETTER_POSTED, actor=machine("inbox"), subject=letter.subject, now=now, payload=payload)
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
        LETTER_NOT_MAILED,
        actor=machine("inbox"),
        subject=letter.subject,
        now=now,
        payload={**letter.payload, "error": error[:64]},
        outcome="failed",
    )


def sweep_letters(*, now: datetime) -> int:
    """Mail the letters that are due, claiming each just before; return how many were mailed."""
    return sweep_items("inbox.letters", due_letters(now), post_letter, now=now, batch=500)


def due_letters(now: datetime) -> "QuerySet[Letter, UUID]":
    """Return the ids of letters whose mailing is due, oldest first."""
    due = Letter.objects.filter(mail_state=MailState.WAITING, mail_due_at__lte=now).order_by("mail_due_at")
    return due.values_list("pk", flat=True)
