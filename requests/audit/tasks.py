"""What the worker does for the log."""

from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import pending, publication, sides
from .actors import machine
from .errors import TamperedError
from .services import (
    ask_scheduled,
    count_checkpoints,
    deliver_checkpoints,
    deliver_scheduled,
    ensure_partitions,
    expire_exports,
    publish_erasures,
    resume_shreds,
    run_export,
    sequence,
    sweep_exports,
    verify_and_record,
    write_heartbeat,
)

_log = structlog.get_logger(__name__)


@shared_task(name="audit.sequence")
def sequence_pending() -> None:
    """Take what is pending into the tree and sign the head; not where the database is behind what was published."""
    with sides.acting("sequencer"):
        try:
            # What is only missing is said where it is put back: not here, each second.
            publication.compare(publication.read_published(local=True))
        except TamperedError as error:
            _log.critical("sequencing_refused", difference=str(error))
            return
        sequence(timezone.now())
        for sentence in pending.list_faults():
            _log.critical("pending_row_refused", difference=sentence)


@shared_task(name="audit.deliver")
def deliver() -> None:
    """Bring signed checkpoints to the places outside the database that are due."""
    with sides.acting("sequencer"):
        deliver_checkpoints(timezone.now(), clock=timezone.now)


@shared_task(name="audit.heartbeat")
def heartbeat() -> None:
    """Write the minute's line, and the hour's count of checkpoints."""
    now = timezone.now()
    with sides.acting("sequencer"):
        write_heartbeat(now)
        count_checkpoints(now)


@shared_task(name="audit.partitions")
def make_partitions() -> None:
    """Keep partitions ahead of the calendar."""
    with sides.acting("sequencer"):
        ensure_partitions(timezone.now())


@shared_task(name="audit.erasures")
def tell_erasures() -> None:
    """Tell outside which people were erased since the last time."""
    with sides.acting("worker"):
        publish_erasures()


@shared_task(name="audit.verify", time_limit=6 * 3600)
def verify_daily() -> None:
    """Read the whole log again and write down what was found."""
    with sides.acting("sequencer"):
        try:
            found = verify_and_record(actor=machine("worker"), clock=timezone.now)
        except TamperedError as error:
            _log.error("log_differed", place=error.place, difference=error.difference)
            return
    if found.apart and settings.IS_PRODUCTION:
        _log.error("entries_written_at_another_time", entries=found.apart, first=str(found.first_apart))


@shared_task(name="audit.export")
def export_log(export_id: str) -> None:
    """Write what is missing of one export, unless another worker does or there is nothing to do."""
    with sides.acting("worker"):
        run_export(UUID(export_id), clock=timezone.now)


@shared_task(name="audit.sweep_exports")
def sweep() -> None:
    """Ring again for exports that are due, and remove what has had its time."""
    with sides.acting("worker"):
        sweep_exports(now=timezone.now())
        expire_exports(now=timezone.now())


@shared_task(name="audit.schedules", time_limit=6 * 3600)
def run_schedules() -> None:
    """Ask for the scheduled exports that are due, and store those that are made."""
    with sides.acting("worker"):
        ask_scheduled(now=timezone.now())
        deliver_scheduled(now=timezone.now())


@shared_task(name="audit.resume_shreds")
def resume_erasures() -> None:
    """Finish erasures that a crash left half done."""
    with sides.acting("worker"):
        if finished := resume_shreds(actor=machine("worker"), now=timezone.now()):
            _log.warning("erasures_resumed", finished=finished)
