"""Refusals of the register."""

from typing import Any

from core.refusals import INVALID, WRONG_STATE, RefusalError


class ProcessorError(RefusalError):
    """A change of the register that is refused: without a `field`, it is the processor's state that forbids it."""

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(field, sentence)
        self.status = INVALID if field else WRONG_STATE
