"""What Google and GitHub refuse, and what the office refuses about connections."""

from core.refusals import WRONG_STATE, RefusalError


class VendorError(Exception):
    """A failed call to Google or GitHub; `code` says how, and holds nothing of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class GoogleError(VendorError):
    """A failed call to Google."""


class ConsentError(RefusalError):
    """A consent that is not asked for, or not taken."""


class NotConfirmedError(ConsentError):
    """A consent while Google has not confirmed that the one before has ended: that would end the new one, too."""

    status = WRONG_STATE
