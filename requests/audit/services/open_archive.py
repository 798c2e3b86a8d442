"""Open a finished archive for a download, after the line that says so."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from audit import ids, sides
from audit.actors import Actor
from audit.errors import ExportStateError
from audit.events import EXPORT_DOWNLOADED
from audit.lines import line_of
from audit.models import Entry, Export
from vault.streams import DecryptingReader

from .append import append
from .export_files import ExportFiles

#: a range that is asked for within this time after a download began belongs to it
RESUMES_FOR = timedelta(hours=1)


def recent_download(export: Export, actor: Actor, now: datetime) -> Entry | None:
    """Return the entry of this actor's newest download of the archive, None where it began too long ago to go on."""
    begun = Entry.objects.filter(
        actor=str(actor), event=EXPORT_DOWNLOADED.name, id__gte=ids.first_from(now - RESUMES_FOR), time__lte=now
    )
    wanted = str(export.pk)
    return next((entry for entry in begun.order_by("-id") if line_of(entry).payload.get("export") == wanted), None)


def open_archive(
    export: Export, *, actor: Actor, now: datetime, first: int = 0, last: int | None = None, partial: bool = False
) -> tuple[DecryptingReader, int]:
    """Return a reader over the archive, which gives any range of it (`read_range`), and its size in bytes.

    `first` and `last` (included) are the bytes that were asked for, for the log. A `partial` request belongs to the
    actor's recent download, where there is one: a download is counted and logged once, however many ranges it takes.
    Commits the line before anything is opened; close the reader, or use it as a context. Raises ExportStateError when
    it is not offered (any more).
    """
    with sides.atomic():
        # Ranges that are asked for at once wait here for each other: one of them begins the download.
        held = Export.objects.select_for_update().filter(pk=export.pk, state="finished", expires_at__gt=now).first()
        if held is None:
            raise ExportStateError("state", _("This export cannot be downloaded, or not any more. Ask for a new one."))
        export, size = held, held.archive_size or 0
        if partial and recent_download(export, actor, now) is not None:
            return ExportFiles(export).open(export.stored_name), size
        Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
        append(
            EXPORT_DOWNLOADED,
            actor=actor,
            subject=None,
            now=now,
            payload={
                "export": str(export.pk),
                "case": export.wanted.case or None,
                "first": first,
                "last": size - 1 if last is None else last,
            },
        )
    return ExportFiles(export).open(export.stored_name), size
