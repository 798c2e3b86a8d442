"""What Google and GitHub refuse, and what the office refuses about connections."""

from core.refusals import WRONG_STATE, RefusalError


class VendorError(Exception):
    """A failed call to Google or GitHub; `code` says how, and holds nothing of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SecurityEventError(Exception):
    """A security event that is refused; `code` is one of RFC 8935, 2.4, and neither part has anything of the event."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code, self.description = code, description


class GoogleError(VendorError):
    """A failed call to Google."""


class ConsentError(RefusalError):
    """A consent that is not asked for, or not taken."""


class TokenRefusedError(RefusalError):
    """A token that the platform does not get; `code` says why, and `wait` in how many seconds to try again, if ever."""

    status = WRONG_STATE

    def __init__(self, code: str, sentence: str, *, wait: int | None = None) -> None:
        super().__init__("automation", sentence)
        self.code = code
        self.wait = wait


class NotConfirmedError(ConsentError):
    """A consent while Google has not confirmed that the one before has ended: that would end the new one, too."""

    status = WRONG_STATE
