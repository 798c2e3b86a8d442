"""What the register writes to the log: a processor goes by the name that only the office chooses for it."""

from audit.log.event_types import declare

PROCESSOR_ADDED = declare(
    "terms.processor.added", "{actor} entered {processor} in the register of processors", {"processor": str}
)
PROCESSOR_CHANGED = declare(
    "terms.processor.changed",
    "{actor} changed what the register of processors says of {processor}",
    {"processor": str, "fields": list},
)
PROCESSOR_REVIEWED = declare(
    "terms.processor.reviewed",
    "{actor} recorded a review of the processor {processor}; the next is due on {next}",
    {"processor": str, "on": str, "next": str},
)
PROCESSOR_ENDED = declare(
    "terms.processor.ended", "{actor} recorded that {processor} is no longer a processor", {"processor": str}
)
RETENTION_MEASURED = declare(
    "terms.retention.measured",
    "After the sweep, records past the rule of {category}: {past}; on hold: {held}; removed: {removed}",
    {"category": str, "past": int, "held": int, "removed": int},
)
