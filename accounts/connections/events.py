"""What the connections log."""

from audit.registry import EventType, register

AUTOMATIONS_SHOWN = register(
    EventType(
        "connections.automations.shown",
        1,
        "{actor} opened their own list of automations",
        {"count": int},
        opens=True,
    )
)
SUMS_SHOWN = register(
    EventType("connections.sums.shown", 1, "{actor} looked at counts by day of a person's automations")
)
