"""Notes of staff on a case."""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.selectors import get_staff_names
from core import db
from core.foreign_text import visible_length
from vault.services import decryptor

from .encrypt_for import encrypt_for
from .errors import CaseError, NotAllowedError
from .kinds import CaseKind
from .log_case import log_case
from .models import Case, CaseNote
from .policies import may_work
from .services import declared, get_case_for_update

#: in characters
LONGEST_NOTE = 4000


def add_note(kind: CaseKind, reference: str, *, actor: User, text: str, now: datetime) -> CaseNote:
    """Store a note on the case, encrypted under the subject's key. Raises NotAllowedError, CaseError."""
    text = text.strip()
    if not visible_length(text) or len(text) > LONGEST_NOTE:
        raise CaseError("text", _("A note has between 1 and %(longest)s characters.") % {"longest": LONGEST_NOTE})
    with db.atomic():
        case = get_case_for_update(kind, reference)
        if not may_work(kind, actor) or actor.reference == case.subject:
            raise NotAllowedError("actor", _("Your roles do not let you do this."))
        note: CaseNote = kind.notes(
            id=uuid.uuid4(), request=case, subject=case.subject, author=actor.reference, written_at=now
        )
        note.sealed = encrypt_for(case, note.encryption_context, text)
        note.save(force_insert=True)
        log_case(declared(kind.events.noted), case, actor=actor_of(actor), now=now, note=str(note.pk))
    return note


def open_notes(kind: CaseKind, case: Case, entry: UUID) -> list[dict[str, Any]]:
    """Return the notes on a case as rows of `office/_timeline.html`; `entry` authorises decrypting them.

    Raises KeyDestroyedError once the person was erased, and what was written about them with them.
    """
    found = list(kind.notes.objects.filter(request=case.pk))
    if not found:
        return []
    opened = decryptor(case.subject, entry)
    names = get_staff_names({note.author for note in found})
    return [
        {
            "sentence": opened.text(note.encryption_context, note.sealed),
            "at": note.written_at,
            "actor": names.get(note.author, ""),
            "is_quoted": True,
        }
        for note in found
    ]
