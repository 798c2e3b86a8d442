"""Write a version of the policy, have somebody else publish it; the first one may be imported."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.terms.errors import PolicyError
from accounts.terms.events import (
    POLICY_CHANGED,
    POLICY_DISCARDED,
    POLICY_DRAFTED,
    POLICY_IMPORTED,
    POLICY_PUBLISHED,
)
from accounts.terms.markdown import headings, paragraphs
from accounts.terms.models import PolicyVersion
from accounts.terms.services.announcements import announce_version
from accounts.terms.services.drafts import Drafts
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from core import db

#: what is written in a version
FACTS = ("effective_on", "must_accept", "text_en", "text_ar", "summary_en", "summary_ar")
#: characters of a text; the policy of March 2026 has a tenth
MOST_TEXT = 100_000
#: comparing two texts takes longer by the square of it where paragraphs are alike
MOST_PARAGRAPHS = 1_000


def import_first_version(
    text_en: str, text_ar: str, *, effective_on: date, summary_en: str, summary_ar: str, now: datetime
) -> PolicyVersion:
    """Publish the first version, which may be in force already, by a command at the server. Raises PolicyError."""
    with db.atomic():
        if PolicyVersion.objects.published().exists():
            raise PolicyError(
                "", _("There is a published version: a later one is written and published by two people.")
            )
        _check_text("text_en", text_en)
        facts = {"text_en": text_en, "text_ar": text_ar, "summary_en": summary_en, "summary_ar": summary_ar}
        version = PolicyVersion(effective_on=effective_on, writers=[], written_at=now, **facts)
        _publish(version, "", now)
        _record(POLICY_IMPORTED, version, machine("console"), now)
    return version


def _check(facts: Mapping[str, Any], now: datetime) -> None:
    if facts["effective_on"] <= now.date():
        raise PolicyError("effective_on", _("The day must be in the future: people are told before."))
    for name in ("text_en", "text_ar"):
        _check_text(name, facts[name])
    for name in ("summary_en", "summary_ar"):
        if not facts[name].strip():
            raise PolicyError(name, _("Say what is new."))


def _check_text(name: str, text: str) -> None:
    if len(text) > MOST_TEXT:
        raise PolicyError(name, _("It has more than %(most)d characters.") % {"most": MOST_TEXT})
    if len(paragraphs(text)) > MOST_PARAGRAPHS:
        raise PolicyError(name, _("It has more than %(most)d paragraphs.") % {"most": MOST_PARAGRAPHS})
    if not headings(text):
        raise PolicyError(name, _("It has no heading: a line that begins with # is one."))


def _publish(version: PolicyVersion, by: str, now: datetime) -> None:
    db.select_rows("SELECT pg_advisory_xact_lock(hashtextextended('policy', 0))")  # of two of one day, the first one
    others = PolicyVersion.objects.published().exclude(pk=version.pk)
    if others.filter(effective_on=version.effective_on).exists():
        raise PolicyError("effective_on", _("Another version takes effect on this day."))
    version.published_at, version.published_by = now, by
    version.save()
    announce_version(version, now=now)


def _record(event: EventType, version: PolicyVersion, actor: Actor, now: datetime) -> None:
    digest = sha256(f"{version.text_en}\0{version.text_ar}".encode()).hexdigest()
    payload = {"version": str(version.pk), "effective_on": version.effective_on.isoformat(), "digest": digest}
    append(event, actor=actor, subject=None, now=now, payload=payload)


_DRAFTS = Drafts(
    PolicyVersion,
    FACTS,
    PolicyError,
    _check,
    _record,
    POLICY_DRAFTED,
    POLICY_CHANGED,
    POLICY_DISCARDED,
    is_out=gettext_lazy("This version is published, and stays as it is."),
    is_own=gettext_lazy("You wrote in this version; somebody else publishes it."),
)
write_version, change_version, discard_version = _DRAFTS.write, _DRAFTS.change, _DRAFTS.discard


def publish_version(version_id: UUID, *, actor: User, now: datetime, read: str) -> PolicyVersion:
    """Publish a draft that others wrote, in the state that was read; it takes effect on its day. Raises PolicyError."""
    with db.atomic():
        version = _DRAFTS.lock_to_let_out(version_id, actor=actor, read=read)
        _check({name: getattr(version, name) for name in FACTS}, now)
        _publish(version, actor.reference, now)
        _record(POLICY_PUBLISHED, version, actor_of(actor), now)
    return version
