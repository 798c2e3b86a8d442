"""What the log says about itself."""

from .registry import EventType, Words, register

HEARTBEAT_WRITTEN = register(
    EventType("audit.heartbeat.written", 1, "The log is alive: {pending} entries were waiting", {"pending": int})
)
CHECKPOINTS_COUNTED = register(
    EventType(
        "audit.checkpoints.counted",
        1,
        "{checkpoints} checkpoints were signed up to that of {size} entries",
        {"checkpoints": int, "size": int},
    )
)
LOG_VERIFIED = register(
    EventType(
        "audit.log.verified", 1, "The log was read again: {entries} entries agree", {"entries": int, "checkpoint": int}
    )
)
LOG_DIFFERED = register(
    EventType(
        "audit.log.differed",
        1,
        "The log was read again and does not agree: {place}: {difference}",
        {"place": Words, "difference": Words},
    )
)
GUARDS_DIFFERED = register(
    EventType("audit.guards.differed", 1, "A guard of the log is not as declared: {difference}", {"difference": Words})
)
EXPORT_REQUESTED = register(
    EventType(
        "audit.export.requested",
        1,
        "{actor} asked for an export of the log",
        {
            "export": str,
            "filter": dict,
            "case": str,
            "disclose_staff": bool,
            "disclose_subject_case": bool,
            "compress": str,
        },
    )
)
EXPORT_FINISHED = register(
    EventType(
        "audit.export.finished",
        1,
        "An export of the log was finished: {entries} entries, {disclosures} disclosures, manifest {manifest}",
        {
            "export": str,
            "case": str,
            "manifest": str,
            "entries": int,
            "disclosures": int,
            "checkpoint": int,
            "first": int,
            "end": int,
            "bytes": int,
        },
    )
)
EXPORT_FAILED = register(
    EventType("audit.export.failed", 1, "An export of the log failed: {error}", {"export": str, "error": str})
)
EXPORT_PAUSED = register(
    EventType("audit.export.paused", 1, "{actor} paused an export of the log", {"export": str, "done": int})
)
EXPORT_RESUMED = register(
    EventType("audit.export.resumed", 1, "{actor} resumed an export of the log", {"export": str, "done": int})
)
EXPORT_CANCELLED = register(
    EventType("audit.export.cancelled", 1, "{actor} cancelled an export of the log", {"export": str, "done": int})
)
EXPORT_DOWNLOADED = register(
    EventType(
        "audit.export.downloaded",
        1,
        "{actor} downloaded an export of the log",
        {"export": str, "case": str, "first": int, "last": int},
    )
)
EXPORT_EXPIRED = register(
    EventType("audit.export.expired", 1, "An export of the log was removed after its time", {"export": str})
)
EXPORT_WITHDRAWN = register(
    EventType(
        "audit.export.withdrawn",
        1,
        "An export of the log was removed, because a person whose details it held was erased",
        {"export": str},
    )
)
DISCLOSURES_OPENED = register(
    EventType(
        "audit.disclosures.opened",
        1,
        "{actor} had personal details opened for an export of the log",
        {"export": str, "case": str},
        opens=True,
    )
)
SUBJECT_SHREDDED = register(
    EventType("audit.subject.shredded", 1, "A person was erased, and their key destroyed: {ground}", {"ground": str})
)
SHRED_REFUSED = register(
    EventType("audit.shred.refused", 1, "Erasing a person was refused: {reason}", {"ground": str, "reason": str})
)
TOKEN_MADE = register(
    EventType(
        "audit.token.made",
        1,
        "{actor} made a reader token for the log, {name}: {scopes}",
        {"token": str, "name": str, "scopes": list, "expires": str},
    )
)
TOKEN_REVOKED = register(
    EventType("audit.token.revoked", 1, "{actor} revoked the reader token {name}", {"token": str, "name": str})
)
PUBLICATION_MISSING = register(
    EventType(
        "audit.publication.missing",
        1,
        "The checkpoint of {size} entries was gone from the {place} and was put there again",
        {"place": str, "size": int},
    )
)
PUBLICATION_ROLLED_BACK = register(
    EventType(
        "audit.publication.rolled_back",
        1,
        "The {place} was set back to the checkpoint of {found} entries; that of {size} was put there again",
        {"place": str, "size": int, "found": int},
    )
)
PUBLICATION_CONTRADICTED = register(
    EventType(
        "audit.publication.contradicted",
        1,
        "Somebody outside contradicts the log at {size} entries: {place}, {contradiction}",
        {"place": Words, "size": int, "contradiction": str},
    )
)
DISCLOSURE_READ = register(
    EventType(
        "audit.disclosure.read",
        1,
        "{actor} opened what is sealed in an entry of the log",
        {"entry": str, "holder": str, "case": str},
        {"reason": "actor"},
        opens=True,
    )
)
DISCLOSURE_REFUSED = register(
    EventType(
        "audit.disclosure.refused",
        1,
        "{actor} was refused to open what is sealed in an entry of the log: {rule}",
        {"entry": str, "holder": str, "case": str, "rule": str},
        {"reason": "actor"},
    )
)
KEY_ROTATED = register(
    EventType(
        "audit.key.rotated",
        1,
        "The log's signing key changes, {phase}: from {old} to {new}",
        {"phase": str, "old": str, "new": str},
    )
)
SCHEDULE_MADE = register(
    EventType(
        "audit.schedule.made",
        1,
        "{actor} scheduled an export of the log, {name}",
        {"schedule": str, "name": str, "every": str, "place": str, "filter": dict, "compress": str},
    )
)
SCHEDULE_ENDED = register(
    EventType("audit.schedule.ended", 1, "{actor} ended the scheduled export {name}", {"schedule": str, "name": str})
)
EXPORT_DELIVERED = register(
    EventType(
        "audit.export.delivered",
        1,
        "A scheduled export of the log was stored as {file}",
        {"export": str, "schedule": str, "file": str, "until": str},
    )
)
ITEM_PARKED = register(
    EventType(
        "audit.item.parked",
        1,
        "An item of the sweep {sweep} failed again and again and needs attention: {error}",
        {"sweep": str, "item": str, "error": str},
    )
)
