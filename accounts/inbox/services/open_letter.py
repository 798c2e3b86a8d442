"""Open a letter for the user that it was written to."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.events import LETTER_OPENED
from accounts.inbox.models import Letter
from audit import sides
from audit.services import append
from vault.services import unsealer


def open_letter(letter_id: UUID, *, user: User, now: datetime) -> tuple[Letter, str]:
    """Return the letter and its text, marked as read; raises Letter.DoesNotExist for anybody else's."""
    with sides.as_subject(user.reference):
        letter = Letter.objects.get(pk=letter_id, subject=user.reference)
        Letter.objects.filter(pk=letter_id, read_at__isnull=True).update(read_at=now)
        entry = append(
            LETTER_OPENED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"case": letter.case_ref or None, "kind": letter.kind, "letter": str(letter.pk)},
        )
    return letter, unsealer(user.reference, entry).text(letter.seal_context, letter.sealed)
