"""The kinds of letters that we write: each app registers its own. Plain Python."""

from dataclasses import dataclass

from core.registry import Registry


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter: `<app>.<name>`, and the templates of its subject line and its text."""

    name: str
    subject_template: str
    body_template: str


_kinds = Registry[LetterKind]("Letter kind")
declare_letter = _kinds.declaring(LetterKind)


def kind_of(name: str) -> LetterKind:
    """Return the kind; raises KeyError for one that nobody registered."""
    return _kinds[name]
