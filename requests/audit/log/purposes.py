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


#: what a machine may read for although a data category is restricted (GDPR 18(2)): storing needs no reading
DESPITE_RESTRICTION = (ReadPurpose.RIGHT, ReadPurpose.LAW)

#: entry by which a machine reads restricted data → what its first version, which names no purpose, was always for
MACHINE_READS: Mapping[str, ReadPurpose] = {
    "rights.step.started": ReadPurpose.RIGHT,
    "inbox.letter.posted": ReadPurpose.OPERATING,
    "workloads.order.handed_out": ReadPurpose.RIGHT,
    "connections.token.handed_out": ReadPurpose.OPERATING,
    "connections.grant.checked": ReadPurpose.OPERATING,
}
#: entry whose payload does not name the data category as its `holding` → that category
CATEGORY_READ: Mapping[str, str] = {
    "inbox.letter.posted": "inbox.letters",
    "connections.token.handed_out": "connections.grants",
    "connections.grant.checked": "connections.grants",
}
