"""Restricted records: read all of a subject's or some, authorised by a log entry; declare a stream's data category."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db.models import Model
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.log.event_types import EventType
from core import db
from core.errors import DecryptionError
from vault.services import Decryptor, decryptor

from .categories import CONTRACT, DataCategory, declare_category
from .erase import erase_rows
from .models import DailyTotal
from .recheck import count_rows
from .retention import count_expired, remove_expired
from .stream_format import Stream

PAGE = 2000
#: SQL type → how an export spells a column of it; the database does so in a fraction of the time
_SPELT = {
    "timestamptz": """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {0}""",
    "uuid": "{0}::text",
    "numeric": "trim_scale({0})::text AS {0}",
}
Record = TypeVar("Record", bound=Model)


def context_of(table: str, record_id: UUID | str) -> str:
    """Return the encryption context of a record."""
    return f"{table}.sealed:{record_id}"


def decrypt_record(table: str, record_id: UUID, encrypted: bytes | memoryview, decryptor: Decryptor) -> dict[str, Any]:
    """Return the decrypted fields of one record; raises DecryptionError."""
    found: dict[str, Any] = orjson.loads(decryptor.decrypt(context_of(table, record_id), encrypted))
    return found


def get_decrypted(
    model: type[Record], items: Collection[UUID], decryptor: Decryptor
) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Yield, decrypted, those of the records of the decryptor's subject that row-level security shows this role.

    Of a table without encrypted fields, there are none beside the record.
    """
    for row in model._default_manager.filter(pk__in=items, subject=decryptor.reference):  # noqa: SLF001  public API of models
        encrypted: bytes | None = getattr(row, "sealed", None)
        yield row, decrypt_record(model._meta.db_table, row.pk, encrypted, decryptor) if encrypted is not None else {}


def get_names(
    model: type[Model], belongs_to: Iterable[tuple[UUID, UUID | None]], decryptor: Decryptor
) -> dict[UUID, str]:
    """Return item → the name that its owner gave the record that it belongs to, for (item, record) pairs.

    A record that is gone, or cannot be decrypted, names nothing.
    """
    of = dict(belongs_to)
    names = {}
    for row in model._default_manager.filter(pk__in={*of.values()} - {None}, subject=decryptor.reference):  # noqa: SLF001  public API of models
        with suppress(DecryptionError):
            encrypted: bytes = row.sealed  # type: ignore[attr-defined]  # the model of each such table has it
            names[row.pk] = decrypt_record(model._meta.db_table, row.pk, encrypted, decryptor)["name"]
    return {item: names[record] for item, record in of.items() if record in names}


def export_records(stream: Stream, reference: str, entry: UUID, *, page: int = PAGE) -> Iterator[dict[str, Any]]:
    """Yield every record of the subject, decrypted, as JSON-ready dicts in the stream's order.

    Each page is read in a short transaction that names the entry: memory stays constant, no transaction stays open,
    and the caller may write between two records. Raises NotAuthorisedError or KeyDestroyedError before the first one.
    """
    opener = decryptor(reference, entry) if stream.is_encrypted else None
    columns = {"id": "uuid", "occurred_at": "timestamptz", **stream.columns}
    chosen = ", ".join(_SPELT.get(sql_type, "{0}").format(name) for name, sql_type in columns.items())
    chosen += ", sealed" if stream.is_encrypted else ""
    # With the table's name, or the spelling would be sorted, which no index does.
    order = ", ".join(f"{stream.table}.{name}" for name in stream.order)
    after: tuple[Any, ...] = ()
    while True:
        beyond = f" AND ({order}) > ({', '.join(['%s'] * len(after))})" if after else ""
        query = f"SELECT {chosen} FROM {stream.table} WHERE subject = %s{beyond} ORDER BY {order} LIMIT %s"
        with db.authorised_by(reference, entry):
            rows = db.select_rows(query, [reference, *after, page])
        for row in rows:
            record = dict(zip(columns, row, strict=False))
            if opener is not None:
                record |= decrypt_record(stream.table, row[0], row[-1], opener)
            yield record
        if len(rows) < page:
            return
        last = dict(zip(columns, rows[-1], strict=False))
        after = tuple(last[name] for name in stream.order)


def declare_stream_category(
    stream: Stream, totals: type[DailyTotal], *, expired: EventType | None = None, **facts: Any
) -> DataCategory:
    """Declare the records of a stream as a data category; `facts` are what the two do not say of it.

    `expired` is the event that says how many records past the stream's rule were removed.
    """
    app = totals._meta.app_label
    if stream.keep_days is not None and expired is not None:
        facts |= {
            "retention": format_lazy(_("for at most {days} days; each night removes the rest"), days=stream.keep_days),
            "past_rule": partial(count_expired, stream, totals),
            "remove_expired": partial(remove_expired, stream, totals, expired),
        }
    return declare_category(
        name=stream.name,
        legal_basis=CONTRACT,
        restricted=True,
        count=partial(totals.count_records, stream.name),
        export=partial(export_records, stream),
        erase=erase_rows(f"{app}_erase", stream.table),
        recheck=count_rows(f"{app}_left", stream.table),
        **facts,
    )
