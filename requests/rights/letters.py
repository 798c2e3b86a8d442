"""The letters that rights requests write."""

from accounts.inbox.kinds import LetterKind, register


def _kind(name: str) -> LetterKind:
    return register(LetterKind(f"rights.{name}", f"letters/rights_{name}_subject.txt", f"letters/rights_{name}.txt"))


RECEIVED = _kind("received")
READY = _kind("ready")
REFUSED = _kind("refused")
WITHDRAWN = _kind("withdrawn")
