"""Approval requests and accesses as pages show them: people by name, durations, labels of states."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.connections.events import SUMS_SHOWN as CONNECTIONS_SHOWN
from accounts.identity.models import User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.personaldata.item_providers import show_time
from accounts.workloads.events import SUMS_SHOWN as WORKLOADS_SHOWN
from audit.log.models import Entry
from cases.presenters import CaseRow, RowAct
from core.moments import moment

from . import selectors
from .grounds import REVIEW_WITHIN, Ground
from .models import GROUND_TITLES, STAFF_GROUNDS, ApprovalRequest, Decision, Grant, RequestedItem
from .policies import OVERSEERS
from .selectors import GLASS, LISTED
from .states import ApprovalState, EndReason, Finding, Verdict
from .texts import agreement_text, quote, render_duration

STATE_TONES = {
    ApprovalState.ASKED: "info",
    ApprovalState.AGREED: "success",
    ApprovalState.APPROVED: "success",
    ApprovalState.REFUSED: "danger",
    ApprovalState.OPENED: "danger",
}
#: titles of the jobs whose holders may request access
JOB_TITLES = {
    Role.SUPPORT: gettext_lazy("support agent"),
    Role.PRIVACY_OFFICER: gettext_lazy("privacy officer"),
    Role.SECURITY_ENGINEER: gettext_lazy("security engineer"),
    Role.LEGAL_COUNSEL: gettext_lazy("legal counsel"),
}
_TOTALS = {
    WORKLOADS_SHOWN.name: gettext_lazy("Totals by day: workloads"),
    CONNECTIONS_SHOWN.name: gettext_lazy("Totals by day: connections"),
}
#: the most accesses listed under one approval request, and the most to a person's totals; the log has all of them
MAX_ACCESSES = 100


def name_of(reference: str, names: dict[str, str]) -> str:
    """Return a person's user name, or a description of an account that is gone."""
    return names.get(reference) or _("a former member of staff")


def text_of(approval_request: ApprovalRequest, reason: str, asker: User | None) -> str:
    """Return the exact text that the user is asked to answer, in the active language."""
    roles = roles_of(asker) & approval_request.rule.askers if asker else ()
    return agreement_text(
        reference=approval_request.reference,
        asker=asker.username if asker else _("a former member of staff"),
        jobs=[str(title) for role, title in JOB_TITLES.items() if role in roles],
        reason=reason,
        labels=[item.title for item in approval_request.items.all()],
        window=approval_request.window,
        expires_at=approval_request.expires_at,
    )


def glass_alarms(user: User, roles: Collection[Role], now: datetime) -> list[dict[str, str]]:
    """Return what every staff page says while access without a decision is open, or not reviewed yet.

    Only whoever may see the request gets the reader's name and a link.
    """
    alarms = []
    for grant in selectors.list_broken_glass():
        request = grant.approval_request
        is_reader, end = grant.reader == user.reference, grant.end_of(now)
        is_seen = grant.subject != user.reference and (is_reader or bool(OVERSEERS & set(roles)))
        facts = {
            "name": f"\u2068{name_of(grant.reader, {grant.reader: grant.reader_name or ''})}\u2069",
            "case": request.reference,
            "since": show_time(grant.starts_at),
            "until": show_time(end or grant.ends_at),
        }
        who = (
            _("%(name)s opened access without a decision (%(case)s), from %(since)s until %(until)s.")
            if is_seen
            else _("A security engineer opened access to data without a decision, from %(since)s until %(until)s.")
        )
        if end is None:
            then = _("It is open now.")
        elif now < grant.starts_at + REVIEW_WITHIN:
            then = _("It waits for review.")
        else:
            then = _("Its review is overdue.")
        url = reverse("admin:humanaccess_approval", args=[request.reference]) if is_seen else ""
        alarms.append({"sentence": f"{who % facts} {then}", "url": url})
    return alarms


def grant_of(approval_request: ApprovalRequest) -> Grant | None:
    """Return the grant of an approval request, None where there is none."""
    return getattr(approval_request, "grant", None)


def end_label(grant: Grant, now: datetime) -> str:
    """Return why a grant has ended; empty while it is live."""
    if grant.ended_reason:
        return str(EndReason(grant.ended_reason).label)
    return "" if now < grant.ends_at else str(EndReason.EXPIRED.label)


def request_rows(approval_requests: Iterable[ApprovalRequest], now: datetime) -> list[dict[str, Any]]:
    """Return the rows of a list: the asker, the state, whether access is open."""
    found = list(approval_requests)
    names = selectors.get_names(approval_request.asker for approval_request in found)
    rows = []
    for approval_request in found:
        grant, waits = grant_of(approval_request), approval_request.is_waiting(now)
        state = ApprovalState(approval_request.state)
        if state == ApprovalState.ASKED and not waits:
            state = ApprovalState.EXPIRED
        rows.append(
            {
                "approval_request": approval_request,
                "asker": name_of(approval_request.asker, names),
                "state": state,
                "state_label": state.label,
                "tone": STATE_TONES.get(state, ""),
                "ground": STAFF_GROUNDS[Ground(approval_request.ground)],
                "grant": grant,
                "live": grant is not None and grant.is_live(now),
                "end": end_label(grant, now) if grant else "",
                "waits": waits,
            }
        )
    return rows


def queue_rows(
    approval_requests: Sequence[ApprovalRequest], acts: Mapping[UUID, RowAct], now: datetime
) -> list[CaseRow]:
    """Return the rows of the queue; `acts` maps ids to what the reader may do next."""
    return [
        CaseRow(
            case=row["approval_request"],
            url=reverse("admin:humanaccess_approval", args=[row["approval_request"].reference]),
            what=row["ground"],
            who=row["asker"],
            state=row["state_label"],
            tone=row["tone"],
            left=moment(row["approval_request"].expires_at, relative=True) if row["waits"] else "—",
            holder=_("open") if row["live"] else row["end"],
            act=acts.get(row["approval_request"].pk),
        )
        for row in request_rows(approval_requests, now)
    ]


def items_read(
    entries: Sequence[Entry], approval_requests: Sequence[ApprovalRequest]
) -> dict[tuple[UUID, str], RequestedItem]:
    """Return request and item id → the item, of those that entries of reads name."""
    read = {_payload_text(entry, "item") for entry in entries}
    items = RequestedItem.objects.filter(approval_request__in=approval_requests)
    return {(item.approval_request_id, str(item.item)): item for item in items if str(item.item) in read}


def access_rows(
    entries: Sequence[Entry],
    approval_requests: Sequence[ApprovalRequest],
    items: Mapping[tuple[UUID, str], RequestedItem],
    *,
    opened: tuple[Mapping[UUID, str], Mapping[UUID, str]],
    failed: set[str],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the accesses of one page as the user sees them; call it inside `db.row_security_for`.

    `opened` are the reasons and item names of `open_access_history`. `is_listed` marks items that were not opened,
    only listed by place and time: that needs no approval request.
    """
    reasons, item_names = opened
    by_case = {approval_request.reference: approval_request for approval_request in approval_requests}
    decisions = list(
        Decision.objects.filter(approval_request__in=approval_requests, verdict__in=[Verdict.AGREED, Verdict.APPROVED])
    )
    people = {_person(entry) for entry in entries} | {decision.decided_by for decision in decisions}
    names = selectors.get_names(people)
    titles = selectors.get_kind_titles()
    rows = []
    for entry in entries:
        kind, approval_request = _payload_text(entry, "kind"), by_case.get(entry.case_ref or "")
        row: dict[str, Any] = {
            "entry": entry,
            "reader": name_of(_person(entry), names),
            "kind": titles.get(kind, kind),
            "is_listed": approval_request is None and entry.event == LISTED,
            "is_opening": entry.event == GLASS,
        }
        rows.append(row)
        if approval_request is None:
            continue
        grant = grant_of(approval_request)
        deciders = [each.decided_by for each in decisions if each.approval_request_id == approval_request.pk]
        item = items.get((approval_request.pk, _payload_text(entry, "item")))
        row |= {
            "item": item,
            "name": item_names.get(item.item, "") if item else "",
            "approval_request": approval_request,
            "ground": GROUND_TITLES[Ground(approval_request.ground)],
            "reason": quote(reasons[approval_request.pk]) if reasons.get(approval_request.pk) else "",
            "deciders": ", ".join(
                _("you") if decider == approval_request.subject else name_of(decider, names) for decider in deciders
            )
            or (_("nobody: it was opened without a decision") if approval_request.break_glass else ""),
            "grant": grant,
            "open_for": render_duration((grant.end_of(now) or grant.ends_at) - grant.starts_at) if grant else "",
            "end": end_label(grant, now) if grant else "",
            "finding": getattr(getattr(grant, "review", None), "finding", ""),
            "nothing_shown": str(entry.pk) in failed,
        }
    return rows


def total_accesses(reference: str) -> list[dict[str, Any]]:
    """Return the newest accesses to a person's daily totals, for which no item was opened and no grant is needed.

    Call it inside `db.row_security_for`.
    """
    entries = list(Entry.objects.filter(subject=reference, event__in=_TOTALS).order_by("-id")[:MAX_ACCESSES])
    names = selectors.get_names(map(_person, entries))
    return [
        {"entry": entry, "reader": name_of(_person(entry), names), "title": _TOTALS[entry.event]} for entry in entries
    ]


def _person(entry: Entry) -> str:
    return entry.actor.partition(":")[2]


def _payload_text(entry: Entry, field: str) -> str:
    """Return a field of an entry's payload; "" where a forged entry has none, so that the page still shows the rest."""
    facts = orjson.loads(bytes(entry.leaf)).get("payload")
    found = facts.get(field) if isinstance(facts, dict) else None
    return found if isinstance(found, str) else ""


def decision_rows(approval_request: ApprovalRequest, notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return who decided what, oldest first, with the note or the text that was shown."""
    found = list(approval_request.decisions.all())
    names = selectors.get_names(decision.decided_by for decision in found)
    return [
        {
            "decision": decision,
            "who": _("the user")
            if decision.decided_by == approval_request.subject
            else name_of(decision.decided_by, names),
            "verdict": Verdict(decision.verdict).label,
            "window": render_duration(decision.window) if decision.window else "",
            "text": _decision_text(decision, notes.get(decision.decided_by, "")),
        }
        for decision in found
    ]


def _decision_text(decision: Decision, text: str) -> str:
    """Return the text that was shown to a user unchanged, and a colleague's note as a quotation."""
    return text if decision.text_version or not text else quote(text)


def staff_accesses(approval_request: ApprovalRequest) -> list[dict[str, Any]]:
    """Return the accesses under one approval request: the entry and the item's label."""
    labels = {str(item.item): item.title for item in approval_request.items.all()}
    entries = selectors.list_reads(approval_request.reference)[:MAX_ACCESSES]
    items = ((entry, _payload_text(entry, "item")) for entry in entries)
    return [{"entry": entry, "label": labels.get(item, item)} for entry, item in items]


def review_of(grant: Grant | None) -> dict[str, Any] | None:
    """Return a grant's review with its author's name, None where there is none."""
    review = getattr(grant, "review", None)
    if review is None:
        return None
    follow_up = getattr(review, "follow_up", None)
    names = selectors.get_names([review.reviewed_by, follow_up.settled_by if follow_up else ""])
    return {
        "review": review,
        "who": name_of(review.reviewed_by, names),
        "concern": review.finding == Finding.CONCERN,
        "follow_up": follow_up,
        "settled_by": name_of(follow_up.settled_by, names) if follow_up else "",
    }
