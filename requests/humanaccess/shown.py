"""Asks and looks as pages show them: people by name, times with their length, words for states."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from audit.models import Entry

from . import selectors
from .grounds import Ground
from .models import DESK_GROUNDS, END_TITLES, GROUND_TITLES, Ask, AskItem, Decision, Grant
from .policies import REVOKERS
from .selectors import LISTED
from .states import AskState, EndReason, Finding, Verdict
from .texts import agreement_text, quote, say_duration

STATE_TONES = {
    AskState.ASKED: "info",
    AskState.AGREED: "success",
    AskState.APPROVED: "success",
    AskState.REFUSED: "danger",
    AskState.CANCELLED: "",
    AskState.EXPIRED: "",
}
VERDICT_WORDS = {
    Verdict.AGREED: gettext_lazy("agreed"),
    Verdict.REFUSED: gettext_lazy("refused"),
    Verdict.APPROVED: gettext_lazy("approved"),
    Verdict.DECLINED: gettext_lazy("declined"),
}
#: looks that the desk's page of one ask lists at most; the log has all of them
DESK_LOOKS = 100


def job_titles() -> dict[Role, str]:
    """Return what the jobs that may ask are called."""
    return {
        Role.SUPPORT: _("support agent"),
        Role.PRIVACY_OFFICER: _("privacy officer"),
        Role.SECURITY_ENGINEER: _("security engineer"),
        Role.LEGAL_COUNSEL: _("legal counsel"),
    }


def name_of(reference: str, names: dict[str, str]) -> str:
    """Return a person's user name, or words for an account that is gone."""
    return names.get(reference) or _("a former member of staff")


def text_of(ask: Ask, reason: str, asker: User | None) -> str:
    """Return the exact text that the user is asked to answer, in the active language."""
    jobs = [title for role, title in job_titles().items() if asker and role in roles_of(asker) & ask.rule.askers]
    return agreement_text(
        reference=ask.reference,
        asker=asker.username if asker else _("a former member of staff"),
        jobs=jobs,
        reason=reason,
        labels=[item.title for item in ask.items.all()],
        window=ask.window,
        expires_at=ask.expires_at,
    )


def grant_of(ask: Ask) -> Grant | None:
    """Return the ask's grant, None where there is none."""
    return getattr(ask, "grant", None)


def end_words(grant: Grant, now: datetime) -> str:
    """Return why a grant has ended; empty while it is live."""
    if grant.ended_reason:
        return str(END_TITLES[EndReason(grant.ended_reason)])
    return "" if now < grant.ends_at else str(END_TITLES[EndReason.EXPIRED])


def ask_rows(asks: Iterable[Ask], now: datetime) -> list[dict[str, Any]]:
    """Return asks for a list: who asks, how it stands, whether access is open."""
    found = list(asks)
    names = selectors.get_names(ask.asker for ask in found)
    rows = []
    for ask in found:
        grant = grant_of(ask)
        state = AskState.EXPIRED if ask.state == AskState.ASKED and now >= ask.expires_at else AskState(ask.state)
        rows.append(
            {
                "ask": ask,
                "asker": name_of(ask.asker, names),
                "state": AskState(state),
                "state_label": dict(Ask._meta.get_field("state").flatchoices)[state],
                "tone": STATE_TONES[state],
                "ground": DESK_GROUNDS[Ground(ask.ground)],
                "grant": grant,
                "live": grant is not None and grant.is_live(now),
                "over": end_words(grant, now) if grant else "",
                "waits": ask.is_waiting(now),
            }
        )
    return rows


@dataclass(frozen=True)
class ShownLook:
    """One look as its owner sees it; `listed` where nothing was opened, and items were listed by place and time."""

    entry: Entry
    reader: str
    listed: bool
    kind: str
    item: AskItem | None = None
    ask: Ask | None = None
    ground: str = ""
    reason: str = ""
    deciders: str = ""
    grant: Grant | None = None
    open_for: str = ""
    over: str = ""
    nothing_shown: bool = False


def shown_looks(
    lines: Sequence[Entry], asks: Sequence[Ask], reasons: dict[Any, str], failed: set[str], now: datetime
) -> list[ShownLook]:
    """Return the looks of one page; call it inside `sides.as_subject`."""
    by_case = {ask.reference: ask for ask in asks}
    decisions = list(Decision.objects.filter(ask__in=asks, verdict__in=[Verdict.AGREED, Verdict.APPROVED]))
    people = {line.actor.partition(":")[2] for line in lines} | {found.decided_by for found in decisions}
    names = selectors.get_names(people)
    items = {(item.ask_id, str(item.item)): item for item in AskItem.objects.filter(ask__in=asks)}
    titles = selectors.get_kind_titles()
    looks = []
    for line in lines:
        reader, found_kind = name_of(line.actor.partition(":")[2], names), _said_in(line, "kind")
        kind, ask = titles.get(found_kind, found_kind), by_case.get(line.case_ref or "")
        if ask is None:
            looks.append(ShownLook(line, reader, listed=line.event == LISTED, kind=kind))
            continue
        grant = grant_of(ask)
        deciding = [found.decided_by for found in decisions if found.ask_id == ask.pk]
        looks.append(
            ShownLook(
                entry=line,
                reader=reader,
                listed=False,
                kind=kind,
                item=items.get((ask.pk, _said_in(line, "item"))),
                ask=ask,
                ground=str(GROUND_TITLES[Ground(ask.ground)]),
                reason=quote(reasons[ask.pk]) if reasons.get(ask.pk) else "",
                deciders=", ".join(_("you") if who == ask.subject else name_of(who, names) for who in deciding),
                grant=grant,
                open_for=_open_for(grant, now),
                over=end_words(grant, now) if grant else "",
                nothing_shown=str(line.pk) in failed,
            )
        )
    return looks


def _said_in(line: Entry, field: str) -> str:
    """Return a field of a line's payload; "" where an added line, made by hand, has none: it hides no other."""
    facts = orjson.loads(bytes(line.leaf)).get("payload")
    found = facts.get(field) if isinstance(facts, dict) else None
    return found if isinstance(found, str) else ""


def _open_for(grant: Grant | None, now: datetime) -> str:
    if grant is None:
        return ""
    return say_duration((grant.end_of(now) or grant.ends_at) - grant.starts_at)


def holds(user: User, role: Role) -> bool:
    """Return whether the person holds this role now."""
    return role in roles_of(user)


def may_end(user: User, grant: Grant | None) -> bool:
    """Return whether the desk offers this person the button that ends somebody's access."""
    return grant is not None and grant.subject != user.reference and bool(roles_of(user) & REVOKERS)


def decision_rows(ask: Ask, notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return who decided what, oldest first, with what was noted or shown."""
    found = list(ask.decisions.all())
    names = selectors.get_names(decision.decided_by for decision in found)
    return [
        {
            "decision": decision,
            "who": _("the user") if decision.decided_by == ask.subject else name_of(decision.decided_by, names),
            "words": VERDICT_WORDS[Verdict(decision.verdict)],
            "text": _said(decision, notes.get(decision.decided_by, "")),
        }
        for decision in found
    ]


def _said(decision: Decision, text: str) -> str:
    """Return the words that were shown to a user as they were, and a colleague's note as a quotation."""
    return text if decision.text_version or not text else quote(text)


def desk_looks(ask: Ask) -> list[dict[str, Any]]:
    """Return the looks under one ask: when, which item, which line."""
    labels = {str(item.item): item.title for item in ask.items.all()}
    looks = []
    for line in selectors.list_reads(ask.reference)[:DESK_LOOKS]:
        item = _said_in(line, "item")
        looks.append({"entry": line, "label": labels.get(item, item)})
    return looks


def review_of(grant: Grant | None) -> dict[str, Any] | None:
    """Return a grant's review with its author's name, None where there is none."""
    review = getattr(grant, "review", None)
    if review is None:
        return None
    names = selectors.get_names([review.reviewed_by])
    return {"review": review, "who": name_of(review.reviewed_by, names), "concern": review.finding == Finding.CONCERN}
