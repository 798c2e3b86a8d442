"""The data category of this app: requests to look at a person's data, their decisions and the access they led to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS, HAPPENED, Remainder, declare_category
from core import db
from vault.services import Decryptor, decryptor

from .models import ApprovalRequest, Decision, FollowUp, Grant, RequestedItem, Review
from .selectors import list_withheld


def _count(reference: str) -> int:
    return _told(reference).count()


def _told(reference: str) -> QuerySet[ApprovalRequest]:
    """Return the requests of which the person may know."""
    return ApprovalRequest.objects.filter(subject=reference).exclude(reference__in=list_withheld(reference))


def _export(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    opened = decryptor(reference, entry)
    with db.authorised_by(reference, entry):
        told = _told(reference).select_related("grant__review__follow_up", "process")
        approval_requests = told.order_by("asked_at", "pk")
        for approval_request in approval_requests.prefetch_related("items", "decisions").iterator(chunk_size=500):
            grant: Grant | None = getattr(approval_request, "grant", None)
            yield {
                "reference": approval_request.reference,
                "ground": approval_request.ground,
                "asker": approval_request.asker,
                "reason": opened.text(approval_request.encryption_context, approval_request.sealed),
                "abuse_reference": approval_request.abuse_reference or None,
                "process": approval_request.process.reference if approval_request.process else None,
                "break_glass": approval_request.break_glass,
                "window_minutes": int(approval_request.window.total_seconds() // 60),
                "state": approval_request.state,
                "asked_at": approval_request.asked_at.isoformat(),
                "expires_at": approval_request.expires_at.isoformat(),
                "closed_at": _iso(approval_request.closed_at),
                "named_items": [
                    {"kind": item.kind, "item": str(item.item), "label": item.title, "answer": item.answer}
                    for item in approval_request.items.all()
                ],
                "decisions": [_decision(decision, opened) for decision in approval_request.decisions.all()],
                "access": _access(grant, opened) if grant is not None else None,
            }


def _erase(reference: str) -> int:
    return int(db.select_value("SELECT humanaccess_erase(%s)", [reference]) or 0)


def _recheck(reference: str) -> int:
    """Count what still has a text, and what still waits for an answer or could be read under."""
    requests = ApprovalRequest.objects.filter(subject=reference)
    left = (
        requests.exclude(sealed=b"", reason_digest=""),
        requests.filter(state__in=sorted(ApprovalRequest.OPEN)),
        RequestedItem.objects.filter(subject=reference).exclude(label=""),
        Decision.objects.filter(subject=reference, sealed__isnull=False).exclude(sealed=b""),
        Grant.objects.filter(subject=reference, ended_at=None),
        FollowUp.objects.filter(subject=reference)
        .exclude(sealed=b"", sealed_outcome__isnull=True)
        .exclude(sealed=b"", sealed_outcome=b""),
    )
    return sum(rows.count() for rows in left)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _decision(decision: Decision, opened: Decryptor) -> dict[str, Any]:
    return {
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.isoformat(),
        "verdict": decision.verdict,
        "items": decision.items,
        "window_minutes": int(decision.window.total_seconds() // 60) if decision.window else None,
        "saw_refusal": decision.saw_refusal,
        "shown_at": _iso(decision.shown_at),
        "text_version": decision.text_version or None,
        "language": decision.language or None,
        "text": None if decision.sealed is None else opened.text(decision.encryption_context, decision.sealed),
    }


def _access(grant: Grant, opened: Decryptor) -> dict[str, Any]:
    review: Review | None = getattr(grant, "review", None)
    return {
        "reader": grant.reader,
        "starts_at": grant.starts_at.isoformat(),
        "ends_at": grant.ends_at.isoformat(),
        "ended_at": _iso(grant.ended_at),
        "ended_reason": grant.ended_reason or None,
        "review": {
            "reviewed_by": review.reviewed_by,
            "reviewed_at": review.reviewed_at.isoformat(),
            "finding": review.finding,
            "reads": review.reads,
            "follow_up": _follow_up(review, opened),
        }
        if review is not None
        else None,
    }


def _follow_up(review: Review, opened: Decryptor) -> dict[str, Any] | None:
    found: FollowUp | None = getattr(review, "follow_up", None)
    if found is None:
        return None
    outcome = found.sealed_outcome
    return {
        "kind": found.kind,
        "due_on": found.due_on.isoformat(),
        "text": opened.text(found.encryption_context, found.sealed),
        "settled_by": found.settled_by or None,
        "settled_at": _iso(found.settled_at),
        "outcome": None if outcome is None else opened.text(found.outcome_context, outcome),
    }


declare_category(
    name="humanaccess.asks",
    title=_("Requests to look at your data"),
    policy_section=_("Limited Use Compliance"),
    models=(
        "humanaccess.ApprovalRequest",
        "humanaccess.RequestedItem",
        "humanaccess.Decision",
        "humanaccess.Grant",
        "humanaccess.ReadCode",
        "humanaccess.Review",
        "humanaccess.FollowUp",
    ),
    fields={
        "reference": _("the number of the request to look"),
        "ground": _("the ground on which it was asked"),
        "asker": _("who asked, by their reference in our log"),
        "reason": _("the reason, in the asker's words"),
        "abuse_reference": _("the report that it was about"),
        "process": _("the legal process that it was for"),
        "break_glass": _("whether access was opened at once, without a decision"),
        "window_minutes": _("for how many minutes access was asked"),
        "state": _("how it was answered"),
        "asked_at": _("when it was asked"),
        "expires_at": _("until when it could be answered"),
        "closed_at": _("when it was answered, withdrawn or over"),
        "named_items": _("the items it named: kind, number and place, and your answer to each"),
        "decisions": _("who decided what and when, and the exact text that you were shown, or the decider's note"),
        "access": _("the access it led to: who, from when until when, why it ended, its review, and what followed"),
    },
    purposes=(
        _("asking you before somebody looks, and keeping what you answered"),
        _("showing who looked on which ground"),
    ),
    legal_basis=_("our legal duty to be accountable, and our promise that nobody reads without a ground"),
    processors=CLOUDS,
    recipients=(_("our auditors"),),
    source=_("members of our staff who asked, you and others who decided"),
    retention=_("as long as a dispute about an access may need it; no end is set yet"),
    restricted=False,
    count=_count,
    export=_export,
    erase=_erase,
    recheck=_recheck,
    correct=HAPPENED,
    stays=(
        Remainder(
            _("the number, ground, report, item numbers, decisions, times and review of each request to look; no text"),
            _("our legal duty to be able to show that nobody read without a ground"),
            _("as long as a dispute about an access may need it; no end is set yet"),
        ),
    ),
    erased_last=True,
)
