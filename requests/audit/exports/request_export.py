"""Request an export: store it, log it, enqueue it; under an idempotency key, once."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.utils.translation import gettext as _

from audit.errors import ExportRefusedError
from audit.log.actors import Actor
from audit.log.events import EXPORT_REQUESTED
from audit.search.filters import Filter
from core import db
from core.enqueue import enqueue as enqueue_task
from core.files import new_file_key
from core.leases import ENQUEUE_AGAIN_AFTER
from vault.services import encrypt_secret

from .estimate import estimate
from .log_export import log_export
from .models import COMPRESSIONS, Export, ExportIdempotencyKey


class KeyInUseError(ExportRefusedError):
    """Another request with this key has not been answered yet."""


class KeyTakenError(ExportRefusedError):
    """A key that belongs to a request for something else."""


def enqueue_export(export_id: UUID) -> None:
    """Enqueue the worker's task after commit; a message that is lost is sent again by the sweep."""
    enqueue_task("audit.export", str(export_id))


def request_export(
    wanted: Filter,
    *,
    actor: Actor,
    now: datetime,
    disclose_staff: bool = False,
    disclose_subject_case: bool = False,
    compress: str = "gzip",
    enqueue: bool = True,
) -> Export:
    """Request the entries that match `wanted`, to be written by the worker; the view has checked that `actor` may.

    `disclose_staff` adds the fields encrypted under staff members' keys (their names); `disclose_subject_case` those
    under the subjects' keys, of the one case that the filter names. Without `enqueue` the caller runs it; the sweep
    enqueues what is left undone. Raises ExportRefusedError.
    """
    if disclose_subject_case and not wanted.case:
        raise ExportRefusedError(
            "disclose_subject_case", _("Personal details are given for one case only: name it in the filter.")
        )
    if compress not in dict(COMPRESSIONS):
        raise ExportRefusedError("compress", _("The archive is compressed with gzip or zstd."))
    expected = estimate(wanted)
    export = Export(
        id=uuid4(),
        asked_by=str(actor),
        filter=wanted.as_text(),
        disclose_staff=disclose_staff,
        disclose_subject_case=disclose_subject_case,
        compress=compress,
        estimated_entries=expected.entries,
        estimated_bytes=expected.bytes,
        estimate_is_exact=expected.exact,
        due_at=now + ENQUEUE_AGAIN_AFTER,
        asked_at=now,
    )
    export.sealed_key = encrypt_secret(export.key_context, new_file_key())
    with db.atomic():
        export.save(force_insert=True)
        log_export(
            EXPORT_REQUESTED,
            export,
            actor=actor,
            subject=wanted.subject or None,
            now=now,
            filter=export.filter,
            case=wanted.case or None,
            disclose_staff=disclose_staff,
            disclose_subject_case=disclose_subject_case,
            compress=compress,
        )
        if enqueue:
            enqueue_export(export.pk)
    return export


def request_export_once(
    key: str, wanted: Filter, *, actor: Actor, now: datetime, **choices: Any
) -> tuple[Export, bool]:
    """Return the export that this caller requested under `key`, and whether this call created it.

    `choices` are those of `request_export`, which raises ExportRefusedError. Raises KeyTakenError, KeyInUseError.
    """
    caller = str(actor)
    requested = orjson.dumps({"filter": wanted.as_text(), **choices}, option=orjson.OPT_SORT_KEYS)
    digest = sha256(requested).hexdigest()
    with db.atomic():
        if not db.select_value("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller} {key}"]):
            raise KeyInUseError("Idempotency-Key", _("A request with this key is being answered. Ask again shortly."))
        found = ExportIdempotencyKey.objects.select_related("export").filter(caller=caller, key=key).first()
        if found is not None:
            if found.digest != digest:
                raise KeyTakenError("Idempotency-Key", _("This key was used for another request. Choose a new one."))
            return found.export, False
        export = request_export(wanted, actor=actor, now=now, **choices)
        ExportIdempotencyKey.objects.create(caller=caller, key=key, digest=digest, export=export)
    return export, True
