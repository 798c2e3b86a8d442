"""A version of the policy, and an announcement, as pages show them."""

from datetime import datetime
from typing import Any

from accounts.identity.models import User
from accounts.inbox.models import MailState
from accounts.inbox.services import render_letter
from core import db

from .markdown import differences, render
from .models import Announcement, PolicyVersion
from .services import letter_context, letter_kind

_TONES = {MailState.SENT: "success", MailState.FAILED: "danger"}


def version_context(version: PolicyVersion, language: str) -> dict[str, Any]:
    """Return the text of a version in a language as HTML, and by what it differs from the one before."""
    before = PolicyVersion.objects.published().filter(effective_on__lt=version.effective_on).first()
    text = version.text(language)
    return {
        "html": render(text),
        "language": language if text == version.text_ar else "en",
        "before": before,
        "changes": list(differences(before.text(language), text)) if before else [],
    }


def letter_previews(announcement: Announcement, reader: User, now: datetime) -> list[tuple[str, str, str]]:
    """Return language, subject line and text of its letter to this reader, in both languages."""
    found = []
    for language in ("en", "ar"):
        person = User(username=reader.username, language=language, time_zone=reader.time_zone)
        context, kind = letter_context(announcement, language, now), letter_kind(announcement)
        found.append((language, *render_letter(person, kind, context, now=now, case=announcement.case)))
    return found


def sending_context(announcement: Announcement) -> dict[str, Any]:
    """Return how far it is sent: its letters by the state of their mail, and whether to look again soon."""
    counts, opened = {}, 0
    if announcement.released_at:
        for state, letters, read in db.select_rows("SELECT * FROM terms_letter_states(%s)", [announcement.pk]):
            counts[state], opened = letters, opened + read
    return {
        "announcement": announcement,
        "states": [(state.label, counts.get(state, 0), _TONES.get(state, "")) for state in MailState],
        "opened": opened,
        "value": sum(counts.values()) - counts.get(MailState.WAITING, 0),
        "max": sum(counts.values()),
        "is_polled": bool(announcement.released_at)
        and (announcement.finished_at is None or bool(counts.get(MailState.WAITING))),
    }


def letter_rows(announcement: Announcement, after: str, size: int) -> tuple[list[dict[str, Any]], str]:
    """Return letters after a recipient's reference, and the last of these references where there are more."""
    found = db.select_rows("SELECT * FROM terms_letters(%s, %s, %s)", [announcement.pk, after, size + 1])
    shown = found[:size]
    names = dict(User.objects.filter(reference__in=[row[0] for row in shown]).values_list("reference", "username"))
    labels = dict(MailState.choices)
    rows = [
        {
            "name": names.get(subject, ""),
            "written_at": at,
            "state": labels[state],
            "tone": _TONES.get(MailState(state), ""),
            "read_at": read,
        }
        for subject, at, state, read in shown
    ]
    return rows, shown[-1][0] if len(found) > size else ""
