"""Take one stream of lines in: batch by batch, each in one transaction with its log entry."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from django.conf import settings

from accounts.identity.gated import context_of
from accounts.identity.models import User
from accounts.identity.streams import LineError, Stream, read_time, read_uuid, streams
from accounts.workloads.errors import StreamCutError, UnknownStreamError
from accounts.workloads.events import BATCH_INGESTED, STREAM_INGESTED
from accounts.workloads.models import Ingest
from accounts.workloads.reading import Batch, LineReader, NumberedLine, Readable, parse_line
from audit import sides
from audit.actors import Actor
from audit.services import append
from vault.errors import ShreddedError
from vault.sealing import derived_key
from vault.services import seal

from .store import Rows, store_rows, store_set_aside

#: how far the platform's clock may be ahead of ours
AHEAD = timedelta(days=1)
#: set-aside lines that a report names one by one
MOST_NAMED = 100
_NOBODY = LineError("account", "is no account of the office")
_TAKEN = LineError("id", "belongs to a record of another account")


class SetAside(NamedTuple):
    """One line that was not kept, and why; `digest` is its keyed digest."""

    number: int
    field: str
    rule: str
    digest: bytes


@dataclass
class Report:
    """What became of the lines: new ones kept, known ones left as they were, broken ones set aside."""

    ingest: UUID
    lines: int = 0
    kept: int = 0
    known: int = 0
    set_aside: int = 0
    batches: int = 0
    digest: str = ""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: list[SetAside] = field(default_factory=list)


class _Parsed(NamedTuple):
    source: NumberedLine
    stream: Stream
    record: str
    account: str
    at: str
    clear: tuple[str | None, ...]
    content: dict[str, object] | None


class _Known:
    """The streams that a line may name."""

    def __init__(self, only: str) -> None:
        self.by_name = streams()
        if only and only not in self.by_name:
            raise UnknownStreamError("stream", f"There is no such stream; there are: {', '.join(self.by_name)}.")
        self.only = only

    def parse(self, source: NumberedLine, latest: datetime) -> _Parsed:
        line = parse_line(source.raw)
        name = line.get("stream")
        stream = self.by_name.get(name) if type(name) is str else None
        if stream is None:
            raise LineError("stream", f"must be one of {', '.join(self.by_name)}")
        if self.only and stream.name != self.only:
            raise LineError("stream", f"must be {self.only} here")
        if line.keys() - stream.fields:
            raise LineError("", f"has a field that a line of {stream.name} does not have")
        record, account = read_uuid(line, "id"), read_uuid(line, "account")
        clear, content = stream.read(line)
        return _Parsed(source, stream, str(record), str(account), read_time(line, "time", latest), clear, content)


def _references(accounts: set[str]) -> dict[str, str]:
    found = User.objects.filter(id__in=accounts).values_list("id", "reference")
    return {str(account): reference for account, reference in found}


def _set_aside(reader: LineReader, source: NumberedLine, error: LineError) -> SetAside:
    digest = source.digest if source.raw is None else reader.line_digest(source.raw)
    return SetAside(source.number, error.field, error.rule, digest)


class _Sorted:
    """A batch as it can be stored: sealed rows by stream, whence each came, and what cannot be kept."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        #: stream, record and subject → the lines that say so
        self.sources: dict[tuple[str, str, str], list[NumberedLine]] = {}
        self.aside: list[SetAside] = []


def _sort(batch: Batch, known: _Known, reader: LineReader, now: datetime) -> _Sorted:
    found = _Sorted()
    parsed: list[_Parsed] = []
    latest = now + AHEAD
    for source in batch.lines:
        try:
            parsed.append(known.parse(source, latest))
        except LineError as error:
            found.aside.append(_set_aside(reader, source, error))
    references = _references({line.account for line in parsed})
    for line in parsed:
        reference = references.get(line.account)
        if reference is None:
            found.aside.append(_set_aside(reader, line.source, _NOBODY))
            continue
        row = (line.record, reference, line.at, *line.clear)
        if line.stream.is_sealed:
            try:
                sealed = seal(reference, context_of(line.stream.table, line.record), orjson.dumps(line.content))
            except ShreddedError:
                found.aside.append(_set_aside(reader, line.source, _NOBODY))
                continue
            row = (*row, sealed.hex())
        found.rows.setdefault(line.stream.name, (line.stream, []))[1].append(row)
        found.sources.setdefault((line.stream.name, line.record, reference), []).append(line.source)
    return found


def _commit(
    batch: Batch, report: Report, found: _Sorted, reader: LineReader, *, actor: Actor, now: datetime
) -> list[SetAside]:
    """Store one batch, its counts and its log entry in one transaction; return all that was set aside."""
    with sides.atomic(durable=True):
        kept, conflicts = store_rows(found.rows)
        taken = [source for conflict in conflicts for source in found.sources[conflict]]
        aside = sorted([*found.aside, *(_set_aside(reader, source, _TAKEN) for source in taken)])
        counts = {"lines": len(batch.lines), "kept": kept, "set_aside": len(aside)}
        counts["known"] = counts["lines"] - counts["set_aside"] - kept
        store_set_aside(report.ingest, aside)
        totals = {name: getattr(report, name) + number for name, number in counts.items()}
        ended = {"ended_at": now, "digest": report.digest} if batch.is_last else {}
        Ingest.objects.filter(id=report.ingest).update(**totals, **ended)
        if batch.is_last:
            payload = {**totals, "batches": report.batches, "digest": report.digest}
        else:
            payload = {**counts, "batch": report.batches}
        append(
            STREAM_INGESTED if batch.is_last else BATCH_INGESTED,
            actor=actor,
            subject=None,
            now=now,
            payload={"ingest": str(report.ingest), **payload},
        )
    for name, number in totals.items():
        setattr(report, name, number)
    return aside


def _whole_batches(reader: LineReader, size: int | None) -> Iterator[Batch]:
    for batch in reader.batches():
        if batch.is_last and size is not None and reader.size < size:
            raise StreamCutError(
                "", "The body ended before its announced length. What came whole before is kept; send it again."
            )
        yield batch


def ingest_stream(
    file: Readable,
    *,
    actor: Actor,
    source: str,
    clock: Callable[[], datetime],
    only: str = "",
    token: UUID | None = None,
    size: int | None = None,
    told: Callable[[Report, list[SetAside]], None] | None = None,
) -> Report:
    """Keep the good lines of `file`, set the broken ones aside, and return the report. Call it on the ingest side.

    Memory is constant: 10,000 lines or 4 MiB at a time, each batch one transaction with its log entry. Records are
    idempotent by their id, so whatever interrupts an ingest, sending all of it again completes it and repeats
    nothing. `only` demands one stream; `size` is the announced number of bytes; `clock` gives the aware UTC time of
    each batch; `told` hears of every committed batch and what it set aside.

    Raises UnknownStreamError before anything is read, StreamCutError when fewer bytes come than announced.
    """
    known = _Known(only)
    began = clock()
    reader = LineReader(file, derived_key(bytes.fromhex(settings.OFFICE_KEK), "digests of lines set aside"))
    report = Report(Ingest.objects.create(source=source, token=token, began_at=began).id)
    for batch in _whole_batches(reader, size):
        now = clock()
        found = _sort(batch, known, reader, now)
        report.batches += 1
        report.digest = reader.digest if batch.is_last else ""
        aside = _commit(batch, report, found, reader, actor=actor, now=now)
        report.reasons.update((line.field, line.rule) for line in aside)
        report.first += aside[: MOST_NAMED - len(report.first)]
        if told:
            told(report, aside)
    return report
