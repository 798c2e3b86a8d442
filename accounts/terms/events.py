"""What the terms write to the log: a processor goes by the name that only the office chooses for it."""

from audit.log.event_types import declare

PROCESSOR_ADDED = declare(
    "terms.processor.added", "{actor} entered {processor} in the register of processors", {"processor": str}
)
PROCESSOR_CHANGED = declare(
    "terms.processor.changed",
    "{actor} changed what the register of processors says of {processor}",
    {"processor": str, "fields": list},
)
PROCESSOR_ANNOUNCED = declare(
    "terms.processor.announced",
    "{actor} announced that the register of processors says something else of {processor} from {on} on",
    {"processor": str, "fields": list, "on": str},
)
PROCESSOR_KEPT = declare(
    "terms.processor.kept",
    "{actor} cancelled what was announced to change about the processor {processor}",
    {"processor": str},
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
_VERSION: dict[str, type] = {"version": str, "effective_on": str, "digest": str}
POLICY_DRAFTED = declare(
    "terms.policy.drafted", "{actor} wrote a version of the policy, to take effect on {effective_on}", _VERSION
)
POLICY_CHANGED = declare(
    "terms.policy.changed", "{actor} changed the draft of a version of the policy, for {effective_on}", _VERSION
)
POLICY_DISCARDED = declare(
    "terms.policy.discarded", "{actor} threw the draft of a version of the policy away", _VERSION
)
POLICY_PUBLISHED = declare(
    "terms.policy.published",
    "{actor} published the version of the policy that takes effect on {effective_on}",
    _VERSION,
)
POLICY_ACCEPTED = declare(
    "terms.policy.accepted",
    "{actor} recorded the acceptance of the version of the policy of {effective_on}, {how} ({cause})",
    {"version": str, "effective_on": str, "how": str, "cause": str},
)
POLICY_IMPORTED = declare(
    "terms.policy.imported", "The first version of the policy, in effect since {effective_on}, was imported", _VERSION
)
_ANNOUNCEMENT: dict[str, type] = {"announcement": str, "kind": str, "digest": str}
ANNOUNCEMENT_DRAFTED = declare("terms.announcement.drafted", "{actor} wrote an announcement ({kind})", _ANNOUNCEMENT)
ANNOUNCEMENT_CHANGED = declare(
    "terms.announcement.changed", "{actor} changed the draft of an announcement ({kind})", _ANNOUNCEMENT
)
ANNOUNCEMENT_DISCARDED = declare(
    "terms.announcement.discarded", "{actor} threw the draft of an announcement away ({kind})", _ANNOUNCEMENT
)
ANNOUNCEMENT_RELEASED = declare(
    "terms.announcement.released", "{actor} released an announcement ({kind}) to be sent", _ANNOUNCEMENT
)
ANNOUNCEMENT_SENT = declare(
    "terms.announcement.sent", "An announcement ({kind}) was written to everybody whom it concerns", _ANNOUNCEMENT
)
