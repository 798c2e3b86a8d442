"""May they? Asked anew on every act, from the roles that a person holds now."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import is_same_person, mailboxes_of, may_decide_for, roles_of
from accounts.identity.roles import Role

from .errors import AccessError, NotAllowedError, WrongStateError
from .grounds import RULES, Ground, Rule
from .models import Ask, Grant
from .selectors import count_unreviewed, deciders_of, list_holders

#: who may end another person's grant
REVOKERS = frozenset({Role.APPROVER_SECURITY, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})
#: who sees everybody's asks
OVERSEERS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR, Role.APPROVER_SECURITY, Role.APPROVER_LEGAL})
#: who sees asks at the desk
DESK = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.LEGAL_COUNSEL, Role.AUDITOR,
                  Role.APPROVER_SECURITY, Role.APPROVER_LEGAL})  # fmt: skip


def grounds_for(user: User) -> list[Ground]:
    """Return the grounds on which this person may ask now."""
    held = roles_of(user)
    return [ground for ground, rule in RULES.items() if rule.is_open and held & rule.askers]


def may_ask_at_all(user: User) -> bool:
    """Return whether this person may ask on any ground that is open."""
    return bool(grounds_for(user))


def may_ask(asker: User, subject: User, rule: Rule, now: datetime) -> None:
    """Raise unless this person may ask on this ground about this user now."""
    if not rule.is_open:
        raise NotAllowedError(_("Asks on this ground are not taken yet."), field="ground", rule="ground_closed")
    if not roles_of(asker) & rule.askers:
        raise NotAllowedError(_("Your roles do not let you ask on this ground."), field="ground", rule="role")
    if is_same_person(asker, subject):
        raise NotAllowedError(_("Nobody asks to look at their own data here."), field="subject", rule="own_data")
    if count_unreviewed(asker.reference, now):
        raise NotAllowedError(
            _("What you read under an earlier ask has waited for its review for a day. Ask again once it is reviewed."),
            field="ground",
            rule="unreviewed",
        )


def may_answer(user: User, ask: Ask, now: datetime) -> None:
    """Raise unless this user may agree to or refuse this ask now."""
    if ask.subject != user.reference or ask.rule.approver is not None:
        raise NotAllowedError(_("This is not yours to answer."), rule="not_subject")
    must_wait(ask, now)


def must_still_ask(asker: User | None, ask: Ask) -> None:
    """Raise unless the asker still holds a role that may look on this ground."""
    if asker is None or not roles_of(asker) & ask.rule.askers:
        raise WrongStateError(_("Who asked may no longer look on this ground."), rule="asker_role")


def may_decide(decider: User, ask: Ask, asker: User | None, subject: User | None, now: datetime) -> None:
    """Raise unless this person may approve or decline this ask now: the right, and never their own ask."""
    approver = ask.rule.approver
    if approver is None or approver not in roles_of(decider):
        raise NotAllowedError(_("You do not hold the right to decide on this ground."), rule="role")
    if asker is None or is_same_person(decider, asker):
        raise NotAllowedError(_("Nobody decides on their own ask."), rule="own_ask")
    if subject is None or is_same_person(decider, subject):
        raise NotAllowedError(_("Nobody decides on a look at their own data."), rule="own_data")
    must_wait(ask, now)
    must_still_ask(asker, ask)
    if not may_decide_for(asker.reference, decider.reference):
        raise NotAllowedError(
            _(
                "No second administrator has confirmed either of you: for the first thirty days you do not decide for "
                "each other."
            ),
            rule="unconfirmed",
        )
    if any(is_same_person(decider, other) for other in _people(deciders_of(ask))):
        raise WrongStateError(_("You have decided on this before. It waits for a second approver."), rule="decided")


def must_wait(ask: Ask, now: datetime) -> None:
    """Raise unless the ask still waits for an answer."""
    if not ask.is_waiting(now):
        raise WrongStateError(_("This was already answered, withdrawn, or its time is over."), rule="not_waiting")


def may_cancel(actor: User, ask: Ask, now: datetime) -> None:
    """Raise unless this person may withdraw the ask now: the one who asked."""
    if actor.reference != ask.asker:
        raise NotAllowedError(_("Only the person who asked withdraws an ask."), rule="not_asker")
    must_wait(ask, now)


def may_revoke(actor: User, grant: Grant) -> None:
    """Raise unless this person may end somebody's access: the user who agreed to it, or staff with that right."""
    agreed_to = actor.reference == grant.subject and grant.ask.rule.approver is None
    if not agreed_to and (actor.reference == grant.subject or not roles_of(actor) & REVOKERS):
        raise NotAllowedError(_("Your roles do not let you end this access."), rule="role")


def _people(references: Iterable[str]) -> list[User]:
    return list(User.objects.filter(reference__in=set(references)))


def reviewers_of(ask: Ask) -> list[User]:
    """Return who is left to review: others with the approving right; where there is none, the privacy officers.

    Never the reader, the person looked at or one who decided, by any account of theirs.
    """
    if ask.rule.approver is None:
        return []
    apart = {ask.asker, ask.subject, *deciders_of(ask)}
    taken = set[str]().union(*map(mailboxes_of, _people(apart)))
    for role in (ask.rule.approver, Role.PRIVACY_OFFICER):
        holders = list_holders(role)
        if left := [one for one in holders if one.reference not in apart and not mailboxes_of(one) & taken]:
            return left
    return []


def must_be_reviewable(ask: Ask) -> None:
    """Raise unless somebody is left to review what is read under this ask."""
    if not reviewers_of(ask):
        raise NotAllowedError(
            _("Nobody would be left to review this look, so it is not opened. It takes another approver, or a privacy "
              "officer, who neither asked nor decided."),
            rule="no_reviewer",
        )  # fmt: skip


def may_review(actor: User, ask: Ask) -> None:
    """Raise unless this person may review what was read under this ask."""
    if actor.reference in {one.reference for one in reviewers_of(ask)}:
        return
    if ask.rule.approver is None or not roles_of(actor) & {ask.rule.approver, Role.PRIVACY_OFFICER}:
        raise NotAllowedError(_("You do not hold the right to review on this ground."), rule="role")
    apart = _people({ask.asker, ask.subject, *deciders_of(ask)})
    if any(is_same_person(actor, one) for one in apart):
        raise NotAllowedError(_("Nobody reviews their own reading, nor what they decided."), rule="own_act")
    raise NotAllowedError(_("Another approver reviews this: a privacy officer does where none is left."), rule="role")


def has_people_for(asker: User, subject: User, rule: Rule, *, deciders: int) -> bool:
    """Return whether the office has so many to decide on an ask of this person, and one more to review."""
    if rule.approver is None:
        return True
    apart = {asker.reference, subject.reference}
    approvers = {one.reference for one in list_holders(rule.approver)} - apart
    officers = {one.reference for one in list_holders(Role.PRIVACY_OFFICER)} - apart
    return len(approvers) >= deciders and len(approvers | officers) > deciders


def allows(policy: Callable[..., None], *facts: object) -> bool:
    """Return whether a policy that raises would let this pass: pages offer what is allowed and nothing else."""
    try:
        policy(*facts)
    except AccessError:
        return False
    return True


def may_see_desk(user: User) -> bool:
    """Return whether this person sees the asks at the desk."""
    return bool(roles_of(user) & DESK)


def sees_every_ask(user: User) -> bool:
    """Return whether this person sees everybody's asks: who decides, reviews or checks; others see their own."""
    return bool(roles_of(user) & OVERSEERS)


def may_see_ask(user: User, ask: Ask) -> bool:
    """Return whether this person may open this ask at the desk; nobody opens one about themselves there."""
    return ask.subject != user.reference and (ask.asker == user.reference or sees_every_ask(user))
