"""Store a stream of lines, batch by batch, each in one transaction with its log entry."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from django.conf import settings

from accounts.identity.models import User
from accounts.personaldata.restricted_records import context_of
from accounts.personaldata.stream_format import LineError, Stream, read_time, read_uuid, streams
from accounts.personaldata.stream_reader import Batch, LineReader, NumberedLine, Readable, parse_line
from accounts.personaldata.stream_store import Rows, store_rows
from accounts.workloads.announcements import records_taken
from accounts.workloads.errors import StreamCutError, UnknownStreamError
from accounts.workloads.events import BATCH_INGESTED, STREAM_INGESTED
from accounts.workloads.models import Ingest, SetAsideLine, TerminatedApp
from accounts.workloads.streams import APPS
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from vault.aead import derived_key
from vault.errors import KeyDestroyedError
from vault.services import encrypt

#: how far the platform's clock may be ahead of ours
AHEAD = timedelta(days=1)
#: set-aside lines that a report names one by one
MOST_NAMED = 100
_NOBODY = LineError("account", "is no account of the office")
_ENDED = LineError("", "is about an app that has ended")
_TAKEN = LineError("id", "belongs to a record of another account")


@dataclass
class Report:
    """Counts of the lines: new ones stored (`kept`), known ones left unchanged, invalid ones set aside."""

    ingest: UUID
    lines: int = 0
    kept: int = 0
    known: int = 0
    set_aside: int = 0
    batches: int = 0
    digest: str = ""
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: list[SetAsideLine] = field(default_factory=list)


class _Parsed(NamedTuple):
    source: NumberedLine
    stream: Stream
    record: str
    account: str
    at: str
    clear: tuple[str | None, ...]
    content: dict[str, object] | None


def _parse(source: NumberedLine, known: Mapping[str, Stream], only: str, latest: datetime) -> _Parsed:
    line = parse_line(source.raw)
    name = line.get("stream")
    stream = known.get(name) if type(name) is str else None
    if stream is None:
        raise LineError("stream", f"must be one of {', '.join(known)}")
    if only and stream.name != only:
        raise LineError("stream", f"must be {only} here")
    if line.keys() - stream.fields:
        raise LineError("", f"has a field that a line of {stream.name} does not have")
    record, account = read_uuid(line, "id"), read_uuid(line, "account")
    clear, content = stream.read(line)
    return _Parsed(source, stream, str(record), str(account), read_time(line, "time", latest), clear, content)


def _app_of(line: _Parsed) -> str | None:
    """Return the app that a line is about, by its number."""
    return line.record if line.stream is APPS else dict(zip(line.stream.columns, line.clear, strict=True)).get("app")


class _Sorted:
    """A batch as it can be stored: encrypted rows by stream, the lines of each, and what is set aside."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        #: stream, record and subject → their lines
        self.sources: dict[tuple[str, str, str], list[NumberedLine]] = {}
        self.aside: list[tuple[NumberedLine, LineError]] = []


def _sort(batch: Batch, known: Mapping[str, Stream], only: str, now: datetime) -> _Sorted:
    found = _Sorted()
    parsed: list[_Parsed] = []
    latest = now + AHEAD
    for source in batch.lines:
        try:
            parsed.append(_parse(source, known, only, latest))
        except LineError as error:
            found.aside.append((source, error))
    people = User.objects.filter(id__in={line.account for line in parsed}).values_list("id", "reference")
    references = {str(account): reference for account, reference in people}
    about = [_app_of(line) for line in parsed]
    ended = TerminatedApp.objects.filter(app__in={app for app in about if app})
    ended_apps = {str(app) for app in ended.values_list("app", flat=True)}
    for line, app in zip(parsed, about, strict=True):
        reference = references.get(line.account)
        if reference is None:
            found.aside.append((line.source, _NOBODY))
            continue
        if app in ended_apps:
            found.aside.append((line.source, _ENDED))
            continue
        row = (line.record, reference, line.at, *line.clear)
        if line.stream.is_encrypted and line.content is None:
            row = (*row, None)
        elif line.stream.is_encrypted:
            try:
                sealed = encrypt(reference, context_of(line.stream.table, line.record), orjson.dumps(line.content))
            except KeyDestroyedError:
                found.aside.append((line.source, _NOBODY))
                continue
            row = (*row, sealed.hex())
        found.rows.setdefault(line.stream.name, (line.stream, []))[1].append(row)
        found.sources.setdefault((line.stream.name, line.record, reference), []).append(line.source)
    return found


def _commit(
    batch: Batch, report: Report, found: _Sorted, reader: LineReader, *, actor: Actor, now: datetime
) -> list[SetAsideLine]:
    """Store one batch, its counts and its log entry in one transaction; return the lines set aside."""
    with db.atomic(durable=True):
        kept, conflicts = store_rows(found.rows)
        records_taken.tell(found.rows, conflicts, actor=actor, now=now)
        taken = [(source, _TAKEN) for conflict in conflicts for source in found.sources[conflict]]
        aside = [
            SetAsideLine(
                ingest=report.ingest,
                number=source.number,
                field=error.field,
                rule=error.rule,
                digest=reader.line_digest(source),
            )
            for source, error in sorted([*found.aside, *taken], key=lambda each: each[0].number)
        ]
        # A line that was set aside before keeps the ingest that saw it first.
        SetAsideLine.objects.bulk_create(aside, ignore_conflicts=True)
        counts = {"lines": len(batch.lines), "kept": kept, "set_aside": len(aside)}
        counts["known"] = counts["lines"] - counts["set_aside"] - kept
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


def ingest_stream(
    file: Readable,
    *,
    actor: Actor,
    source: str,
    clock: Callable[[], datetime],
    only: str = "",
    token: UUID | None = None,
    size: int | None = None,
    on_batch: Callable[[Report, list[SetAsideLine]], None] | None = None,
) -> Report:
    """Store the valid lines of `file`, set the others aside, and return the report. Call it as the role ingest.

    Memory is constant: 10,000 lines or 4 MiB at a time, each batch one transaction with its log entry. Records are
    idempotent by their id: after an interruption, sending all of it again completes the ingest and repeats nothing.
    `only` demands one stream; `size` is the announced number of bytes; `clock` returns the aware UTC time of each
    batch; `on_batch` is called with every committed batch's report and the lines that it set aside.

    Raises UnknownStreamError before anything is read, StreamCutError when fewer bytes come than announced.
    """
    known = streams()
    if only and only not in known:
        raise UnknownStreamError(f"There is no such stream; there are: {', '.join(known)}.")
    began = clock()
    reader = LineReader(file, derived_key(bytes.fromhex(settings.OFFICE_KEK), "digests of lines set aside"))
    report = Report(Ingest.objects.create(source=source, token=token, began_at=began).id)
    for batch in reader.batches():
        if batch.is_last and size is not None and reader.size < size:
            raise StreamCutError("The body ended before its announced length.")
        now = clock()
        report.batches += 1
        report.digest = reader.digest if batch.is_last else ""
        # Sorted within the call: a name here would keep its rows in memory beside those of the next batch.
        aside = _commit(batch, report, _sort(batch, known, only, now), reader, actor=actor, now=now)
        report.reasons.update((line.field, line.rule) for line in aside)
        report.first += aside[: MOST_NAMED - len(report.first)]
        if on_batch:
            on_batch(report, aside)
    return report
