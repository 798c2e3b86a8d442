"""What the log says about itself."""

from .registry import EventType, register

HEARTBEAT_WRITTEN = register(
    EventType("audit.heartbeat.written", 1, "The log is alive: {pending} entries were waiting", {"pending": int})
)
LOG_VERIFIED = register(
    EventType(
        "audit.log.verified", 1, "The log was read again: {entries} entries agree", {"entries": int, "checkpoint": int}
    )
)
GUARDS_DIFFERED = register(
    EventType("audit.guards.differed", 1, "A guard of the log is not as declared: {difference}", {"difference": str})
)
