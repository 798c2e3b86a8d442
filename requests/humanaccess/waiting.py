"""What waits for a member of staff among approval requests: a decision, a review, items that may be read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.policies import list_decidable_for, mailboxes_by_person, roles_by_person
from accounts.identity.roles import Role
from accounts.identity.waiting import MOST, WaitingItem, declare_waiting
from audit.log.models import Entry
from cases.presenters import RowAct
from core.promises import PromiseState

from .aggregates import RUN_EVENT
from .grounds import REVIEW_WITHIN, RULES, RUN_REVIEW_WITHIN
from .kind import APPROVALS
from .models import ApprovalRequest, Decision, Grant
from .policies import VIEWERS, settling_roles
from .selectors import (
    get_names,
    last_reads_measured,
    list_drawn_runs,
    list_holders,
    list_unreviewed,
    list_unsettled,
)  # fmt: skip
from .states import ApprovalState

_DECIDE, _REVIEW, _READ = gettext_lazy("Decide"), gettext_lazy("Review"), gettext_lazy("Read the items")
_SETTLE = gettext_lazy("Settle")


@dataclass(frozen=True)
class _People:
    """Whoever these requests name: their accounts and mailboxes, and who decided on which request."""

    accounts: Mapping[str, User]
    mailboxes: Mapping[str, set[str]]
    deciders: Mapping[UUID, set[str]]

    def overlap(self, user: User, references: Iterable[str]) -> bool:
        """Return whether one of these accounts is this person's."""
        own = self.mailboxes[user.reference]
        return any(one == user.reference or own & self.mailboxes.get(one, set()) for one in references)


def _people_of(requests: Sequence[ApprovalRequest], *more: User) -> _People:
    deciders: dict[UUID, set[str]] = {request.pk: set() for request in requests}
    decisions = Decision.objects.filter(approval_request__in=list(deciders))
    for request, decided_by in decisions.values_list("approval_request", "decided_by"):
        deciders[request].add(decided_by)
    named = {request.asker for request in requests} | {request.subject for request in requests}
    named = named.union(*deciders.values())
    accounts = {one.reference: one for one in (*User.objects.filter(reference__in=named), *more)}
    return _People(accounts, mailboxes_by_person(accounts.values()), deciders)


def list_undecided(user: User, roles: Collection[Role], requests: Sequence[ApprovalRequest]) -> list[ApprovalRequest]:
    """Return those of these waiting requests that this person may decide on now, as `may_decide` has it."""
    wanted = [request for request in requests if request.rule.approvers & set(roles)]
    if not wanted:
        return []
    people = _people_of(wanted, user)
    held = roles_by_person(people.accounts.values())
    confirmed = list_decidable_for(user.reference, {request.asker for request in wanted})
    return [
        request
        for request in wanted
        if request.asker in confirmed
        and request.subject in people.accounts
        and held.get(request.asker, frozenset()) & request.rule.askers
        and not people.overlap(user, {request.asker, request.subject, *people.deciders[request.pk]})
    ]


def list_unreviewed_for(
    user: User, roles: Collection[Role], grants: Sequence[Grant], *, settles: bool = False
) -> list[Grant]:
    """Return those of these unreviewed grants that this person may review now, as `may_review` has it; with `settles`,
    of grants with an open follow-up those that they may settle, as `may_settle` has it."""
    requests = [grant.approval_request for grant in grants]
    reviewing = {role for request in requests for role in settling_roles(request.rule)}
    if not reviewing & set(roles):
        return []
    holders = {role: list_holders(role) for role in sorted(reviewing)}
    people = _people_of(requests, *{one for found in holders.values() for one in found}, user)

    def first_left(request: ApprovalRequest) -> list[User]:
        apart = {request.asker, request.subject, *(() if settles else people.deciders[request.pk])}
        for role in settling_roles(request.rule) if settles else request.rule.reviewers:
            if found := [one for one in holders[role] if not people.overlap(one, apart)]:
                return found
        return []

    return [grant for grant in grants if user in first_left(grant.approval_request)]


def to_review_or_settle(user: User, roles: Collection[Role]) -> list[UUID]:
    """Return the ids of the grants that fall to an administrator, to review or to settle a concern of."""
    if Role.ADMINISTRATOR not in roles:
        return []
    found = list_unreviewed_for(user, roles, list(list_unreviewed(timezone.now())[:MOST]))
    found += list_unreviewed_for(user, roles, list(list_unsettled()[:MOST]), settles=True)
    return [grant.pk for grant in found]


def next_acts(
    user: User, roles: Collection[Role], requests: Sequence[ApprovalRequest], now: datetime
) -> dict[UUID, RowAct]:
    """Return id of the request → what this person would do next with it; requests that need nothing are left out."""
    grants = {grant.approval_request_id: grant for grant in Grant.objects.filter(approval_request__in=requests)}
    waiting = [request for request in requests if request.is_waiting(now)]
    acts = {request.pk: _DECIDE for request in list_undecided(user, roles, waiting)}
    unreviewed = list_unreviewed(now).filter(approval_request__in=requests)
    acts |= {grant.approval_request_id: _REVIEW for grant in list_unreviewed_for(user, roles, list(unreviewed))}
    unsettled = list_unsettled().filter(approval_request__in=requests)
    acts |= {
        grant.approval_request_id: _SETTLE for grant in list_unreviewed_for(user, roles, list(unsettled), settles=True)
    }
    acts |= {pk: _READ for pk, grant in grants.items() if grant.reader == user.reference and grant.is_live(now)}
    return {
        request.pk: RowAct(acts[request.pk], reverse(APPROVALS.url, args=[request.reference]))
        for request in requests
        if request.pk in acts
    }


def _find(user: User, roles: frozenset[Role], now: datetime, most: int) -> Sequence[WaitingItem]:
    decided = Decision.objects.filter(decided_by=user.reference).values("approval_request")
    grounds = [ground.value for ground, rule in RULES.items() if rule.approvers & roles]
    waiting = ApprovalRequest.objects.filter(state=ApprovalState.ASKED, expires_at__gt=now, ground__in=grounds)
    waiting = waiting.exclude(subject=user.reference).exclude(asker=user.reference).exclude(pk__in=decided)
    to_decide = list_undecided(user, roles, list(waiting.defer("sealed").order_by("expires_at")[:most]))
    unreviewed = list_unreviewed(now).order_by("ends_at")[:most] if roles & _REVIEWERS else []
    to_review = list_unreviewed_for(user, roles, list(unreviewed))
    unsettled = list_unsettled()[:most] if roles & _REVIEWERS else []
    to_settle = list_unreviewed_for(user, roles, list(unsettled), settles=True)
    mine = Grant.objects.select_related("approval_request").filter(reader=user.reference, ended_at=None)
    to_read = list(mine.filter(starts_at__lte=now, ends_at__gt=now).order_by("ends_at")[:most])
    people = [each for request in to_decide for each in (request.asker, request.subject)]
    people += [each for grant in (*to_review, *to_settle, *to_read) for each in (grant.reader, grant.subject)]
    names = get_names(people)
    found = [
        _item("decide", request, _DECIDE, _describe(request, names), since=request.asked_at, due_at=request.expires_at)
        for request in to_decide
    ]
    for grant in to_review:
        ended = grant.end_of(now) or now
        facts = {"name": names.get(grant.reader, ""), "person": names.get(grant.subject, "")}
        broken = grant.approval_request.break_glass
        text = (
            _("%(name)s opened access to data of %(person)s without a decision")
            if broken
            else _("%(name)s has read data of %(person)s")
        )
        dates = {"since": ended, "due_at": (grant.starts_at if broken else ended) + REVIEW_WITHIN}
        found.append(_item("review", grant.approval_request, _REVIEW, text % facts, **dates, is_urgent=broken))
    for grant in to_settle:
        text = _("A concern about %(name)s is to be followed up") % {"name": names.get(grant.reader, "")}
        since, due_on = grant.review.reviewed_at, grant.review.follow_up.due_on
        found.append(_item("settle", grant.approval_request, _SETTLE, text, since=since, due_on=due_on))
    for grant in to_read:
        text = _("Access to data of %(person)s is open") % {"person": names.get(grant.subject, "")}
        dates = {"since": grant.starts_at, "due_at": grant.ends_at}
        found.append(_item("read", grant.approval_request, _READ, text, **dates, is_mine=True))
    return found


def _describe(request: ApprovalRequest, names: Mapping[str, str]) -> str:
    facts = {"name": names.get(request.asker, ""), "person": names.get(request.subject, "")}
    text = _("%(name)s asks for access to data of %(person)s") % facts
    return f"{text} · {request.abuse_reference}" if request.abuse_reference else text


def _item(what: str, request: ApprovalRequest, act: object, text: str, **facts: Any) -> WaitingItem:
    reference = request.reference
    url = reverse(APPROVALS.url, args=[reference])
    return WaitingItem(f"approvals:{reference}:{what}", reference, text, act, url, **facts)


def _find_runs(user: User, _roles: frozenset[Role], _now: datetime, most: int) -> Sequence[WaitingItem]:
    """Return the runs of aggregate queries that were drawn and that this auditor did not run."""
    own = Entry.objects.filter(event=RUN_EVENT, actor=f"staff:{user.reference}").values("pk")
    waiting = list_drawn_runs().filter(reviewed_at=None).exclude(pk__in=own).order_by("drawn_at")
    return [
        WaitingItem(
            key=f"figures:{sample.pk}",
            title=_("A run of a query"),
            text=_("It was drawn by chance to be reviewed"),
            act=_REVIEW,
            url=reverse("admin:humanaccess_aggregate_review", args=[sample.pk]),
            since=sample.drawn_at,
            due_at=sample.drawn_at + RUN_REVIEW_WITHIN,
        )
        for sample in waiting[:most]
    ]


def _find_exceptions(_user: User, _roles: frozenset[Role], _now: datetime, _most: int) -> Sequence[WaitingItem]:
    last = last_reads_measured()
    if last is None or last.state != PromiseState.BROKEN:
        return []
    text = _("Promise P12 is broken: %(count)s exceptions. Find out what was read, and report it promptly.")
    return [
        WaitingItem(
            key=f"reads:{last.pk}",
            title=_("Reads outside the four grounds"),
            text=text % {"count": last.exceptions},
            act=_("See the approval requests"),
            url=reverse("admin:humanaccess_approvalrequest_changelist"),
            since=last.time,
            due_at=last.time + REVIEW_WITHIN,
            is_urgent=True,
        )
    ]


declare_waiting(
    name="reads",
    title=gettext_lazy("Reads outside the four grounds"),
    find=_find_exceptions,
    roles=frozenset({Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER}),
)
_REVIEWERS = {role for rule in RULES.values() for role in settling_roles(rule)}

declare_waiting(
    name="figures", title=gettext_lazy("Anonymous figures"), find=_find_runs, roles=frozenset({Role.AUDITOR})
)
declare_waiting(name="approvals", title=gettext_lazy("Approval requests"), find=_find, roles=VIEWERS)
