"""What the workloads log."""

from audit.registry import EventType, register

_COUNTS = {"lines": int, "kept": int, "known": int, "set_aside": int}

BATCH_INGESTED = register(
    EventType(
        "workloads.batch.ingested",
        1,
        "{actor} brought in a batch of the platform's records: {kept} new, {set_aside} set aside",
        {"ingest": str, "batch": int, **_COUNTS},
    )
)
STREAM_INGESTED = register(
    EventType(
        "workloads.stream.ingested",
        1,
        "{actor} brought in the platform's records: {lines} lines, {kept} new, {set_aside} set aside",
        {"ingest": str, "batches": int, "digest": str, **_COUNTS},
    )
)
TOKEN_MADE = register(
    EventType(
        "workloads.token.made",
        1,
        "{actor} made a service token",
        {"token": str, "name": str, "scopes": list, "expires": str},
    )
)
TOKEN_REVOKED = register(
    EventType("workloads.token.revoked", 1, "{actor} revoked a service token", {"token": str, "name": str})
)
SUMS_SHOWN = register(EventType("workloads.sums.shown", 1, "{actor} looked at sums by day of a person's workloads"))
