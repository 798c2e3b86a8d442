"""Who may do what, checked again on every act from the roles that a person holds now."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import accounts_of, is_same_person, mailboxes_by_person, may_decide_for, roles_of
from accounts.identity.roles import Role
from accounts.personaldata.item_providers import NamedItem
from audit.log.models import Entry

from .errors import AccessClosedError, AccessDeniedError, AccessError
from .grounds import GLASS_PAUSE, RULES, Ground, Rule
from .legal.models import LegalProcess
from .legal.states import READABLE
from .models import ApprovalRequest, Grant, Sample
from .selectors import count_unreviewed, deciders_of, list_broken_glass, list_holders, list_not_agreed

#: who may end another person's grant
REVOKERS = frozenset({Role.APPROVER_SECURITY, Role.APPROVER_LEGAL, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})
#: who sees everybody's approval requests
OVERSEERS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR, Role.APPROVER_SECURITY, Role.APPROVER_LEGAL})
#: who sees approval requests in the staff console; an administrator those alone that nobody else is left to review
VIEWERS = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.LEGAL_COUNSEL, Role.AUDITOR,
                  Role.APPROVER_SECURITY, Role.APPROVER_LEGAL, Role.ADMINISTRATOR})  # fmt: skip


def grounds_for(user: User) -> list[Ground]:
    """Return the grounds on which this person may request access now."""
    roles = roles_of(user)
    return [ground for ground, rule in RULES.items() if rule.is_open and roles & rule.askers]


def may_request_at_all(user: User) -> bool:
    """Return whether this person may request access on any open ground."""
    return bool(grounds_for(user))


def may_request(asker: User, subject: User, rule: Rule, now: datetime) -> None:
    """Raise unless this person may request access to this user's data on this ground now."""
    if not rule.is_open:
        raise AccessDeniedError(
            _("Requests on this ground are not accepted yet."), field="ground", rule="ground_closed"
        )
    if not roles_of(asker) & rule.askers:
        raise AccessDeniedError(_("Your roles do not let you ask on this ground."), field="ground", rule="role")
    if is_same_person(asker, subject):
        raise AccessDeniedError(_("Nobody asks to look at their own data here."), field="subject", rule="own_data")
    if count_unreviewed(asker, now):
        raise AccessDeniedError(
            _(
                "What you read under an earlier request has waited for its review for a day, or you opened access "
                "without a decision. Request access again once it is reviewed."
            ),
            field="ground",
            rule="unreviewed",
        )


def may_read_for(case: str, subject: User, grounds: Iterable[Ground]) -> LegalProcess:
    """Return the legal process of this reference, locked, so that nobody closes it before what is asked for is stored;
    raises unless data of this user may be asked for under it."""
    wanted = LegalProcess.objects.filter(reference=case, subject=subject.reference, state=READABLE[0])
    found = wanted.select_for_update().first()
    if found is None or Ground.LEGAL not in grounds:
        raise AccessDeniedError(
            _("Name a legal process of this person whose scope is agreed."), field="ground", rule="process"
        )
    return found


def may_break_glass(asker: User, subject: User, items: Sequence[NamedItem], now: datetime) -> None:
    """Raise unless this person may open these items now without a decision: for security, one at a time."""
    may_request(asker, subject, RULES[Ground.SECURITY], now)
    broken = list(list_broken_glass())
    if any(is_same_person(asker, one) for one in _people(grant.reader for grant in broken)):
        raise AccessDeniedError(
            _("You opened access without a decision before. Somebody else must review that first."), rule="chained"
        )
    recent = _people(grant.subject for grant in broken if grant.starts_at > now - GLASS_PAUSE)
    if any(is_same_person(subject, one) for one in recent):
        raise AccessDeniedError(
            _("Data of this person was opened without a decision within a day. That is reviewed first."),
            rule="chained_subject",
        )
    if list_not_agreed(subject.reference, ((item.kind, item.id) for item in items)):
        raise AccessDeniedError(
            _("The user did not agree to one of these items, or to one beside it. That takes two approvers."),
            rule="not_agreed",
        )


def may_run_aggregates(actor: User) -> None:
    """Raise unless this person may run aggregate queries."""
    if not roles_of(actor) & RULES[Ground.AGGREGATE].askers:
        raise AccessDeniedError(_("Your roles do not let you run this."), rule="role")


def may_answer(user: User, approval_request: ApprovalRequest, now: datetime) -> None:
    """Raise unless this user may agree to or refuse this request now."""
    if approval_request.subject != user.reference or approval_request.rule.approvers:
        raise AccessDeniedError(_("This is not yours to answer."), rule="not_subject")
    must_wait(approval_request, now)


def must_still_request(asker: User | None, approval_request: ApprovalRequest) -> None:
    """Raise unless the asker still holds a role that may read on this ground."""
    if asker is None or not roles_of(asker) & approval_request.rule.askers:
        raise AccessClosedError(_("Who asked may no longer look on this ground."), rule="asker_role")


def may_decide(
    decider: User, approval_request: ApprovalRequest, asker: User | None, subject: User | None, now: datetime
) -> None:
    """Raise unless this person may approve or decline this request now: with the right, and never their own."""
    if not roles_of(decider) & approval_request.rule.approvers:
        raise AccessDeniedError(_("You do not hold the right to decide on this ground."), rule="role")
    if asker is None or is_same_person(decider, asker):
        raise AccessDeniedError(_("Nobody decides on their own request."), rule="own_ask")
    if subject is None or is_same_person(decider, subject):
        raise AccessDeniedError(_("Nobody decides on access to their own data."), rule="own_data")
    must_wait(approval_request, now)
    must_still_request(asker, approval_request)
    if not may_decide_for(asker.reference, decider.reference):
        raise AccessDeniedError(
            _(
                "No second administrator has confirmed either of you: for the first thirty days you do not decide for "
                "each other."
            ),
            rule="unconfirmed",
        )
    if any(is_same_person(decider, other) for other in _people(deciders_of(approval_request))):
        raise AccessClosedError(_("You have decided on this before. It waits for a second approver."), rule="decided")


def must_wait(approval_request: ApprovalRequest, now: datetime) -> None:
    """Raise unless the request still waits for an answer."""
    if not approval_request.is_waiting(now):
        raise AccessClosedError(_("This was already answered, withdrawn, or its time is over."), rule="not_waiting")


def may_cancel(actor: User, approval_request: ApprovalRequest, now: datetime) -> None:
    """Raise unless this person may withdraw the request now: the one who filed it."""
    if actor.reference != approval_request.asker:
        raise AccessDeniedError(_("Only the person who filed a request withdraws it."), rule="not_asker")
    must_wait(approval_request, now)


def may_revoke(actor: User, grant: Grant) -> None:
    """Raise unless this person may end somebody's access: the user who agreed to it, or staff with that right."""
    agreed_to = actor.reference == grant.subject and not grant.approval_request.rule.approvers
    if not agreed_to and (actor.reference == grant.subject or not roles_of(actor) & REVOKERS):
        raise AccessDeniedError(_("Your roles do not let you end this access."), rule="role")


def _people(references: Iterable[str]) -> list[User]:
    return list(User.objects.filter(reference__in=set(references)))


def reviewers_of(approval_request: ApprovalRequest) -> list[User]:
    """Return who is left to review: the holders of the first reviewing role of the ground that has somebody left.

    Never the reader, the subject or one who decided, by any account of theirs.
    """
    apart = {approval_request.asker, approval_request.subject, *deciders_of(approval_request)}
    return _left_of(approval_request.rule.reviewers, apart)


def _left_of(roles: Iterable[Role], apart: set[str]) -> list[User]:
    """Return the holders of the first role that has somebody left, apart from these people by any account of theirs."""
    taken = set[str]().union(*mailboxes_by_person(_people(apart)).values())
    for role in roles:
        holders = list_holders(role)
        mailboxes = mailboxes_by_person(holders)
        if left := [one for one in holders if one.reference not in apart and not mailboxes[one.reference] & taken]:
            return left
    return []


def may_settle(actor: User, grant: Grant) -> None:
    """Raise unless this person may settle what is to follow from a concern: a privacy officer who did not read, nor is
    the person whose data it was; where none is left, whoever else reviews on the ground."""
    if actor not in _left_of(settling_roles(grant.approval_request.rule), {grant.reader, grant.subject}):
        raise AccessDeniedError(
            _("A privacy officer settles this, never the reader or the person whose data it was."), rule="role"
        )


def settling_roles(rule: Rule) -> tuple[Role, ...]:
    """Return the roles that settle what is to follow from a concern, in this order."""
    return (Role.PRIVACY_OFFICER, *rule.reviewers)


def may_review_run(actor: User, sample: Sample) -> None:
    """Raise unless this person may review a run of an aggregate query: an auditor who did not run it."""
    if Role.AUDITOR not in roles_of(actor):
        raise AccessDeniedError(_("Your roles do not let you review this."), rule="role")
    runner = Entry.objects.filter(pk=sample.pk).values_list("actor", flat=True).first() or ""
    if any(is_same_person(actor, one) for one in _people([runner.removeprefix("staff:")])):
        raise AccessDeniedError(_("Nobody reviews what they ran."), rule="own_act")


def must_be_reviewable(approval_request: ApprovalRequest) -> None:
    """Raise unless somebody is left to review what is read under this request."""
    if not reviewers_of(approval_request):
        raise AccessDeniedError(
            _("Nobody would be left to review this access, so it is not opened. It takes another approver, or a "
              "privacy officer, who neither asked nor decided."),
            rule="no_reviewer",
        )  # fmt: skip


def may_review(actor: User, approval_request: ApprovalRequest) -> None:
    """Raise unless this person may review what was read under this request."""
    if actor.reference in {one.reference for one in reviewers_of(approval_request)}:
        return
    if not roles_of(actor) & set(approval_request.rule.reviewers):
        raise AccessDeniedError(_("You do not hold the right to review on this ground."), rule="role")
    apart = _people({approval_request.asker, approval_request.subject, *deciders_of(approval_request)})
    if any(is_same_person(actor, one) for one in apart):
        raise AccessDeniedError(_("Nobody reviews their own reading, nor what they decided."), rule="own_act")
    raise AccessDeniedError(
        _("Others review this first, by their role: you do where none of them is left."), rule="role"
    )


def has_people_for(asker: User, subject: User, rule: Rule, *, deciders: int) -> bool:
    """Return whether there are `deciders` people to decide on a request of this person, and one more to review."""
    apart = {asker.reference, subject.reference}
    if not rule.approvers:
        return bool(_left_of(rule.reviewers, apart))
    approvers = {one.reference for one in list_holders(*rule.approvers)} - apart
    reviewers = {one.reference for one in list_holders(*rule.reviewers)} - apart
    return len(approvers) >= deciders and bool(reviewers) and len(approvers | reviewers) > deciders


def allows(policy: Callable[..., None], *facts: object) -> bool:
    """Return whether a policy would raise nothing: pages offer only what is allowed."""
    try:
        policy(*facts)
    except AccessError:
        return False
    return True


def sees_every_request(user: User) -> bool:
    """Return whether this person sees everybody's requests: who decides, reviews or audits; others see their own."""
    return bool(roles_of(user) & OVERSEERS)


def may_see_request(user: User, approval_request: ApprovalRequest | None) -> bool:
    """Return whether this person may open this request in the staff console; nobody opens one about themselves.

    An administrator sees what falls to them to review, in an office where nobody else is left for it, and no other.
    For a request that there is not, None, it takes as many queries.
    """
    roles, subject = roles_of(user), approval_request.subject if approval_request else ""
    if subject in accounts_of(user, [subject]) or approval_request is None:
        return False
    if approval_request.asker == user.reference or roles & (OVERSEERS | approval_request.rule.approvers):
        return True
    grant: Grant | None = getattr(approval_request, "grant", None)
    if grant is None or Role.ADMINISTRATOR not in roles:
        return False
    return allows(may_review, user, approval_request) or allows(may_settle, user, grant)
