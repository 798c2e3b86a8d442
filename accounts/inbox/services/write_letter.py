"""Write a letter to a user, in the transaction of the change that it reports."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.identity.models import User
from accounts.inbox.events import LETTER_WRITTEN
from accounts.inbox.kinds import kind_of
from accounts.inbox.models import Letter
from audit.log.actors import machine
from audit.log.append import append
from core.enqueue import enqueue
from vault.errors import KeyDestroyedError
from vault.services import encrypt


def write_letter(user: User, *, kind: str, context: Mapping[str, Any], now: datetime, case: str = "") -> Letter | None:
    """Store one letter, in the user's language and zone, and have it mailed after commit.

    Call it inside the transaction of the change. Returns None for a person who was erased: the change happens
    without a letter. Raises KeyError for an unregistered kind.
    """
    templates = kind_of(kind)
    values = {
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
        body = render_to_string(templates.body_template, values).strip()
    letter = Letter(
        id=uuid.uuid4(),
        subject=user.reference,
        kind=kind,
        case_ref=case,
        subject_line=subject_line[:200],
        written_at=now,
        mail_due_at=now,
    )
    try:
        letter.sealed = encrypt(user.reference, letter.encryption_context, body.encode())
    except KeyDestroyedError:
        return None
    letter.save(force_insert=True)
    append(
        LETTER_WRITTEN,
        actor=machine("inbox"),
        subject=user.reference,
        now=now,
        payload={"case": case or None, "kind": kind, "letter": str(letter.pk)},
    )
    enqueue("inbox.mail_letter", str(letter.pk))
    return letter
