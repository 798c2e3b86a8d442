"""What identity refuses: the field, and a sentence for the person who filled it in."""

from typing import Any


class IdentityError(Exception):
    """A refusal.

    `field` names what is wrong ("" when it is the whole), `sentence` says the rule to a person (a lazy
    translation), `reason` says it to the log in a fixed word.
    """

    def __init__(self, field: str, sentence: Any, reason: str = "invalid") -> None:
        super().__init__(f"{field or 'this'}: {reason}")
        self.field = field
        self.sentence = sentence
        self.reason = reason
