"""What an export covers: set once, when it first runs, so that later entries do not matter."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from audit.search.filters import Filter
from audit.tree.models import StoredCheckpoint
from core import db
from core.leases import Lease

from .models import Export
from .states import ExportError, ExportState

#: entries, or leaf indices of a densely filled range, in a segment
SEGMENT = 50_000
#: a filter that matches fewer than one leaf in so many is followed entry by entry
_SPARSE = 20
_JOINED = "audit_leaf l JOIN audit_entry e ON e.id = l.entry"


class ExportFailedError(Exception):
    """An export that cannot continue until a person acts."""

    def __init__(self, code: ExportError) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class Segment:
    """The entries of one segment: the leaves from `low` up to `high` that match a condition, or those of `indices`."""

    number: int
    low: int
    high: int
    condition: str
    values: list[Any]
    indices: list[int] | None = None

    @property
    def source(self) -> str:
        """FROM and WHERE over `l` and `e`."""
        if self.indices is not None:
            return (
                "unnest(%s::bigint[]) AS at (index) JOIN audit_leaf l ON l.index = at.index"
                " JOIN audit_entry e ON e.id = l.entry"
            )
        return f"{_JOINED} WHERE l.index >= %s AND l.index < %s AND {self.condition}"

    @property
    def parameters(self) -> list[Any]:
        """What `source` needs."""
        return [self.low, self.high, *self.values] if self.indices is None else [self.indices]

    @property
    def expected(self) -> int | None:
        """How many entries there must be; None where a condition decides."""
        if self.indices is not None:
            return len(self.indices)
        return None if self.values else self.high - self.low

    def parts(self, size: int) -> Iterator["Segment"]:
        """Yield segments of so many leaves each that together are this one."""
        if self.indices is not None:
            for start in range(0, len(self.indices), size):
                yield replace(self, indices=self.indices[start : start + size])
            return
        for low in range(self.low, self.high, size):
            yield replace(self, low=low, high=min(low + size, self.high))


def pin_export(lease: Lease[Export]) -> None:
    """Set checkpoint, range and count of an export that has none yet; raises ExportFailedError."""
    if not settings.OFFICE_LOG_KEY:
        raise ExportFailedError(ExportError.NO_KEY)
    if lease.row.checkpoint_size is not None:
        return
    checkpoint = StoredCheckpoint.objects.order_by("-size").first()
    if checkpoint is None:
        raise ExportFailedError(ExportError.NO_CHECKPOINT)
    first, end, expected = _range(lease.row.wanted, checkpoint.size)
    lease.hold(
        checkpoint_size=checkpoint.size,
        previous_size=_previous(checkpoint.size),
        first_index=first,
        end_index=end,
        expected=expected,
    )


def _previous(size: int) -> int | None:
    """Return an earlier checkpoint: the one of the last bundle that was made, else the one before."""
    given = (
        Export.objects.filter(state__in=[ExportState.FINISHED, ExportState.EXPIRED], checkpoint_size__lt=size)
        .order_by("-checkpoint_size")
        .values_list("checkpoint_size", flat=True)
        .first()
    )
    if given is not None:
        return given
    return StoredCheckpoint.objects.filter(size__lt=size).order_by("-size").values_list("size", flat=True).first()


def _range(wanted: Filter, size: int) -> tuple[int, int, int]:
    """Return the first matching index, the one after the last, and how many match; all 0 when none does."""
    if wanted == Filter():
        return 0, size, size
    condition, parameters = wanted.where()
    sql = f"SELECT min(l.index), max(l.index), count(*) FROM {_JOINED} WHERE {condition} AND l.index < %s"
    ((first, last, count),) = db.select_rows(sql, [*parameters, size])
    return (first, last + 1, count) if count else (0, 0, 0)


def segments_of(export: Export, start: int) -> Iterator[Segment]:
    """Yield the segments of a pinned export from number `start` on: the same ones at every attempt."""
    first, end, expected = export.first_index or 0, export.end_index or 0, export.expected or 0
    condition, values = export.wanted.where()
    if expected * _SPARSE < end - first:
        indices = _indices(export, condition, values)
        for number in range(start, -(-expected // SEGMENT)):
            chosen = indices[number * SEGMENT : (number + 1) * SEGMENT].tolist()
            yield Segment(number, first, end, condition, values, chosen)
        return
    for number in range(start, -(-(end - first) // SEGMENT)):
        low = first + number * SEGMENT
        yield Segment(number, low, min(low + SEGMENT, end), condition, values)


def _indices(export: Export, condition: str, values: list[Any]) -> "array[int]":
    """Return every matching index, in order, at eight bytes each."""
    sql = f"SELECT l.index FROM {_JOINED} WHERE {condition} AND l.index < %s ORDER BY l.index"
    return array("q", (index for (index,) in copied(sql, [*values, export.checkpoint_size], ["int8"])))


def copied(sql: str, parameters: list[Any], types: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, streamed by COPY in its binary form."""
    with (
        db.connection().cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)", parameters) as copy,
    ):
        copy.set_types(types)
        yield from copy.rows()
