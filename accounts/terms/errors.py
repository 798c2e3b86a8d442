"""Refusals of the policy and of the register."""

from typing import Any

from core.refusals import INVALID, WRONG_STATE, RefusalError


class _FieldOrStateError(RefusalError):
    """Without a `field` it is the state of the object that forbids the act."""

    def __init__(self, field: str, sentence: Any) -> None:
        super().__init__(field, sentence)
        self.status = INVALID if field else WRONG_STATE


class ProcessorError(_FieldOrStateError):
    """A change of the register that is refused."""


class AnnouncementError(_FieldOrStateError):
    """A change of an announcement that is refused."""


class PolicyError(_FieldOrStateError):
    """A change of a version of the policy that is refused."""


class LettersMissingError(Exception):
    """Letters of an announcement that could not be written, and how many."""
