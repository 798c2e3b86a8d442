"""Data categories of this app: a person's requests; and the log entries about them, which no other app exports."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, HAPPENED, Remainder, declare_category
from accounts.personaldata.recheck import count_rows
from audit.log.models import Disclosure
from cases.questions import open_questions
from core import db
from vault.services import Decryptor, decryptor

from .fulfilment.erase_requests import erase_requests
from .kind import RIGHTS
from .models import Correction, Evidence, LegalHold, Package, ProcessingMark, RequestNote, RightsRequest, Step
from .schema_sql import ERASED
from .selectors import HOLD_FACTS
from .timeline import list_told_entries, own_entries


def _count_requests(reference: str) -> int:
    return RightsRequest.objects.filter(subject=reference).count()


def _export_requests(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    opened = decryptor(reference, entry)
    with db.authorised_by(reference, entry):
        requests = RightsRequest.objects.filter(subject=reference).order_by("received_at")
        # Holds are on the person: the newest request tells them all, once.
        newest = requests.values_list("pk", flat=True).last()
        holds = _export_holds(reference)
        for request in requests.select_related("package").defer("package__sealed_key").iterator(500):
            package: Package | None = getattr(request, "package", None)
            yield {
                "reference": request.reference,
                "kind": request.kind,
                "state": request.state,
                "way_in": request.way_in,
                "regime": request.regime,
                "country": request.country or None,
                "details": request.details,
                "received_at": request.received_at.isoformat(),
                "due_on": request.due_on.isoformat(),
                "started_at": request.started_at.isoformat() if request.started_at else None,
                "grace_ends_at": request.grace_ends_at.isoformat() if request.grace_ends_at else None,
                "closed_at": request.closed_at.isoformat() if request.closed_at else None,
                "refusal_ground": request.refusal_ground or None,
                "downloads": package.downloads if package else None,
                "notes": [
                    {
                        "written_at": note.written_at.isoformat(),
                        "text": opened.decrypt(note.encryption_context, note.sealed).decode(),
                    }
                    for note in RequestNote.objects.filter(request=request)
                ],
                "questions": [
                    {
                        "asked_at": each["question"].asked_at.isoformat(),
                        "text": each["text"],
                        "closed_at": closed.isoformat() if (closed := each["question"].closed_at) else None,
                        "answer": each["answer"] or None,
                    }
                    for each in open_questions(RIGHTS, request, entry)
                ],
                "corrections": [_export_correction(row, opened) for row in request.corrections.all()],
                "evidence": _export_evidence(request),
                "marks": _export_marks(request),
                "holds": holds if request.pk == newest else [],
            }


def _export_holds(reference: str) -> list[dict[str, Any]]:
    return [
        {
            "category": hold.category or None,
            "placed_at": hold.placed_at.isoformat(),
            "ends_on": hold.ends_on.isoformat(),
            "ended_at": hold.ended_at.isoformat() if hold.ended_at else None,
        }
        for hold in LegalHold.objects.filter(subject=reference).only(*HOLD_FACTS).order_by("placed_at")
    ]


def _export_correction(row: Correction, opened: Decryptor) -> dict[str, Any]:
    def text(column: str) -> str | None:
        sealed = getattr(row, column)
        return None if sealed is None else opened.text(row.context(column), sealed)

    return {
        "category": row.category,
        "record": str(row.record) if row.record else None,
        "field": row.field,
        "old": text("sealed_old"),
        "new": text("sealed_new"),
        "reason": text("sealed_reason"),
        "decision": row.decision,
        "ground": row.ground or None,
        "words": text("sealed_words"),
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "applied_at": row.applied_at.isoformat() if row.applied_at else None,
    }


def _export_evidence(request: RightsRequest) -> dict[str, Any] | None:
    file: Evidence | None = getattr(request, "evidence", None)
    return {"media_type": file.media_type, "bytes": file.size} if file else None


def _export_marks(request: RightsRequest) -> list[dict[str, Any]]:
    return [
        {
            "category": mark.category,
            "kind": mark.kind,
            "since": mark.since.isoformat(),
            "ended_at": mark.ended_at.isoformat() if mark.ended_at else None,
            "ended_reason": mark.ended_reason or None,
        }
        for mark in ProcessingMark.objects.filter(request=request).order_by("since", "category")
    ]


def _recheck_requests(reference: str) -> int:
    with_files = Step.objects.filter(subject=reference).exclude(part="", part_key=None)
    linked = RightsRequest.objects.filter(subject=reference, user__isnull=False)
    detailed = RightsRequest.objects.filter(subject=reference).exclude(details={})
    left = with_files.count() + linked.count() + detailed.count()
    return left + count_rows("rights_left", *ERASED)(reference)


REQUESTS = declare_category(
    name="rights.requests",
    title=_("Requests about your data"),
    policy_section=_("Your Rights"),
    models=(
        "rights.RightsRequest",
        "rights.Step",
        "rights.RequestNote",
        "rights.RequestQuestion",
        "rights.Package",
        "rights.Certificate",
        "rights.LegalHold",
        "rights.Correction",
        "rights.Evidence",
        "rights.ProcessingMark",
    ),
    fields={
        "reference": _("the number of the request"),
        "kind": _("what was asked"),
        "state": _("how far it came"),
        "way_in": _("how it reached us"),
        "regime": _("the law whose clock it runs by"),
        "country": _("the country that you named"),
        "details": _("what you chose on its form"),
        "received_at": _("when it was received"),
        "due_on": _("by when it had to be answered"),
        "started_at": _("when work on it began"),
        "grace_ends_at": _("until when you could cancel a deletion"),
        "closed_at": _("when it was answered or withdrawn"),
        "refusal_ground": _("the ground, where it was refused"),
        "downloads": _("how often its package was downloaded"),
        "notes": _("what our officers wrote down about it"),
        "questions": _("what our officers asked you about it, and your answers"),
        "corrections": _("what you asked to be corrected: old and right value, why, and what was decided"),
        "evidence": _("the file that you sent as evidence: its kind and size"),
        "marks": _("what you had restricted or objected to: of what data, from when, until when"),
        "holds": _("legal holds that keep data about you: of what, from when, until when"),
    },
    purposes=(_("answering your requests"), _("showing that they were answered in time")),
    legal_basis=_("our legal duties to answer requests and to be able to show it"),
    processors=CLOUDS,
    recipients=(),
    source=_("you, and our officers who worked on it"),
    retention=_("as long as a dispute about the answer may need it; no end is set yet"),
    restricted=False,
    count=_count_requests,
    export=_export_requests,
    erase=erase_requests,
    recheck=_recheck_requests,
    correct=HAPPENED,
    stays=(
        Remainder(
            _("the number, kind, state, law, country, ground and times of each request, its steps and certificate"),
            _("our legal duty to be able to show that requests were answered"),
            _("as long as a dispute about the answer may need it; no end is set yet"),
        ),
    ),
    erased_last=True,
)


def _count_entries(reference: str) -> int:
    return list_told_entries(reference).count()


def _export_entries(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    opened = decryptor(reference, entry)
    with db.authorised_by(reference, entry):
        yield from own_entries(reference, opened)


LOG = declare_category(
    name="audit.entries",
    title=_("The log's entries about you"),
    policy_section=_("Data Security"),
    models=("audit.Entry", "audit.Disclosure"),
    fields={
        "entry": _("the number of the entry"),
        "time": _("when it happened"),
        "event": _("the name of what happened"),
        "sentence": _("what happened, in words"),
        "by": _("whether you, our staff or a machine did it"),
        "outcome": _("whether it was done, refused or failed"),
        "case": _("the request that it belongs to"),
        "personal": _("the personal details of the entry, which only your key opens"),
    },
    purposes=(_("showing who did what with your data, to you and to auditors"),),
    legal_basis=_("our legal duty to be accountable, and our legitimate interest in security"),
    processors=CLOUDS,
    recipients=(_("our auditors, who open the personal details only after an entry that says why"),),
    source=_("written by the office as things happen"),
    retention=_("the entry for good, under a random reference; its personal details until your key is destroyed"),
    restricted=False,
    count=_count_entries,
    export=_export_entries,
    erase=lambda _reference: 0,  # the disclosures go with the key, right after the entry that says so
    recheck=lambda reference: Disclosure.objects.filter(holder=reference).count(),
    correct=HAPPENED,
    stays=(
        Remainder(
            _("the entries themselves, under a random reference that leads to nobody"),
            _("our legal duty to be accountable"),
            _("for good"),
        ),
    ),
    erased_last=True,
)
