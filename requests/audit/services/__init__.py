"""Every write to the log."""

from .append import append as append
from .heartbeat import write_heartbeat as write_heartbeat
from .partitions import ensure_partitions as ensure_partitions
from .sequence import sequence as sequence
from .verify import verify as verify
