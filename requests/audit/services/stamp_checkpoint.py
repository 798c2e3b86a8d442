"""Have an authority put its time under a checkpoint."""

from datetime import datetime

from audit.models import Checkpoint, TimeStamp
from audit.stamps import Authority


def stamp_checkpoint(authority: Authority, checkpoint: Checkpoint, now: datetime) -> None:  # noqa: ARG001  its clock counts
    """Store the authority's verified answer over the stored note; raises DeliveryError with a sentence."""
    stamped_at, response = authority.stamp(checkpoint.note.encode())
    row = TimeStamp(size=checkpoint.size, stamped_at=stamped_at, response=response)
    TimeStamp.objects.bulk_create([row], ignore_conflicts=True)
