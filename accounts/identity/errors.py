"""What identity refuses: the field, and a sentence for the person who filled it in."""

from typing import Any

from core.refusals import INVALID, NOT_ALLOWED, WRONG_STATE, RefusalError

#: reasons that lie in the person who acts
_ABOUT_ACTOR = frozenset({"not an administrator", "self", "same person"})


class IdentityError(RefusalError):
    """A refusal.

    `field` names what is wrong ("" when it is the whole), `sentence` is the rule for a person (a lazy translation),
    `reason` a fixed word for the log.
    """

    def __init__(self, field: str, sentence: Any, reason: str = "invalid") -> None:
        super().__init__(field, sentence)
        self.reason = reason
        self.status = INVALID if field else NOT_ALLOWED if reason in _ABOUT_ACTOR else WRONG_STATE

    def __str__(self) -> str:
        return f"{self.field or 'this'}: {self.reason}"
