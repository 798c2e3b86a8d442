"""Run an export, whatever happened to it before: segment by segment, then the archive."""

import errno
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import structlog
from django.db import DatabaseError

from audit.errors import CannotCheckError
from audit.log.events import EXPORT_FAILED
from core import db
from core.errors import DecryptionError
from core.leases import MAX_ATTEMPTS, Clock, Lease, LeaseLostError, take_lease

from .bundle.frames import unpack
from .disclosures import DisclosureDecryptor
from .files import ExportFiles
from .finish import finish_export
from .log_export import log_export
from .models import Export, ExportSegment
from .plan import ExportFailedError, pin_export, segments_of
from .segments import Digests, SegmentWriter, Written
from .states import ExportError, ExportState

_log = structlog.get_logger(__name__)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: the packages whose errors are a bucket's; importing them to name a class would cost an office without one 11 MB
_BUCKET_CLIENT = {"botocore", "boto3", "s3transfer"}
#: errors after which a later attempt may succeed by itself
_TRANSIENT = {ExportError.DATABASE, ExportError.INTERNAL}
Progress = Callable[[Export], None]


def take_export(export_id: UUID, *, clock: Clock) -> Lease[Export] | None:
    """Lease an export; None when it is not to be had."""
    export = Export.objects.filter(pk=export_id).first()
    if export is None:
        return None
    with db.atomic(durable=True):
        return take_lease(export, clock, started_at=export.started_at or clock(), error="")


def run_export(export_id: UUID, *, clock: Clock, report: Progress = lambda _export: None) -> bool:
    """Lease the export and write what is missing of it; True when this call finished it.

    Safe to call at any time and by any number of workers. A worker that dies leaves a lease that runs out, and
    every segment that it committed. `report` is called with the export after each segment.
    """
    lease = take_export(export_id, clock=clock)
    if lease is None:
        return False
    try:
        pin_export(lease)
        files = ExportFiles(lease.row)
        written, digests = _load_written(lease, files)
        decryptor = DisclosureDecryptor(lease.row, clock)
        report(lease.row)
        for segment in segments_of(lease.row, len(written)):
            grown = digests.copy()
            stored = SegmentWriter(lease.row, segment, grown, decryptor).save(files, lease.storing)
            written.append(_commit(lease, segment.number, stored))
            digests = grown
            report(lease.row)
        finish_export(lease, written, digests, files)
    except LeaseLostError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever it was, the row says so
        with suppress(LeaseLostError):
            _fail(lease, error)
        return False
    return True


def _load_written(lease: Lease[Export], files: ExportFiles) -> tuple[list[ExportSegment], Digests]:
    """Return the segments that earlier attempts wrote and that still open, and the digests of their contents."""
    kept: list[ExportSegment] = []
    digests = Digests()
    for segment in ExportSegment.objects.filter(export=lease.row).order_by("number"):
        if segment.number != len(kept):
            break
        grown = digests.copy()
        try:
            with files.open(segment.stored_name) as reader:
                start = 0
                for (packed, _), digest in zip(segment.sizes, grown.all(), strict=True):
                    for chunk in unpack(lease.row.compress, reader.read_range(start, start + packed)):
                        digest.update(chunk)
                        lease.heartbeat()
                    start += packed
        except (OSError, ValueError, DecryptionError):
            break  # it is written again, and all after it
        digests = grown
        kept.append(segment)
    done = sum(segment.entries for segment in kept)
    lease.hold(
        done=done,
        disclosures=sum(segment.disclosures for segment in kept),
        disclosures_missing=sum(segment.disclosures_missing for segment in kept),
    )
    return kept, digests


def _commit(lease: Lease[Export], number: int, written: Written) -> ExportSegment:
    export = lease.row
    with db.atomic():
        segment, _ = ExportSegment.objects.update_or_create(
            export=export,
            number=number,
            defaults={
                "entries": written.entries,
                "disclosures": written.disclosures,
                "disclosures_missing": written.missing,
                "sizes": written.sizes,
                "stored_name": written.name,
            },
        )
        lease.progressed(
            done=export.done + written.entries,
            disclosures=export.disclosures + written.disclosures,
            disclosures_missing=export.disclosures_missing + written.missing,
        )
    return segment


def code_of(error: Exception) -> ExportError:
    """Return what an error means for an export."""
    if isinstance(error, ExportFailedError):
        return error.code
    if isinstance(error, CannotCheckError):
        return ExportError.NO_KEY
    if isinstance(error, OSError):
        return ExportError.NO_ROOM if error.errno in _NO_ROOM else ExportError.STORAGE
    if any(kind.__module__.partition(".")[0] in _BUCKET_CLIENT for kind in type(error).__mro__):
        return ExportError.STORAGE
    return ExportError.DATABASE if isinstance(error, DatabaseError) else ExportError.INTERNAL


def _fail(lease: Lease[Export], error: Exception) -> None:
    """Store the failure: after a transient one the sweep tries again, after others a person must resume."""
    code, now = code_of(error), lease.clock()
    # The exception's text may hold what is personal; its class says enough.
    _log.warning("export_failed", export=str(lease.row.pk), error=type(error).__name__, code=code.value)
    final = code not in _TRANSIENT or lease.row.tries >= MAX_ATTEMPTS
    with db.atomic():
        lease.release(
            state=ExportState.FAILED if final else ExportState.ASKED,
            error=code,
            finished_at=now if final else None,
            due_at=now + lease.row.back_off,
        )
        if final:
            log_export(EXPORT_FAILED, lease.row, now=now, outcome="failed", error=code.value)
