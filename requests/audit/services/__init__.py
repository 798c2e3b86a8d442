"""Every write to the log."""

from .append import append as append
from .partitions import ensure_partitions as ensure_partitions
