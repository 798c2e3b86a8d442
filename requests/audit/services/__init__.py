"""Every write to the log."""

from .append import append as append
from .ask_export import ask_export as ask_export
from .deliver_checkpoints import deliver_checkpoints as deliver_checkpoints
from .estimate_export import Estimate as Estimate
from .estimate_export import estimate as estimate
from .heartbeat import write_heartbeat as write_heartbeat
from .journal import publish_erasures as publish_erasures
from .journal import published_erasures as published_erasures
from .move_export import cancel_export as cancel_export
from .move_export import pause_export as pause_export
from .move_export import resume_export as resume_export
from .note_differences import note_differences as note_differences
from .open_archive import open_archive as open_archive
from .partitions import ensure_partitions as ensure_partitions
from .publish_log import publish_log as publish_log
from .reader_tokens import make_reader_token as make_reader_token
from .reader_tokens import note_token_used as note_token_used
from .reader_tokens import revoke_reader_token as revoke_reader_token
from .record_verify import verify_and_record as verify_and_record
from .sequence import sequence as sequence
from .shred import replay_shreds as replay_shreds
from .shred import resume_shreds as resume_shreds
from .shred import shred_subject as shred_subject
from .verify import verify as verify
