"""What the services share: lock a process for an act, add an encrypted text to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.models import User
from cases.encrypt_for import encrypt_for
from cases.errors import CaseError
from cases.policies import check_worker, next_state
from cases.services import get_case_for_update
from core import db
from core.foreign_text import visible_length
from humanaccess.legal.kind import LEGAL
from humanaccess.legal.models import LegalProcess, ProcessNote
from humanaccess.legal.states import Part
from humanaccess.services.end import lock_requests_of_process

#: characters of a name or number, and of a text
LONGEST_NAME, LONGEST_TEXT = 200, 4000
#: what an act may change of a process
_CHANGED = [
    *("state", "closed_at", "challenge_outcome", "categories", "period_from", "period_until", "produced_at"),
    *("production_sha256", "notified_at", "delay_ground", "delayed_until"),
]


@contextmanager
def act_on(reference: str, act: str, actor: User) -> Iterator[LegalProcess]:
    """Yield the process, locked, in the state that the act leads to; saved with what the block changed.

    Its requests are locked before it, as whoever decides on one locks them. Raises NotAllowedError unless `actor` is
    the counsel who holds it, WrongStateError.
    """
    with db.atomic():
        lock_requests_of_process(reference)
        process: LegalProcess = get_case_for_update(LEGAL, reference)
        check_worker(LEGAL, process, actor)
        process.state = next_state(LEGAL, process, act)
        yield process
        process.save(update_fields=_CHANGED)


def add_text(process: LegalProcess, part: Part, text: str, *, actor: User, now: datetime) -> None:
    """Add a text, encrypted under the person's key. Raises CaseError for one that is empty or too long."""
    longest = LONGEST_NAME if part in {Part.AUTHORITY, Part.NUMBER, Part.RECIPIENT} else LONGEST_TEXT
    if not visible_length(text := text.strip()) or len(text) > longest:
        raise CaseError(part.value, _("Write between 1 and %(longest)s characters.") % {"longest": longest})
    note = ProcessNote(request=process, subject=process.subject, author=actor.reference, written_at=now, part=part)
    note.sealed = encrypt_for(process, note.encryption_context, text)
    note.save(force_insert=True)
