"""Write a note on a request."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.errors import NotAllowedError, RightsError
from rights.models import Note
from rights.policies import may_work_queue
from vault.services import seal

from .locked import lock_request

LONGEST = 4000


def add_note(reference: str, *, actor: User, text: str, now: datetime) -> Note:
    """Keep what an officer writes down, sealed under the subject's key. Raises NotAllowedError, RightsError."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise RightsError("text", _("A note has between 1 and %(longest)s characters.") % {"longest": LONGEST})
    with sides.atomic():
        request = lock_request(reference)
        if not may_work_queue(actor) or actor.reference == request.subject:
            raise NotAllowedError("actor", _("Only a privacy officer may do this."))
        note = Note(id=uuid.uuid4(), request=request, subject=request.subject, author=actor.reference, written_at=now)
        note.sealed = seal(request.subject, note.seal_context, text.encode())
        note.save(force_insert=True)
        append(
            events.REQUEST_NOTED,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference, "note": str(note.pk)},
        )
    return note
