"""Write an announcement, have somebody else release it, and have the worker write it to each person once."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.models import Letter
from accounts.inbox.services import write_letter
from accounts.terms.errors import AnnouncementError, LettersMissingError
from accounts.terms.events import (
    ANNOUNCEMENT_CHANGED,
    ANNOUNCEMENT_DISCARDED,
    ANNOUNCEMENT_DRAFTED,
    ANNOUNCEMENT_RELEASED,
    ANNOUNCEMENT_SENT,
)
from accounts.terms.letters import ANNOUNCED, NEW_VERSION, PROCESSOR_COMES
from accounts.terms.models import (
    WRITTEN_KINDS,
    Acceptance,
    Announcement,
    AnnouncementKind,
    PolicyVersion,
    Processor,
)
from accounts.terms.services.drafts import Drafts
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.sweep_items import sweep_items
from core import db
from core.enqueue import enqueue

FACTS = ("kind", "title_en", "title_ar", "text_en", "text_ar", "apps")
#: characters of a text, and numbers of apps
MOST_TEXT, MOST_APPS = 10_000, 1000
#: letters of one transaction
BATCH = 50
#: how often somebody is looked for who has not heard of a version in force or coming: people join all the time
AGAIN = timedelta(hours=1)
_log = structlog.get_logger(__name__)


def announce_version(version: PolicyVersion, *, now: datetime) -> None:
    """Have everybody told of a version that is being published, inside that transaction."""
    announcement = Announcement(kind=AnnouncementKind.POLICY, version=version, writers=version.writers, written_at=now)
    _release(announcement, version.published_by, now)


def announce_processor(processor: Processor, effective_on: date, *, by: str, now: datetime) -> None:
    """Have everybody told of what the register says of a processor from a day on, inside the transaction of the change.

    Nobody writes a text for it, so nobody else has to release it.
    """
    kind = AnnouncementKind.PROCESSORS
    announcement = Announcement(kind=kind, processor=processor, effective_on=effective_on, writers=[by], written_at=now)
    _release(announcement, by, now)


def stop_announcing(slug: str, *, now: datetime) -> None:
    """Write no more letters about a processor: what they announce does not come."""
    Announcement.objects.filter(processor=slug, finished_at=None).update(finished_at=now, position=None)


def send_announcement(announcement_id: UUID, now: datetime) -> bool:
    """Write the letters that are missing, some in each transaction; return False while another worker does.

    One that cannot be written keeps no other. Raises LettersMissingError where there was one: the sweep tries again.
    """
    failed = 0
    while True:
        with db.atomic():
            released = Announcement.objects.filter(pk=announcement_id, released_at__isnull=False)
            locked = released.select_for_update(skip_locked=True, of=("self",))
            announcement = locked.select_related("version", "processor").first()
            if announcement is None:
                return False
            people = list(_missing(announcement).order_by("pk")[:BATCH])
            failed += sum(not _write(announcement, person, now) for person in people)
            if people:
                announcement.position = people[-1].pk
            elif failed:
                announcement.position = None
            else:
                if announcement.finished_at is None:
                    _record(ANNOUNCEMENT_SENT, announcement, machine("terms"), now)
                announcement.position, announcement.finished_at = None, now
            announcement.save(update_fields=["position", "finished_at"])
        if not people and failed:
            raise LettersMissingError(failed)
        if not people:
            return True


def sweep_announcements(*, now: datetime) -> int:
    """Send what is released and not sent; look again who has not heard of a version in force or coming."""
    return sweep_items("terms.announcements", due_announcements(now), send_announcement, now=now, batch=20)


def due_announcements(now: datetime) -> "QuerySet[Announcement, UUID]":
    """Return the ids of announcements that a worker should take up."""
    current = PolicyVersion.objects.current(now.date()).values("pk")
    again = Q(version__in=current, finished_at__lt=now - AGAIN)
    due = Announcement.objects.filter(released_at__isnull=False).filter(Q(finished_at=None) | again)
    return due.order_by("released_at").values_list("pk", flat=True)


def letter_context(announcement: Announcement, language: str, now: datetime) -> Mapping[str, Any]:
    """Return what the templates of its letter are given."""
    version, processor = announcement.version, announcement.processor
    if processor is not None:
        return {
            "processor": processor.announced(),
            "before": processor.label,
            "effective_on": announcement.effective_on,
            "is_new": processor.since_on == announcement.effective_on,
        }
    if version is None:
        return {"title": announcement.title(language), "text": announcement.text(language)}
    day = version.effective_on.isoformat()
    address = reverse("terms:policy_version", args=[day, "ar" if language == "ar" else "en"])
    return {
        "effective_on": version.effective_on,
        "is_in_force": version.effective_on <= now.date(),
        "summary": (version.summary_ar if language == "ar" else "") or version.summary_en,
        "must_accept": version.must_accept,
        "version_link": settings.OFFICE_URL.rstrip("/") + address,
    }


def letter_kind(announcement: Announcement) -> str:
    """Return the kind of its letters."""
    if announcement.processor_id:
        return PROCESSOR_COMES.name
    return (NEW_VERSION if announcement.version_id else ANNOUNCED).name


def _write(announcement: Announcement, person: User, now: datetime) -> bool:
    """Write one letter, and return whether that could be done."""
    try:
        with db.atomic():
            context = letter_context(announcement, person.language, now)
            write_letter(person, kind=letter_kind(announcement), context=context, now=now, case=announcement.case)
    except Exception as error:  # noqa: BLE001  a broken key, a template: the others get theirs
        _log.error("announcement_not_written", announcement=announcement.case, error=type(error).__name__)
        return False
    return True


def _missing(announcement: Announcement) -> QuerySet[User]:
    """Return who is still to be written to, after the last one: who has no letter, and has not accepted it already."""
    if announcement.finished_at and not announcement.version_id:
        return User.objects.none()
    letters = Letter.objects.filter(subject=OuterRef("reference"), case_ref=announcement.case)
    found = User.objects.filter(~Exists(letters), is_active=True)
    if announcement.version_id:
        found = found.filter(
            ~Exists(Acceptance.objects.filter(subject=OuterRef("reference"), version=announcement.version_id))
        )
    elif announcement.apps:
        owners = db.select_rows("SELECT terms_people_of_apps(%s)", [announcement.apps])
        found = found.filter(reference__in=[reference for (reference,) in owners])
    return found.filter(pk__gt=announcement.position) if announcement.position else found


def _check(facts: Mapping[str, Any], _now: datetime) -> None:
    if facts["kind"] not in WRITTEN_KINDS:
        raise AnnouncementError("kind", _("Such an announcement is written by itself."))
    for name in ("title_en", "title_ar", "text_en", "text_ar"):
        if not facts[name].strip():
            raise AnnouncementError(name, _("Write it in both languages: each person gets theirs."))
    for name in ("text_en", "text_ar"):
        if len(facts[name]) > MOST_TEXT:
            raise AnnouncementError(name, _("It has more than %(most)d characters.") % {"most": MOST_TEXT})
    if len(facts["apps"]) > MOST_APPS:
        raise AnnouncementError("apps", _("There are more than %(most)d apps.") % {"most": MOST_APPS})


def _release(announcement: Announcement, by: str, now: datetime) -> None:
    announcement.released_at, announcement.released_by = now, by
    announcement.save()
    enqueue("terms.send", str(announcement.pk))


def _record(event: EventType, announcement: Announcement, actor: Actor, now: datetime) -> None:
    texts = [getattr(announcement, name) for name in ("title_en", "text_en", "title_ar", "text_ar")]
    payload = {
        "announcement": str(announcement.pk),
        "kind": announcement.kind,
        "digest": sha256("\0".join(texts).encode()).hexdigest(),
    }
    append(event, actor=actor, subject=None, now=now, payload=payload)


_DRAFTS = Drafts(
    Announcement,
    FACTS,
    AnnouncementError,
    _check,
    _record,
    ANNOUNCEMENT_DRAFTED,
    ANNOUNCEMENT_CHANGED,
    ANNOUNCEMENT_DISCARDED,
    is_out=gettext_lazy("This announcement is released, and stays as it is."),
    is_own=gettext_lazy("You wrote in this announcement; somebody else releases it."),
)
write_announcement, change_announcement, discard_announcement = _DRAFTS.write, _DRAFTS.change, _DRAFTS.discard


def release_announcement(announcement_id: UUID, *, actor: User, now: datetime, read: str) -> Announcement:
    """Have a draft that others wrote sent to everybody whom it concerns, as it was read. Raises AnnouncementError."""
    with db.atomic():
        announcement = _DRAFTS.lock_to_let_out(announcement_id, actor=actor, read=read)
        _release(announcement, actor.reference, now)
        _record(ANNOUNCEMENT_RELEASED, announcement, actor_of(actor), now)
    return announcement
