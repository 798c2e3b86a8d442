"""Erase a person: every data category, and its rows in batches that never lock out whoever else writes."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from audit.errors import ErasureIncompleteError
from core import db

from .categories import DataCategory, data_categories

_log = structlog.get_logger(__name__)

#: rows of one statement
BATCH = 10_000


def erase_rows(function: str, *tables: str, batch: int = BATCH) -> Callable[[str], int]:
    """Return the verb `erase` of a data category whose rows in these tables carry the subject's reference.

    `function` is what `restricted_sql.erasing` declares: it deletes nothing unless the log says that the subject is
    erased. The verb returns the number of rows, may be repeated, and runs under the worker's role.
    """

    def erase(reference: str) -> int:
        erased = 0
        for table in tables:
            last = batch
            while last == batch:
                with db.atomic():
                    last = int(db.select_value(f"SELECT {function}(%s, %s, %s)", [table, reference, batch]) or 0)
                erased += last
        return erased

    return erase


def _is_gone(category: DataCategory, reference: str) -> bool:
    """Erase one data category and read it again; False when either fails or something is left."""
    try:
        category.erase(reference)
        return category.recheck(reference) == 0
    except Exception as error:  # noqa: BLE001  one failure must not keep the other categories
        _log.error("category_not_erased", category=category.name, error=type(error).__name__)
        return False


def erase_categories(reference: str, *, now: datetime, but: Collection[str] = ()) -> None:
    """Erase every data category of a person whom the log says is erased, save those named, and read each again.

    One that fails does not stop the others. Raises ErasureIncompleteError, which names the categories that failed or
    still hold something; call it again until it does not.
    """
    del now
    erased = [category for category in data_categories() if category.name not in but]
    if left := [category.name for category in erased if not _is_gone(category, reference)]:
        raise ErasureIncompleteError(left)
