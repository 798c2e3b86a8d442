"""Who acts, as the log names them: a kind and a reference, never a name."""

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["user", "staff", "machine", "anonymous"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: `reference` is 32 hex digits for a person, a service's name for a machine, empty if unknown."""

    kind: Kind
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.reference}"

    @property
    def is_person(self) -> bool:
        """Return whether a key of their own may seal what is personal to them."""
        return self.kind in {"user", "staff"}


ANONYMOUS = Actor("anonymous")


def machine(name: str) -> Actor:
    """Return the actor for one of our own processes or the platform."""
    return Actor("machine", name)


def parse(text: str) -> Actor:
    """Return the actor that `str` wrote."""
    kind, _, reference = text.partition(":")
    return Actor(cast("Kind", kind), reference)
