"""Request an export under an idempotency key: requesting again gives the same export, not another one."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.utils.translation import gettext as _

from audit.errors import ExportRefusedError
from audit.log.actors import Actor
from audit.search.filters import Filter
from core import db

from .models import Export, ExportIdempotencyKey
from .request_export import request_export


class KeyInUseError(ExportRefusedError):
    """Another request with this key has not been answered yet."""


class KeyTakenError(ExportRefusedError):
    """A key that belongs to a request for something else."""


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
        with db.connection().cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller} {key}"])
            (held,) = cursor.fetchone()
        if not held:
            raise KeyInUseError("Idempotency-Key", _("A request with this key is being answered. Ask again shortly."))
        found = ExportIdempotencyKey.objects.select_related("export").filter(caller=caller, key=key).first()
        if found is not None:
            if found.digest != digest:
                raise KeyTakenError("Idempotency-Key", _("This key was used for another request. Choose a new one."))
            return found.export, False
        export = request_export(wanted, actor=actor, now=now, **choices)
        ExportIdempotencyKey.objects.create(caller=caller, key=key, digest=digest, export=export)
    return export, True
