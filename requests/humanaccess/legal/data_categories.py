"""The data category of legal processes about a person."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, HAPPENED, Remainder, declare_category
from core import db
from core.encrypted_files import delete_file
from humanaccess.selectors import list_told_processes
from vault.services import decryptor

from .models import LegalProcess, ProcessNote


def _count(reference: str) -> int:
    return list_told_processes(reference).count()


def _export(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    """Yield the processes that the person may know of, with every text about them."""
    opened = decryptor(reference, entry)
    with db.authorised_by(reference, entry):
        for process in list_told_processes(reference):
            notes = ProcessNote.every.filter(request=process)
            yield {
                "reference": process.reference,
                "kind": process.kind,
                "country": process.country,
                "state": process.state,
                "received_at": process.received_at.isoformat(),
                "due_at": process.due_at.isoformat(),
                "document_sha256": process.document_sha256,
                "challenge_outcome": process.challenge_outcome or None,
                "categories": process.categories,
                "period_from": process.period_from and process.period_from.isoformat(),
                "period_until": process.period_until and process.period_until.isoformat(),
                "produced_at": process.produced_at and process.produced_at.isoformat(),
                "production_sha256": process.production_sha256 or None,
                "notified_at": process.notified_at and process.notified_at.isoformat(),
                "delay_ground": process.delay_ground or None,
                "delayed_until": process.delayed_until and process.delayed_until.isoformat(),
                "texts": [
                    {
                        "part": note.part or "note",
                        "author": note.author,
                        "written_at": note.written_at.isoformat(),
                        "text": opened.text(note.encryption_context, note.sealed),
                    }
                    for note in notes
                ],
            }


def _with_document(reference: str) -> QuerySet[LegalProcess]:
    return LegalProcess.objects.filter(subject=reference).exclude(document="")


def _erase(reference: str) -> int:
    for name in _with_document(reference).values_list("document", flat=True):
        delete_file(name)
    return int(db.select_value("SELECT humanaccess_erase_process(%s)", [reference]) or 0)


def _recheck(reference: str) -> int:
    written = ProcessNote.every.filter(subject=reference).exclude(sealed=b"")
    return written.count() + _with_document(reference).count()


declare_category(
    name="humanaccess.processes",
    title=_("Legal processes about you"),
    policy_section=_("Limited Use Compliance"),
    models=("humanaccess.LegalProcess", "humanaccess.ProcessNote"),
    fields={
        "reference": _("the number of the legal process"),
        "kind": _("the kind of process"),
        "country": _("the country of the authority"),
        "state": _("how far it has come"),
        "received_at": _("when we received it"),
        "due_at": _("until when the authority wants an answer"),
        "document_sha256": _("the digest of the document that was served"),
        "challenge_outcome": _("how our challenge ended"),
        "categories": _("the data categories that were agreed"),
        "period_from": _("the first day of the data"),
        "period_until": _("the last day of the data"),
        "produced_at": _("when data was handed over"),
        "production_sha256": _("the digest of what was handed over"),
        "notified_at": _("when we told you"),
        "delay_ground": _("why we told you later"),
        "delayed_until": _("until when we had to delay the notice"),
        "texts": _("authority, its reference, scope, what was handed over to whom, reasons and notes"),
    },
    purposes=(_("answering what an authority demands by law"), _("telling you of it")),
    legal_basis=_("our legal duty to answer authorities, and to be able to show what they got"),
    processors=CLOUDS,
    recipients=(_("the authority that demands the data"),),
    source=_("the authority, and our counsel who worked on it"),
    retention=_("as long as a dispute about the process may need it; no end is set yet"),
    restricted=False,
    count=_count,
    export=_export,
    erase=_erase,
    recheck=_recheck,
    correct=HAPPENED,
    stays=(
        Remainder(
            _("the number, kind, country, state, digests, data categories and times of each process; no text"),
            _("our legal duty to be able to show what authorities got"),
            _("as long as a dispute about the process may need it; no end is set yet"),
        ),
    ),
    erased_last=True,
)
