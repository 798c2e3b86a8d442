"""Actors as the log records them: a kind and a reference, never a name."""

import re
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["user", "staff", "machine", "anonymous"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`reference` is 32 hex digits for a person, a service's name for a machine, empty if unknown."""

    kind: Kind
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.reference}"

    @property
    def is_person(self) -> bool:
        """Return whether the actor may have a key of their own, under which their personal fields are encrypted."""
        return self.kind in {"user", "staff"}


#: a person's reference
REFERENCE = re.compile(r"[0-9a-f]{32}")
ANONYMOUS = Actor("anonymous")


def machine(name: str) -> Actor:
    """Return the actor for a process of ours or of the platform."""
    return Actor("machine", name)


def parse(text: str) -> Actor:
    """Return the actor that `str` wrote."""
    kind, _, reference = text.partition(":")
    return Actor(cast("Kind", kind), reference)
