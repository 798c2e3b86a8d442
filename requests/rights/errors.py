"""Refusals of rights requests: each names a field and has a sentence for people."""

from django.utils.translation import gettext as _

from core.refusals import NOT_ALLOWED, WRONG_STATE, RefusalError


class RightsError(RefusalError):
    """A refusal: `field` names what was wrong, `sentence` says the rule; nothing was stored."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


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


class NotAllowedError(RightsError):
    """The person may not do that."""

    status = NOT_ALLOWED


class WrongStateError(RightsError):
    """The request is not in a state in which that may be done."""

    status = WRONG_STATE

    def __init__(self, reference: str, state: str) -> None:
        super().__init__(
            "state",
            _("Request %(reference)s is in the state “%(state)s”; that cannot be done now.")
            % {"reference": reference, "state": state},
        )


class PackageGoneError(RightsError):
    """The package has expired or was removed."""
