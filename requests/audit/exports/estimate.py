"""Estimate the size of an export without counting the table."""

from dataclasses import dataclass

import orjson
from django.db import DatabaseError

from audit.search.filters import Filter
from core import db

#: up to so many entries are counted; above it, the planner's estimate serves
EXACT_UNTIL = 10_000
#: time after which counting is given up and the planner's estimate serves
_TIMEOUT = "400ms"
_SAMPLE = 256
#: bytes of the archive for an entry beside its leaf, and for each byte of the leaf, after compression
_BYTES_AN_ENTRY, _BYTES_A_LEAF_BYTE = 40, 0.35
#: files that do not grow: the verifier, the manifest and other small files
_BYTES_ALWAYS = 30_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Entries, and bytes of the compressed archive; `exact` says whether the entries were counted."""

    entries: int
    bytes: int
    exact: bool


def estimate(wanted: Filter) -> Estimate:
    """Return the size of an export by this filter, within a second at any size of the log."""
    with db.atomic():
        size = db.select_value("SELECT size FROM audit_head")
        entries, exact = (size, True) if wanted == Filter() else _entries(wanted, size)
        leaf_bytes = db.select_value(
            "SELECT avg(length(e.leaf)) FROM (SELECT entry FROM audit_leaf ORDER BY index DESC LIMIT %s) l"
            " JOIN audit_entry e ON e.id = l.entry",
            [_SAMPLE],
        )
    total = _BYTES_ALWAYS + entries * (_BYTES_AN_ENTRY + float(leaf_bytes or 0) * _BYTES_A_LEAF_BYTE)
    return Estimate(entries, round(total), exact)


def _entries(wanted: Filter, size: int) -> tuple[int, bool]:
    condition, parameters = wanted.where()
    try:
        with db.atomic():
            before = db.select_value(
                "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)", [_TIMEOUT]
            )
            counted = db.select_value(
                f"SELECT count(*) FROM (SELECT 1 FROM audit_entry e WHERE {condition} LIMIT %s) found",
                [*parameters, EXACT_UNTIL + 1],
            )
            db.select_rows("SELECT set_config('statement_timeout', %s, true)", [before])
    except DatabaseError:
        counted = None
    if counted is not None and counted <= EXACT_UNTIL:
        return counted, True
    condition, parameters = wanted.where(to_estimate=True)
    plan = db.select_value(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM audit_entry e WHERE {condition}", parameters)
    plan = orjson.loads(plan) if isinstance(plan, str) else plan
    planned = int(plan[0]["Plan"]["Plan Rows"])
    # At least as many as were counted, and at most as many as are in the tree.
    return min(max(planned, counted or 0), max(size, counted or 0)), False
