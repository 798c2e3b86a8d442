"""Write a note on a request."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.errors import NotAllowedError, RightsError
from rights.log_request import log_request
from rights.models import RequestNote
from rights.policies import may_work_queue
from rights.selectors import get_request_for_update
from vault.services import encrypt

LONGEST = 4000


def add_note(reference: str, *, actor: User, text: str, now: datetime) -> RequestNote:
    """Store an officer's note, encrypted under the subject's key. Raises NotAllowedError, RightsError."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise RightsError("text", _("A note has between 1 and %(longest)s characters.") % {"longest": LONGEST})
    with db.atomic():
        request = get_request_for_update(reference)
        if not may_work_queue(actor) or actor.reference == request.subject:
            raise NotAllowedError("actor", _("Only a privacy officer may do this."))
        note = RequestNote(
            id=uuid.uuid4(), request=request, subject=request.subject, author=actor.reference, written_at=now
        )
        note.sealed = encrypt(request.subject, note.encryption_context, text.encode())
        note.save(force_insert=True)
        log_request(events.REQUEST_NOTED, request, actor=actor_of(actor), now=now, note=str(note.pk))
    return note
