"""Remove exports that hold details of a person who was erased: they are encrypted under another key."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from audit.log.events import EXPORT_WITHDRAWN
from core import db
from vault.services import CACHE_SECONDS, destroyed_at

from .files import ExportFiles
from .log_export import log_export
from .models import Export
from .states import OVER, ExportError, ExportState

#: how long after a key's destruction a process may still have it cached, and how far two clocks may differ
_OPENS_FOR = timedelta(seconds=CACHE_SECONDS) + timedelta(minutes=1)
_log = structlog.get_logger(__name__)
_WITHDRAWABLE = sorted(set(ExportState) - OVER)
#: the conditions of `write_segment._HELD`, on entries: the disclosures are gone by now
_HOLDS = """
SELECT EXISTS (
    SELECT FROM audit_entry e JOIN audit_leaf l ON l.entry = e.id
    WHERE {condition} AND ((%s AND e.actor = 'staff:' || %s) OR (%s AND e.subject = %s))
      AND l.index >= %s AND l.index < %s)
"""


def withdraw_exports(reference: str, *, now: datetime) -> None:
    """Remove every export, finished or begun, that may hold disclosures of this person; call it as the worker's role.

    An export requested after the last moment at which their key could decrypt holds none, and stays. The file key goes
    first, in the transaction that logs it: from then on nothing can be decrypted, whatever a storage or its backups
    keep. A worker that writes such an export notices at its next heartbeat; `expire_exports` removes what it stored
    meanwhile, and what a storage that is unreachable now still holds.
    """
    begun = Q(checkpoint_size__isnull=False, state__in=_WITHDRAWABLE)
    begun &= Q(disclose_staff=True) | Q(disclose_subject_case=True)
    if (destroyed := destroyed_at(reference)) is not None:
        begun &= Q(asked_at__lte=destroyed + _OPENS_FOR)
    for export in Export.objects.filter(begun):
        if _holds(export, reference) and _withdraw(export, now):
            try:
                ExportFiles(export).clear()
            except Exception as error:  # noqa: BLE001  the person is erased, whatever the storage raises
                _log.warning("withdrawn_export_not_removed", export=str(export.pk), error=type(error).__name__)


def _holds(export: Export, reference: str) -> bool:
    condition, values = export.wanted.where()
    whose: list[Any] = [export.disclose_staff, reference, export.disclose_subject_case, reference]
    parameters = [*values, *whose, export.first_index, export.end_index]
    return bool(db.select_value(_HOLDS.format(condition=condition), parameters))


def _withdraw(export: Export, now: datetime) -> bool:
    with db.atomic():
        withdrawn = Export.objects.filter(pk=export.pk, state__in=_WITHDRAWABLE).update(
            state=ExportState.EXPIRED,
            error=ExportError.ERASED,
            sealed_key=b"",
            stored_name="",
            lease_until=None,
            finished_at=Coalesce(F("finished_at"), now),
        )
        if withdrawn:
            log_export(EXPORT_WITHDRAWN, export, now=now)
    return bool(withdrawn)
