"""Run an export, whatever happened to it before: segment by segment, then the archive."""

import errno
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError

from audit import sides
from audit.bundle.frames import unpack
from audit.errors import CannotCheckError
from audit.events import EXPORT_FAILED
from audit.export_states import MAX_ATTEMPTS, ExportError, ExportState
from audit.models import Export, ExportSegment
from vault.errors import SealBrokenError

from .append import append
from .export_disclosures import Opener
from .export_files import ExportFiles
from .export_lease import ACTOR, Clock, ExportLease, ExportLeaseLostError, take_export
from .finish_export import finish_export
from .plan_export import ExportFailedError, pin_export, stretches
from .write_segment import Digests, SegmentWriter, Written

_log = structlog.get_logger(__name__)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: the packages whose errors are a bucket's; importing them to name a class would cost an office without one 11 MB
_BUCKET_CLIENT = {"botocore", "boto3", "s3transfer"}
#: what a later attempt may well get past by itself
_PASSING = {ExportError.DATABASE, ExportError.INTERNAL}
Told = Callable[[Export], None]


def run_export(export_id: UUID, *, clock: Clock, told: Told = lambda _export: None) -> bool:
    """Lease the export and write what is missing of it; True when this call finished it.

    Safe to call at any time and by any number of workers. A worker that dies leaves a lease that runs out, and
    every segment that it committed. `told` is called with the export after each segment.
    """
    lease = take_export(export_id, clock=clock)
    if lease is None:
        return False
    try:
        pin_export(lease)
        files = ExportFiles(lease.export)
        segments, digests = _kept(lease, files)
        opener = Opener(lease.export, clock)
        told(lease.export)
        for stretch in stretches(lease.export, len(segments)):
            grown = digests.copy()
            written = SegmentWriter(lease.export, stretch, grown, opener).save(files, lease.storing)
            segments.append(_commit(lease, stretch.number, written))
            digests = grown
            told(lease.export)
        finish_export(lease, segments, digests, files)
    except ExportLeaseLostError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever it was, the row says so
        _fail(lease, error)
        return False
    return True


def _kept(lease: ExportLease, files: ExportFiles) -> tuple[list[ExportSegment], Digests]:
    """Return the segments that earlier attempts wrote and that still open, and the digests of their contents."""
    kept: list[ExportSegment] = []
    digests = Digests()
    for segment in ExportSegment.objects.filter(export=lease.export).order_by("number"):
        if segment.number != len(kept):
            break
        grown = digests.copy()
        try:
            with files.open(segment.stored_name) as reader:
                start = 0
                for (packed, _), digest in zip(segment.sizes, grown.all(), strict=True):
                    for chunk in unpack(lease.export.compress, reader.read_range(start, start + packed)):
                        digest.update(chunk)
                        lease.beat()
                    start += packed
        except (OSError, ValueError, SealBrokenError):
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


def _commit(lease: ExportLease, number: int, written: Written) -> ExportSegment:
    export = lease.export
    with sides.atomic():
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


def _fail(lease: ExportLease, error: Exception) -> None:
    """Note the failure: one that may pass is tried again by itself, the others wait for somebody to resume."""
    code, now = code_of(error), lease.clock()
    # The exception's text may hold what is personal; its class says enough.
    _log.warning("export_failed", export=str(lease.export.pk), error=type(error).__name__, code=code.value)
    tried = lease.attempt - (lease.export.attempts_allowed - MAX_ATTEMPTS)
    final = code not in _PASSING or tried >= MAX_ATTEMPTS
    with sides.atomic():
        changed = Export.objects.filter(pk=lease.export.pk, attempts=lease.attempt, state=ExportState.RUNNING).update(
            state=ExportState.FAILED if final else ExportState.ASKED,
            error=code.value,
            lease_until=None,
            finished_at=now if final else None,
            due_at=now + timedelta(seconds=5 * 2**tried),
        )
        if changed and final:
            log_failed(lease.export, code, now=now)


def log_failed(export: Export, code: ExportError, *, now: datetime) -> None:
    """Append the line that says that an export failed."""
    append(
        EXPORT_FAILED,
        actor=ACTOR,
        subject=None,
        now=now,
        payload={"export": str(export.pk), "error": code.value},
        outcome="failed",
    )
