"""The kinds of letters that the house writes: each app registers its own. Plain Python."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter: `<app>.<name>`, and the templates of its subject line and its text."""

    name: str
    subject_template: str
    body_template: str


_kinds: dict[str, LetterKind] = {}


def register(kind: LetterKind) -> LetterKind:
    """Add a kind; raises ValueError when its name is taken."""
    if kind.name in _kinds:
        raise ValueError(f"Letter kind {kind.name!r} is registered twice.")
    _kinds[kind.name] = kind
    return kind


def kind_of(name: str) -> LetterKind:
    """Return the kind; raises KeyError for one that nobody registered."""
    return _kinds[name]
