"""What a restricted read, and what leads to it, is refused with."""

from core.refusals import NOT_ALLOWED, WRONG_STATE, RefusalError


class AccessError(RefusalError):
    """Any refusal of this app; the sentence never holds personal data."""

    def __init__(self, sentence: str, *, field: str = "", rule: str = "") -> None:
        super().__init__(field, sentence)
        self.rule = rule


class InvalidError(AccessError):
    """A field breaks its rule."""


class AccessDeniedError(AccessError):
    """Not this person, not now."""

    status = NOT_ALLOWED


class AccessClosedError(AccessError):
    """It was already answered, ended or expired."""

    status = WRONG_STATE


class ReadRefusedError(AccessError):
    """Nothing is shown; `rule` names the broken rule, and the log has the refusal."""

    status = NOT_ALLOWED


class NothingToShowError(AccessError):
    """The entry was written, but the item is gone or its key destroyed."""

    status = 404


class LogUnwritableError(AccessError):
    """The entry could not be written, so nothing is shown."""

    status = 503
