"""Decrypt what belongs to a legal process: its texts, its document. Each time is a log entry."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import has_role
from cases.errors import NotAllowedError
from cases.log_case import log_case
from cases.policies import is_about
from core import db
from humanaccess.legal import events
from humanaccess.legal.documents import read_document
from humanaccess.legal.kind import TEXT_READERS
from humanaccess.legal.models import LegalProcess, ProcessNote
from vault.services import decryptor


def open_texts(processes: Iterable[LegalProcess], subject: str, entry: UUID) -> dict[UUID, dict[str, str]]:
    """Return process → part → its newest text, of processes of one person; `entry` authorises decrypting them.

    Raises KeyDestroyedError once the person was erased.
    """
    found: dict[UUID, dict[str, str]] = {}
    notes = list(ProcessNote.every.filter(request__in=[each.pk for each in processes]).exclude(part=""))
    if not notes:
        return found
    opened = decryptor(subject, entry)
    for note in notes:
        texts = found.setdefault(note.request_id, {})
        texts[note.part] = opened.text(note.encryption_context, note.sealed)
    return found


def download_document(process: LegalProcess, *, actor: User, now: datetime) -> bytes:
    """Return the document, once an entry says who downloads it.

    Raises NotAllowedError, KeyDestroyedError, FileNotFoundError.
    """
    if not has_role(actor, *TEXT_READERS) or is_about(process, actor):
        raise NotAllowedError("actor", _("Your roles do not let you do this."))
    with db.atomic(durable=True):
        digest = process.document_sha256
        entry = log_case(events.DOWNLOADED, process, actor=actor_of(actor), now=now, sha256=digest)
    return read_document(process, entry)
