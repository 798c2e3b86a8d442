"""What machines may read restricted data for: a closed list. Plain Python."""

from collections.abc import Mapping
from enum import StrEnum


class ReadPurpose(StrEnum):
    """Why a machine reads restricted data; the payload of its entry says which."""

    OPERATING = "operating"
    BILLING = "billing"
    MONITORING = "monitoring"
    SUPPORT = "support"
    RIGHT = "right"
    LAW = "law"


#: entry by which a machine reads restricted data → what its first version, which names no purpose, was always for
MACHINE_READS: Mapping[str, ReadPurpose] = {
    "rights.step.started": ReadPurpose.RIGHT,
    "inbox.letter.posted": ReadPurpose.OPERATING,
    "workloads.order.handed_out": ReadPurpose.RIGHT,
}
