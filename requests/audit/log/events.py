"""The log's own events."""

from .event_types import ProgramText, declare

HEARTBEAT_WRITTEN = declare(
    "audit.heartbeat.written",
    "The log is alive: {pending} entries were waiting",
    {"pending": int},
    is_routine=True,
)
CHECKPOINTS_COUNTED = declare(
    "audit.checkpoints.counted",
    "{checkpoints} checkpoints were signed up to that of {size} entries",
    {"checkpoints": int, "size": int},
    is_routine=True,
)
LOG_VERIFIED = declare(
    "audit.log.verified",
    "The log was read again: {entries} entries agree",
    {"entries": int, "checkpoint": int},
    is_routine=True,
)
LOG_DIFFERED = declare(
    "audit.log.differed",
    "The log was read again and does not agree: {place}: {difference}",
    {"place": ProgramText, "difference": ProgramText},
)
GUARDS_DIFFERED = declare(
    "audit.guards.differed", "The database's schema is not as declared: {difference}", {"difference": ProgramText}
)
EXPORT_REQUESTED = declare(
    "audit.export.requested",
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
EXPORT_FINISHED = declare(
    "audit.export.finished",
    "An export of the log was finished: {entries} entries, {disclosures} personal details",
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
EXPORT_FAILED = declare("audit.export.failed", "An export of the log failed: {error}", {"export": str, "error": str})
EXPORT_PAUSED = declare("audit.export.paused", "{actor} paused an export of the log", {"export": str, "done": int})
EXPORT_RESUMED = declare("audit.export.resumed", "{actor} resumed an export of the log", {"export": str, "done": int})
EXPORT_CANCELLED = declare(
    "audit.export.cancelled", "{actor} cancelled an export of the log", {"export": str, "done": int}
)
EXPORT_DOWNLOADED = declare(
    "audit.export.downloaded",
    "{actor} downloaded an export of the log",
    {"export": str, "case": str, "first": int, "last": int},
)
EXPORT_EXPIRED = declare("audit.export.expired", "An export of the log was removed after its time", {"export": str})
EXPORT_WITHDRAWN = declare(
    "audit.export.withdrawn",
    "An export of the log was removed, because a person whose details it held was erased",
    {"export": str},
)
DISCLOSURES_OPENED = declare(
    "audit.disclosures.opened",
    "{actor} had personal details opened for an export of the log",
    {"export": str, "case": str},
    authorises_decryption=True,
)
SUBJECT_SHREDDED = declare(
    "audit.subject.shredded", "A person was erased, and their key destroyed: {ground}", {"ground": str}
)
SHRED_REFUSED = declare("audit.shred.refused", "Erasing a person was refused: {reason}", {"ground": str, "reason": str})
ERASURES_PUBLISHED = declare(
    "audit.erasures.published",
    "The journal of erasures outside the database has {count} lines",
    {"count": int},
    is_routine=True,
)
TOKEN_MADE = declare(
    "audit.token.made",
    "{actor} made a reader token for the log, {name}: {scopes}",
    {"token": str, "name": str, "scopes": list, "expires": str},
)
TOKEN_REVOKED = declare("audit.token.revoked", "{actor} revoked the reader token {name}", {"token": str, "name": str})
PUBLICATION_MISSING = declare(
    "audit.publication.missing",
    "The checkpoint of {size} entries was gone from the {place} and was put there again",
    {"place": str, "size": int},
)
PUBLICATION_ROLLED_BACK = declare(
    "audit.publication.rolled_back",
    "The {place} was set back to the checkpoint of {found} entries; that of {size} was put there again",
    {"place": str, "size": int, "found": int},
)
PUBLICATION_CONTRADICTED = declare(
    "audit.publication.contradicted",
    "Somebody outside contradicts the log at {size} entries: {place}, {contradiction}",
    {"place": ProgramText, "size": int, "contradiction": str},
)
DISCLOSURE_READ = declare(
    "audit.disclosure.read",
    "{actor} opened what is encrypted in an entry of the log",
    {"entry": str, "holder": str, "case": str},
    {"reason": "actor"},
    authorises_decryption=True,
)
DISCLOSURE_REFUSED = declare(
    "audit.disclosure.refused",
    "{actor} was refused to open what is encrypted in an entry of the log: {rule}",
    {"entry": str, "holder": str, "case": str, "rule": str},
    {"reason": "actor"},
)
KEY_ROTATED = declare(
    "audit.key.rotated",
    "The log's signing key changes, {phase}: from {old} to {new}",
    {"phase": str, "old": str, "new": str},
)
SCHEDULE_MADE = declare(
    "audit.schedule.made",
    "{actor} scheduled an export of the log, {name}",
    {"schedule": str, "name": str, "every": str, "place": str, "filter": dict, "compress": str},
)
SCHEDULE_ENDED = declare(
    "audit.schedule.ended", "{actor} ended the scheduled export {name}", {"schedule": str, "name": str}
)
EXPORT_DELIVERED = declare(
    "audit.export.delivered",
    "A scheduled export of the log was stored as {file}",
    {"export": str, "schedule": str, "file": str, "until": str},
)
ITEM_PARKED = declare(
    "audit.item.parked",
    "An item of the sweep {sweep} failed again and again and needs attention: {error}",
    {"sweep": str, "item": str, "error": str},
)
