"""Read again what an erasure should have left empty; nothing is shared with `erase`, so what that missed is found."""

from collections.abc import Callable

from core import db


def count_rows(function: str, *tables: str) -> Callable[[str], int]:
    """Return the verb `recheck` of a data category: how many rows of a subject these tables still hold.

    `function` is what `restricted_sql.erasing` declares for counting; the verb runs under the worker's role.
    """

    def recheck(reference: str) -> int:
        return sum(int(db.select_value(f"SELECT {function}(%s, %s)", [table, reference]) or 0) for table in tables)

    return recheck
