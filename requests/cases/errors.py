"""Refusals that every kind of case shares."""

from django.utils.translation import gettext as _

from core.refusals import NOT_ALLOWED, WRONG_STATE, RefusalError


class CaseError(RefusalError):
    """A refusal: `field` names what was wrong, `sentence` says the rule; nothing was stored."""


class NotAllowedError(CaseError):
    """The person may not do that."""

    status = NOT_ALLOWED


class WrongStateError(CaseError):
    """The case is not in a state in which that may be done."""

    status = WRONG_STATE

    def __init__(self, reference: str, state: str) -> None:
        super().__init__(
            "state",
            _("Case %(reference)s is in the state “%(state)s”; that cannot be done now.")
            % {"reference": reference, "state": state},
        )


class QuestionClosedError(CaseError):
    """The question was closed, and the case waits for the answer to another one."""

    status = WRONG_STATE

    def __init__(self) -> None:
        super().__init__(
            "text", _("The question that you answered was closed meanwhile. Read the one that is open now.")
        )
