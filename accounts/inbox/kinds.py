"""The kinds of letters that we write: each app registers its own. Plain Python."""

from collections.abc import Callable
from dataclasses import dataclass

from core.registry import Registry


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter: `<app>.<name>`, the templates of its subject line and its text, and its case's page.

    `page_of` returns the path of the recipient's page about a case, by the case's reference. Its letters say that
    reference to a person where the kind `names_case`.
    """

    name: str
    subject_template: str
    body_template: str
    page_of: Callable[[str], str] | None = None
    names_case: bool = True


_kinds = Registry[LetterKind]("Letter kind")
declare_letter = _kinds.declaring(LetterKind)


def kind_of(name: str) -> LetterKind:
    """Return the kind; raises KeyError for one that nobody registered."""
    return _kinds[name]


def case_path(name: str, case: str) -> str:
    """Return the path of the recipient's page about a letter's case, "" where there is none."""
    page_of = _kinds[name].page_of if name in _kinds else None
    return page_of(case) if page_of is not None and case else ""


def names_case(name: str) -> bool:
    """Return whether letters of this kind tell their recipient the reference of the case."""
    return name not in _kinds or _kinds[name].names_case
