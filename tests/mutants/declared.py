"""The mutants: each weakens one named function, policy or trigger, and the suite must notice.

A fixed set, chosen by what it would cost if nobody noticed. One that no longer applies fails: its function was
rewritten, and the mutant is to be written anew.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mutant:
    """One weakening. `old` must stand exactly once in what `target` names, and becomes `new`.

    `kind`: `python` (module:function), `function` (of the database), `policy` (table:policy, its USING or WITH CHECK
    becomes `true`), `trigger` (table:trigger, dropped). `suite`: the tests that must notice.
    """

    name: str
    kind: Literal["python", "function", "policy", "trigger"]
    target: str
    suite: tuple[str, ...]
    old: str = ""
    new: str = ""


_GATE = ("tests/humanaccess",)

MUTANTS = (
    Mutant(
        "the gate forgets the second factor",
        "python",
        "humanaccess.services.read:_check",
        _GATE,
        "if not mfa:",
        "if False:",
    ),
    Mutant(
        "the gate forgets that an access has ended",
        "python",
        "humanaccess.services.read:_check",
        _GATE,
        "if grant.ended_at is not None:",
        "if False:",
    ),
)
