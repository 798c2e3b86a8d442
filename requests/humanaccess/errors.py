"""What the gate refuses: a field, a sentence for people, and the status that a door answers with."""


class AccessError(Exception):
    """Any refusal of this app; the sentence never holds personal data."""

    status = 400

    def __init__(self, sentence: str, *, field: str = "", rule: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.rule = rule


class InvalidError(AccessError):
    """A field does not keep its rule."""


class NotAllowedError(AccessError):
    """Not this person, not now."""

    status = 403


class WrongStateError(AccessError):
    """It was answered, ended or expired before."""

    status = 409


class ReadRefusedError(AccessError):
    """Nothing is shown; `rule` names what was not kept, and the log holds the refusal."""

    status = 403


class NothingToShowError(AccessError):
    """The line was written, but the item is gone or its key destroyed."""

    status = 404


class LogUnwritableError(AccessError):
    """The line could not be written, so nothing is shown."""

    status = 503
