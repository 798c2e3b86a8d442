"""What the connections write to the log."""

from audit.log.event_types import declare

AUTOMATIONS_SHOWN = declare(
    "connections.automations.shown",
    1,
    "{actor} opened their own list of automations",
    {"count": int},
    authorises_decryption=True,
)
SUMS_SHOWN = declare("connections.sums.shown", 1, "{actor} looked at counts by day of a person's automations")
