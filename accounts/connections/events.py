"""What the connections write to the log."""

from audit.log.event_types import declare

AUTOMATIONS_SHOWN = declare(
    "connections.automations.shown",
    "{actor} opened their own list of automations",
    {"count": int},
    authorises_decryption=True,
)
RECORDS_EXPIRED = declare(
    "connections.records.expired",
    "{actor} removed {count} records of the stream {stream} that were past their {days} days",
    {"stream": str, "days": int, "count": int},
    is_routine=True,
)
SUMS_SHOWN = declare("connections.sums.shown", "{actor} looked at counts by day of a person's automations")
