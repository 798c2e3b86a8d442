"""What the log asks of others without importing them: who may be erased, and that they forget whom."""

from datetime import datetime
from typing import Protocol

from .actors import Actor
from .erasure import Ground


class ShredAnswer(Protocol):
    """Keeps the map between a subject's reference and a person, or something else that must go with the key."""

    def refuse(self, reference: str, *, ground: Ground) -> None:
        """Raise ShredRefusedError where this person may not be erased on this ground; asked before anything is done."""

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Drop what leads from the reference to the person; called in the transaction of the log's line, repeatable."""


_answers: list[ShredAnswer] = []


def register_shred_answer(answer: ShredAnswer) -> ShredAnswer:
    """Let `answer` have its say before a person is erased, and do its part of it."""
    _answers.append(answer)
    return answer


def shred_answers() -> tuple[ShredAnswer, ...]:
    """Return everybody who registered, in that order."""
    return tuple(_answers)
