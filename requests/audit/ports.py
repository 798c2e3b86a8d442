"""What the log asks of others without importing them: who may be erased, that they forget whom, who may do what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from django.http import HttpRequest, HttpResponseBase

from .actors import Actor
from .erasure import Ground


class ShredAnswer(Protocol):
    """Keeps the map between a subject's reference and a person, or something else that must go with the key."""

    def knows(self, reference: str) -> bool:
        """Return whether somebody has this reference here."""

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


class ErasedAnswer(Protocol):
    """Keeps what was made of a person's details: copies that their key does not reach."""

    def __call__(self, reference: str, *, now: datetime) -> None:
        """Remove the copies; called outside of a transaction, after key and disclosures are gone; repeatable."""


_erased: list[ErasedAnswer] = []


def register_erased_answer(answer: ErasedAnswer) -> ErasedAnswer:
    """Let `answer` hear of each person who was erased."""
    _erased.append(answer)
    return answer


def tell_erased(reference: str, *, now: datetime) -> None:
    """Tell everybody who registered that a person was erased."""
    for answer in _erased:
        answer(reference, now=now)


#: read the log · open what is sealed in an entry · ask for exports and fetch them · make a reader token ·
#: see and revoke reader tokens
Right = Literal["read", "open", "export", "make_token", "end_token"]


class Desk(Protocol):
    """Answers for the roles of the house."""

    def may(self, request: HttpRequest, right: Right) -> bool:
        """Return whether this request's person, by a second factor used in this session, holds the right."""

    def actor(self, request: HttpRequest) -> Actor:
        """Return the signed-in person as the log names them."""

    def staff_names(self, references: Iterable[str]) -> Mapping[str, str]:
        """Return reference → name for those of the references that are, or once were, members of staff."""

    def step_up(self, request: HttpRequest, *, began_at: datetime | None = None) -> HttpResponseBase | None:
        """Return the way to a step-up and back, None where one was passed minutes ago.

        Of a download that is gone on with, one that was passed minutes before it began is enough.
        """

    def step_up_to_read(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return the same for looking at what is personal: None where one was passed within the hour."""


_desks: list[Desk] = []


def set_desk(desk: Desk) -> None:
    """Say who answers: the roof, once, at start."""
    _desks[:] = [desk]


def desk() -> Desk:
    """Return who answers."""
    return _desks[0]
