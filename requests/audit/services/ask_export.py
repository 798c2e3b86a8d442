"""Ask for an export: the row and its line in the log, then the worker's bell."""

from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from audit import sides
from audit.actors import Actor
from audit.errors import ExportRefusedError
from audit.events import EXPORT_REQUESTED
from audit.filters import Filter
from audit.models import COMPRESSIONS, Export
from vault.services import seal_secret
from vault.streams import new_file_key

from .append import append
from .estimate_export import estimate
from .export_bell import BELL_LASTS, ring_export


def ask_export(
    wanted: Filter,
    *,
    actor: Actor,
    now: datetime,
    disclose_staff: bool = False,
    disclose_subject_case: bool = False,
    compress: str = "gzip",
    ring: bool = True,
) -> Export:
    """Ask for the entries that fit `wanted`, to be written by the worker; the door has checked that `actor` may.

    `disclose_staff` adds what staff members' own keys hold (their names); `disclose_subject_case` adds what the
    subjects' keys hold, of the one case that the filter names. Without `ring` the caller runs it; the sweeper rings
    for what is left undone. Raises ExportRefusedError.
    """
    if disclose_subject_case and not wanted.case:
        raise ExportRefusedError(
            "disclose_subject_case", _("Personal details are given for one case only: name it in the filter.")
        )
    if compress not in dict(COMPRESSIONS):
        raise ExportRefusedError("compress", _("The archive is compressed with gzip or zstd."))
    expected = estimate(wanted)
    export = Export(
        id=uuid4(),
        asked_by=str(actor),
        filter=wanted.as_text(),
        disclose_staff=disclose_staff,
        disclose_subject_case=disclose_subject_case,
        compress=compress,
        estimated_entries=expected.entries,
        estimated_bytes=expected.bytes,
        estimate_is_exact=expected.exact,
        due_at=now + BELL_LASTS,
        asked_at=now,
    )
    export.sealed_key = seal_secret(export.key_context, new_file_key())
    with sides.atomic():
        export.save(force_insert=True)
        append(
            EXPORT_REQUESTED,
            actor=actor,
            subject=wanted.subject or None,
            now=now,
            payload={
                "export": str(export.pk),
                "filter": export.filter,
                "case": wanted.case or None,
                "disclose_staff": disclose_staff,
                "disclose_subject_case": disclose_subject_case,
                "compress": compress,
            },
        )
        if ring:
            ring_export(export.pk)
    return export
