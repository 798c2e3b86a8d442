"""What the log refuses."""

from enum import StrEnum
from uuid import UUID


class LogError(Exception):
    """Any refusal of the log."""


class UnknownEventError(LogError):
    """An event that nobody registered."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Event {name!r} is not registered.")


class EventFieldError(LogError):
    """A field that the event's type does not name, lacks, or has of another kind."""

    def __init__(self, event: str, field: str, rule: str) -> None:
        super().__init__(f"{event}: field {field!r} {rule}.")


class TamperedError(LogError):
    """What the log says and what it proves do not agree; `place` names the first difference."""

    def __init__(self, place: str, difference: str) -> None:
        super().__init__(f"{place}: {difference}")
        self.place = place
        self.difference = difference


class Contradiction(StrEnum):
    """In what way somebody outside the database knows the log otherwise; `models.CONTRADICTIONS` says each."""

    FORKED = "forked"
    TAKEN_AWAY = "taken_away"
    DELETED = "deleted"
    FOREIGN = "foreign"


class ContradictedError(TamperedError):
    """A witness, or what was published outside the database, knows another log; `kind` says in what way."""

    def __init__(self, place: str, difference: str, kind: Contradiction) -> None:
        super().__init__(place, difference)
        self.kind = kind


class CannotCheckError(LogError):
    """The log cannot be checked here: something that checking needs was not given."""


class FilterError(LogError):
    """A filter that cannot be read: `faults` has a sentence for every field that is wrong."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {rule}" for field, rule in sorted(faults.items())))
        self.faults = faults


class ExportRefusedError(LogError):
    """An export that cannot be asked for so, or not now: `field` names what was wrong, `sentence` says the rule."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


class ExportStateError(ExportRefusedError):
    """An export in a state in which that may not be done (any more)."""


class NotInLogError(LogError):
    """No such entry, or none that the reader may see."""

    def __init__(self, entry: UUID) -> None:
        super().__init__(f"There is no entry {entry} in the log.")


class NotSignedYetError(LogError):
    """An entry that waits for the tree, or a size that no checkpoint was signed at."""


class PublishError(LogError):
    """The log's static files cannot be written now; what lies there already is whole."""


class ShredRefusedError(LogError):
    """A person who is not to be erased, or not now; `reason` says why in a fixed word, `sentence` to people."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class JournalBrokenError(LogError):
    """The journal of erasures was changed, or lines of it are missing; the message names the first."""


class TokenError(LogError):
    """A reader token that cannot be made or revoked: `field` names what was wrong, `sentence` says the rule."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


class DeliveryError(LogError):
    """A checkpoint did not reach a place outside the database; the sentence says why, without credentials."""


class DisclosureRefusedError(LogError):
    """What is sealed in an entry is not shown: `rule` is `right`, `case` or `gone`, `sentence` says it."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


class KeyRotationError(LogError):
    """A step of changing the log's key that cannot be taken; the sentence names the setting."""


class ScheduleError(LogError):
    """A scheduled export that cannot be made or ended: `field` names what was wrong, `sentence` says the rule."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence
