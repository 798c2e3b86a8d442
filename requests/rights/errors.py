"""Refusals of rights requests: each names a field and has a sentence for people."""

from django.utils.translation import gettext as _

from cases.errors import CaseError
from core.refusals import WRONG_STATE


class RightsError(CaseError):
    """A refusal of this app alone."""


class NotOfferedError(RightsError):
    """A kind of request that cannot be filed on this page yet."""


class AlreadyOpenError(RightsError):
    """A second open request of one kind; `reference` is that of the first."""

    status = WRONG_STATE

    def __init__(self, reference: str) -> None:
        super().__init__(
            "kind",
            _("You already have an open request of this kind: %(reference)s. It must be answered or withdrawn first.")
            % {"reference": reference},
        )
        self.reference = reference


class NotIdentifiedError(RightsError):
    """The person has not reauthenticated recently enough."""


class PackageGoneError(RightsError):
    """The package has expired or was removed."""
