"""A case's timeline: its entries in the log."""

from typing import Any

from audit.search.selectors import Page, list_case

from .kinds import CaseKind

_PAGE_SIZE = 50


def list_timeline(kind: CaseKind, reference: str, **cursor: Any) -> Page:
    """Return a page of the entries of a case, newest first, without those that only repeat what the page shows."""
    return list_case(reference, without=kind.hidden, size=_PAGE_SIZE, **cursor)
