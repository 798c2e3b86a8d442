"""What this app holds on a person: the asks to look at their data, how they were decided, and what came of them."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.identity.ports import Holding, register_holding
from audit import sides
from vault.services import Unsealer, unsealer

from .models import Ask, Decision, Grant, Review


def _count(reference: str) -> int:
    return Ask.objects.filter(subject=reference).count()


def _export(reference: str, entry: UUID) -> Iterator[dict[str, Any]]:
    opened = unsealer(reference, entry)
    with sides.under_ticket(reference, entry):
        asks = Ask.objects.filter(subject=reference).select_related("grant__review").order_by("asked_at", "pk")
        for ask in asks.prefetch_related("items", "decisions").iterator(chunk_size=500):
            grant: Grant | None = getattr(ask, "grant", None)
            yield {
                "reference": ask.reference,
                "ground": ask.ground,
                "asker": ask.asker,
                "reason": opened.unseal(ask.seal_context, ask.sealed).decode(),
                "abuse_reference": ask.abuse_reference or None,
                "window_minutes": int(ask.window.total_seconds() // 60),
                "state": ask.state,
                "asked_at": ask.asked_at.isoformat(),
                "expires_at": ask.expires_at.isoformat(),
                "closed_at": ask.closed_at.isoformat() if ask.closed_at else None,
                "named_items": [
                    {"kind": item.kind, "item": str(item.item), "label": item.title, "answer": item.answer}
                    for item in ask.items.all()
                ],
                "decisions": [_decision(decision, opened) for decision in ask.decisions.all()],
                "access": _access(grant) if grant is not None else None,
            }


def _decision(decision: Decision, opened: Unsealer) -> dict[str, Any]:
    text = opened.unseal(decision.seal_context, decision.sealed).decode() if decision.sealed is not None else None
    return {
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.isoformat(),
        "verdict": decision.verdict,
        "items": decision.items,
        "saw_refusal": decision.saw_refusal,
        "shown_at": decision.shown_at.isoformat() if decision.shown_at else None,
        "text_version": decision.text_version or None,
        "language": decision.language or None,
        "text": text,
    }


def _access(grant: Grant) -> dict[str, Any]:
    review: Review | None = getattr(grant, "review", None)
    return {
        "reader": grant.reader,
        "starts_at": grant.starts_at.isoformat(),
        "ends_at": grant.ends_at.isoformat(),
        "ended_at": grant.ended_at.isoformat() if grant.ended_at else None,
        "ended_reason": grant.ended_reason or None,
        "review": {
            "reviewed_by": review.reviewed_by,
            "reviewed_at": review.reviewed_at.isoformat(),
            "finding": review.finding,
            "reads": review.reads,
        }
        if review is not None
        else None,
    }


ASKS = register_holding(
    Holding(
        name="humanaccess.asks",
        title=_("Requests to look at your data"),
        policy_section=_("Limited Use Compliance"),
        models=(
            "humanaccess.Ask",
            "humanaccess.AskItem",
            "humanaccess.Decision",
            "humanaccess.Grant",
            "humanaccess.Review",
        ),
        fields={
            "reference": _("the number of the request to look"),
            "ground": _("the ground on which it was asked"),
            "asker": _("who asked, by their reference in our log"),
            "reason": _("the reason, in the asker's words"),
            "abuse_reference": _("the report that it was about"),
            "window_minutes": _("for how many minutes access was asked"),
            "state": _("how it was answered"),
            "asked_at": _("when it was asked"),
            "expires_at": _("until when it could be answered"),
            "closed_at": _("when it was answered, withdrawn or over"),
            "named_items": _("the items it named: kind, number and place, and your answer to each"),
            "decisions": _("who decided what and when, and the exact text that you were shown, or the decider's note"),
            "access": _("the access it led to: who, from when until when, why it ended, and its review"),
        },
        purposes=(
            _("asking you before somebody looks, and keeping what you answered"),
            _("showing who looked on which ground"),
        ),
        legal_basis=_("our legal duty to be accountable, and our promise that nobody reads without a ground"),
        recipients=(_("our auditors"),),
        source=_("members of our staff who asked, you and others who decided"),
        retention=_("as long as a dispute about a look may need it; no end is set yet"),
        gated=False,
        count=_count,
        export=_export,
    )
)
