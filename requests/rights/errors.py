"""Refusals of rights requests: each names a field and has a sentence for people."""

from datetime import timedelta

from django.utils.translation import gettext as _

from cases.errors import CaseError
from core.refusals import WRONG_STATE


class RightsError(CaseError):
    """A refusal of this app alone."""


class NotNowError(RightsError):
    """What could be done at another time, or had been done before."""

    status = WRONG_STATE


class AlreadyOpenError(NotNowError):
    """A second open request of one kind; `reference` is that of the first."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            "kind",
            _("You already have an open request of this kind: %(reference)s. It must be answered or withdrawn first.")
            % {"reference": reference},
        )
        self.reference = reference


class NotIdentifiedError(RightsError):
    """The person has not reauthenticated recently enough."""


class StaffAccountError(NotNowError):
    """The account of somebody who works or worked on the staff cannot be deleted."""


class OtherRequestOpenError(NotNowError):
    """Another request of the same person is open, and a deletion would take its answer away."""


class GraceRunningError(NotNowError):
    """A deletion that its person may still cancel."""


class OnHoldError(NotNowError):
    """A legal hold keeps what would be erased."""


class HoldStateError(NotNowError):
    """A hold that has ended, or a second one of the same scope."""


class MentionedError(Exception):
    """Tables that hold an address or id of a person whom a deletion erases; the message has their names alone."""

    def __init__(self, tables: list[str]) -> None:
        super().__init__(", ".join(tables))
        self.tables = tables


class UserNameFoundError(MentionedError):
    """Tables that hold the user name alone, which may be an everyday word that stands there for something else."""


class PackageGoneError(RightsError):
    """The package has expired or was removed."""


class ProviderError(Exception):
    """An answer of a provider that does not say what was asked for; `codes` says what it was, and names nobody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.codes = (code,)


class WaitsOutsideError(Exception):
    """A provider has begun to erase, and is to be called again after `pause`: no failure, and no attempt used."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__()
        self.pause = pause
