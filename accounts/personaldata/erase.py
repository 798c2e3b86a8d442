"""Erase a person's rows, in batches that never lock out whoever else writes."""

from collections.abc import Callable

from core import db

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
