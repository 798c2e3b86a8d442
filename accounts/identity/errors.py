"""What identity refuses: the field, and a sentence for the person who filled it in."""

from typing import Any


class IdentityError(Exception):
    """A refusal; `field` names what is wrong ("" when it is the whole), `sentence` says the rule."""

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(f"{field}: refused")
        self.field = field
        self.sentence = sentence
