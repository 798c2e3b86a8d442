"""What is read before an act on an approval request: earlier answers of the user, and reads against the reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.identity.models import User
from audit.log.models import payload_field
from humanaccess import presenters, selectors
from humanaccess.models import ApprovalRequest, RequestedItem
from humanaccess.policies import sees_every_request
from humanaccess.services import show_request_to_staff
from humanaccess.states import ApprovalState
from humanaccess.texts import quote, render_duration


def earlier_sheet(
    approval_request: ApprovalRequest,
    earlier: Sequence[tuple[RequestedItem, Sequence[RequestedItem]]],
    viewer: User,
    now: datetime,
) -> dict[str, Any]:
    """Return what the user answered to earlier requests for these items or their neighbours, and what became of all
    that this asker requested about the same person of late. Nothing of what an item holds."""
    sees_all = sees_every_request(viewer) and viewer.reference != approval_request.subject
    rows = []
    for item, touched in earlier:
        request = item.approval_request
        may_open = sees_all or viewer.reference == request.asker
        rows.append(
            {
                "item": item,
                "request": request,
                "url": reverse("admin:humanaccess_approval", args=[request.reference]) if may_open else "",
                "answer": _earlier_answer(item),
                "touches": touched,
            }
        )
    counts = selectors.count_earlier_requests(approval_request, now)
    return {
        "template": "humanaccess/staff/_earlier.html",
        "rows": rows,
        "is_compelled": approval_request.rule.needs_process,
        "total": sum(counts.values()),
        "days": selectors.EARLIER_WITHIN.days,
        "outcomes": [(ApprovalState(state).label, count) for state, count in sorted(counts.items())],
    }


def _earlier_answer(item: RequestedItem) -> Any:
    """Return what the user did with an item that they did not agree to."""
    answers = {
        ApprovalState.AGREED.value: _("left unticked"),
        ApprovalState.REFUSED.value: _("refused"),
        ApprovalState.CANCELLED.value: _("withdrawn before an answer"),
    }
    return answers.get(item.approval_request.state, _("never answered"))


def review_sheet(approval_request: ApprovalRequest, viewer: User, now: datetime) -> dict[str, Any]:
    """Return the reason and what was decided beside what was read, as a reviewer compares them."""
    grant = approval_request.grant
    reason, notes, texts = show_request_to_staff(approval_request, viewer=viewer, now=now)
    reads = selectors.count_reads_by_item(approval_request.reference)
    granted = {item.pk for item in selectors.list_granted_items(grant)}
    listings = selectors.list_listings(grant, now).values_list(payload_field("kind"), "time")
    titles = selectors.get_kind_titles()
    (row,) = presenters.request_rows([approval_request], now)
    return {
        **row,
        "template": "humanaccess/staff/_review_sheet.html",
        "reason": quote(reason) if reason else "",
        "open_for": render_duration((grant.end_of(now) or now) - grant.starts_at),
        "decisions": presenters.decision_rows(approval_request, notes),
        "items": [
            {"item": item, "is_granted": item.pk in granted, "reads": reads.get(str(item.item))}
            for item in approval_request.items.all()
        ],
        "reads": sum(count for count, _first, _last in reads.values()),
        "listings": [(titles.get(kind, kind), time) for kind, time in listings[: presenters.MAX_ACCESSES]],
        "follow_up": presenters.review_of(grant),
        "follow_up_texts": texts,
    }
