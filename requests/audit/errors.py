"""Errors of the log."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from core.refusals import WRONG_STATE, RefusalError


class LogError(Exception):
    """Base of the log's errors."""


class UnknownEventError(LogError):
    """The event type is not registered."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Event {name!r} is not registered.")


class EventFieldError(LogError):
    """A field that the event type does not have, that is missing, or has another type."""

    def __init__(self, event: str, field: str, rule: str) -> None:
        super().__init__(f"{event}: field {field!r} {rule}.")


class TamperedError(LogError):
    """The stored log contradicts itself or its proofs; `location` is where the first difference is."""

    def __init__(self, location: str, difference: str) -> None:
        super().__init__(f"{location}: {difference}")
        self.location = location
        self.difference = difference


class Contradiction(StrEnum):
    """How a copy outside the database contradicts the log; `log.labels.CONTRADICTIONS` has the labels."""

    FORKED = "forked"
    TAKEN_AWAY = "taken_away"
    DELETED = "deleted"
    FOREIGN = "foreign"


class ContradictedError(TamperedError):
    """A witness, or a published copy, contradicts the log; `kind` says how."""

    def __init__(self, location: str, difference: str, kind: Contradiction) -> None:
        super().__init__(location, difference)
        self.kind = kind


class CannotCheckError(LogError):
    """The log cannot be checked here: a key or setting is missing."""


class FilterError(LogError):
    """An invalid filter: `faults` maps each wrong field to a sentence."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {rule}" for field, rule in sorted(faults.items())))
        self.faults = faults


class FieldRefusedError(LogError, RefusalError):
    """A refusal to a person: `field` names what was wrong, `sentence` says the rule."""


class ExportRefusedError(FieldRefusedError):
    """An export that cannot be asked for so, or not now."""


class ExportStateError(ExportRefusedError):
    """The export's state does not allow this action."""

    status = WRONG_STATE


class NotInLogError(LogError):
    """No such entry, or none that the reader may see."""

    def __init__(self, entry: UUID) -> None:
        super().__init__(f"There is no entry {entry} in the log.")


class NotSignedYetError(LogError):
    """A pending entry, or a size for which no checkpoint was signed."""


class PublishError(LogError):
    """The log's static files cannot be written now; those that exist are intact."""


class ErasureRefusedError(LogError):
    """A person who must not be erased, or not now; `reason` is a code, `sentence` explains it."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class ErasureIncompleteError(LogError):
    """Data categories that could not be erased, or that still hold something; call the erasure again."""

    def __init__(self, categories: Sequence[str]) -> None:
        super().__init__(f"Not erased yet: {', '.join(categories)}.")
        self.categories = tuple(categories)


class ErasuresNotReplayedError(LogError):
    """What the journal of erasures says is not carried out: `owed` people, or `missing` lines that `knower` ends."""

    def __init__(self, *, owed: int = 0, missing: int = 0, knower: str = "") -> None:
        sentence = (
            f"{owed} erasures of the journal are not carried out in these databases: a backup was restored. "
            "Run `manage.py replay_erasures`"
            if owed
            else f"The journal of erasures lacks {missing} lines that {knower}: put its newest copy into "
            "AUDIT_CHECKPOINT_DIR, then run `manage.py replay_erasures`"
        )
        super().__init__(f"{sentence}; nothing is started before.")


class JournalBrokenError(TamperedError):
    """The journal of erasures was changed or lines are missing; the location names the first."""

    def __init__(self, difference: str, location: str = "The journal of erasures") -> None:
        super().__init__(location, difference)


class JournalShortError(JournalBrokenError):
    """The journal of erasures was cut off, or an old one put back."""

    def __init__(self, missing: int, knower: str) -> None:
        super().__init__(f"it lacks {missing} lines that {knower}")
        self.missing = missing
        self.knower = knower


class DeliveryError(LogError):
    """A checkpoint did not reach a destination; the message says why, without credentials."""


class DisclosureRefusedError(LogError):
    """Personal fields are not decrypted: `rule` is `right`, `case`, `gone` or `broken`, `sentence` explains it."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


class KeyRotationError(LogError):
    """A step of the key rotation that is not possible; the message names the setting."""


class ScheduleError(FieldRefusedError):
    """A scheduled export that cannot be made so."""


class ScheduleEndedError(ScheduleError):
    """A scheduled export that is not there, or was ended before."""

    status = WRONG_STATE
