"""Celery tasks of the log."""

from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core import db

from .erasure.crypto_shred import resume_crypto_shreds
from .erasure.journal import publish_erasures
from .errors import TamperedError
from .exports.run import run_export
from .exports.run_schedules import deliver_scheduled, request_scheduled
from .exports.sweep import expire_exports, sweep_exports
from .log.actors import machine
from .log.heartbeat import write_heartbeat
from .log.partitions import ensure_partitions
from .publishing import published
from .publishing.deliveries import deliver_checkpoints
from .sequencer import pending
from .sequencer.count_checkpoints import count_checkpoints
from .sequencer.sequence import sequence
from .verification.verify import verify_and_record

_log = structlog.get_logger(__name__)


@shared_task(name="audit.sequence")
def sequence_pending() -> None:
    """Sequence and sign pending entries, unless the database is behind what was published."""
    with db.use_role("sequencer"):
        try:
            # Missing copies are logged when they are put back, not here every second.
            published.compare(published.read_published(local=True))
        except TamperedError as error:
            _log.critical("sequencing_refused", difference=str(error))
            return
        sequence(timezone.now())
        for sentence in pending.list_faults():
            _log.critical("pending_row_refused", difference=sentence)


@shared_task(name="audit.deliver")
def deliver() -> None:
    """Deliver signed checkpoints to the destinations that are due."""
    with db.use_role("sequencer"):
        deliver_checkpoints(timezone.now(), clock=timezone.now)


@shared_task(name="audit.heartbeat")
def heartbeat() -> None:
    """Append the heartbeat, and once an hour the count of checkpoints."""
    now = timezone.now()
    with db.use_role("sequencer"):
        write_heartbeat(now)
        count_checkpoints(now)


@shared_task(name="audit.partitions")
def make_partitions() -> None:
    """Create partitions ahead of time."""
    with db.use_role("sequencer"):
        ensure_partitions(timezone.now())


@shared_task(name="audit.erasures")
def publish_erasure_journal() -> None:
    """Add new erasures to the journal outside the database."""
    with db.use_role("worker"):
        publish_erasures(now=timezone.now())


@shared_task(name="audit.verify", time_limit=6 * 3600)
def verify_daily() -> None:
    """Verify the whole log and log the result."""
    with db.use_role("sequencer"):
        try:
            found = verify_and_record(actor=machine("worker"), clock=timezone.now)
        except TamperedError as error:
            _log.error("log_differed", place=error.location, difference=error.difference)
            return
    for sentence in found.missing:
        _log.error("log_not_compared", reason=sentence)
    if found.misdated and settings.IS_PRODUCTION:
        _log.error("entries_written_at_another_time", entries=found.misdated, first=str(found.first_misdated))


@shared_task(name="audit.export")
def export_log(export_id: str) -> None:
    """Write what is missing of one export, unless another worker holds its lease."""
    with db.use_role("worker"):
        run_export(UUID(export_id), clock=timezone.now)


@shared_task(name="audit.sweep_exports")
def sweep() -> None:
    """Enqueue exports that are due again, and remove expired ones."""
    with db.use_role("worker"):
        sweep_exports(now=timezone.now())
        expire_exports(now=timezone.now())


@shared_task(name="audit.schedules", time_limit=6 * 3600)
def run_schedules() -> None:
    """Request the scheduled exports that are due, and store the finished ones."""
    with db.use_role("worker"):
        request_scheduled(now=timezone.now())
        deliver_scheduled(now=timezone.now())


@shared_task(name="audit.resume_shreds")
def resume_erasures() -> None:
    """Finish erasures that a crash interrupted."""
    with db.use_role("worker"):
        if finished := resume_crypto_shreds(actor=machine("worker"), now=timezone.now()):
            _log.warning("erasures_resumed", finished=finished)
