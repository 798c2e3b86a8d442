"""What the worker does for the log."""

from celery import shared_task
from django.utils import timezone

from . import sides
from .services import ensure_partitions, publish_erasures, sequence, write_heartbeat


@shared_task(name="audit.sequence")
def sequence_pending() -> None:
    """Take what is pending into the tree and sign the head."""
    with sides.acting("sequencer"):
        sequence(timezone.now())


@shared_task(name="audit.heartbeat")
def heartbeat() -> None:
    """Write the minute's line."""
    with sides.acting("sequencer"):
        write_heartbeat(timezone.now())


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
