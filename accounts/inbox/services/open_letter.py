"""Decrypt a letter for its recipient."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.events import LETTER_OPENED
from accounts.inbox.models import Letter
from audit.log.append import append
from core import db
from vault.services import decryptor


def open_letter(letter_id: UUID, *, user: User, now: datetime) -> tuple[Letter, str]:
    """Return the letter and its text, marked as read; raises Letter.DoesNotExist for anybody else's."""
    with db.row_security_for(user.reference):
        letter = Letter.objects.get(pk=letter_id, subject=user.reference)
        Letter.objects.filter(pk=letter_id, read_at__isnull=True).update(read_at=now)
        entry = append(
            LETTER_OPENED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk)},
        )
    return letter, decryptor(user.reference, entry).text(letter.encryption_context, letter.sealed)
