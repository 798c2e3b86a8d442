"""Open a finished archive for a download, after the line that says so."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from audit import sides
from audit.actors import Actor
from audit.errors import ExportStateError
from audit.events import EXPORT_DOWNLOADED
from audit.models import Export
from vault.streams import DecryptingReader

from .append import append
from .export_files import ExportFiles


def open_archive(
    export: Export, *, actor: Actor, now: datetime, first: int = 0, last: int | None = None
) -> tuple[DecryptingReader, int]:
    """Return a reader over the archive, which gives any range of it (`read_range`), and its size in bytes.

    `first` and `last` (included) are the bytes that were asked for, for the log. Commits the line before anything
    is opened; close the reader, or use it as a context. Raises ExportStateError when it is not offered (any more).
    """
    with sides.atomic():
        offered = Export.objects.filter(pk=export.pk, state="finished", expires_at__gt=now)
        if not offered.update(downloads=F("downloads") + 1):
            raise ExportStateError("state", _("This export cannot be downloaded, or not any more. Ask for a new one."))
        export = offered.get()
        size = export.archive_size or 0
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
