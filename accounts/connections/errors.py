"""What Google refuses, and what the office refuses about connections."""

from core.refusals import WRONG_STATE, RefusalError


class GoogleError(Exception):
    """A failed call to Google; `code` says how, and holds nothing of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SecurityEventError(Exception):
    """A security event that is refused; `code` is one of RFC 8935, 2.4, and neither part has anything of the event."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code, self.description = code, description


class ConsentError(RefusalError):
    """A consent that is not asked for, or not taken."""


class NotConfirmedError(ConsentError):
    """A consent while Google has not confirmed that the one before has ended: that would end the new one, too."""

    status = WRONG_STATE
