"""Who may file what, sign a deletion off and have an account deleted, and what a legal hold keeps."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.identity.models import RoleAssignment, User
from accounts.identity.policies import has_role, is_same_person, mailboxes_by_person, roles_of
from accounts.identity.roles import Role
from accounts.identity.selectors import role_holders
from accounts.personaldata.categories import DataCategory, category_title, data_categories, lock_holds
from audit.log.models import Entry
from cases.errors import NotAllowedError

from . import events
from .errors import AlreadyOpenError, NotNowError, OnHoldError, RightsError, StaffAccountError
from .models import LegalHold, RightsRequest
from .selectors import get_open_request, list_holds_on, marks_in_force
from .states import OBJECTED_CATEGORIES, Kind, MarkKind, ObjectionTo, RestrictionGround

#: who may sign a deletion off: an officer, and where no second one is left the others
SIGNERS = frozenset({Role.PRIVACY_OFFICER, Role.LEGAL_COUNSEL, Role.ADMINISTRATOR})

#: who places and lifts legal holds
HOLDERS = frozenset({Role.LEGAL_COUNSEL, Role.PRIVACY_OFFICER})

#: who sees every kind of request; who only signs deletions off sees those
ALL_KINDS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})


def visible_to(roles: frozenset[Role]) -> Q:
    """Return the condition of the requests that a reader with these roles sees."""
    return Q() if roles & ALL_KINDS else Q(kind=Kind.DELETION)


def may_see(request: RightsRequest, roles: frozenset[Role]) -> bool:
    """Return whether a reader with these roles sees this request."""
    return request.kind == Kind.DELETION or bool(roles & ALL_KINDS)


def check_holder(subject: str, actor: User) -> None:
    """Raise NotAllowedError unless this person may place and lift legal holds on that one: never on themselves."""
    if not has_role(actor, *HOLDERS):
        raise NotAllowedError("actor", _("Your roles do not let you do this."))
    user = User.objects.filter(reference=subject).first()
    if actor.reference == subject or (user is not None and is_same_person(actor, user)):
        raise NotAllowedError("subject", _("Nobody places or lifts a hold on themselves."))


def own_scope_title(category: str) -> str:
    """Return what a legal hold keeps, said to the person whom it is about."""
    return scope_title(category) if category else _("everything that we hold about you")


def scope_title(category: str) -> str:
    """Return what a legal hold keeps: the title of a data category, or everything."""
    if not category:
        return _("everything on the person")
    return str(category_title(category) or category)


def check_not_on_hold(subject: str, now: datetime, *, whole: bool) -> None:
    """Raise OnHoldError while a legal hold keeps data of this person; with `whole`, only one on everything counts."""
    lock_holds(subject)
    holds: list[LegalHold] = [hold for hold in list_holds_on(subject, now) if not (whole and hold.category)]
    if holds:
        last = max(holds, key=lambda hold: hold.ends_on)
        raise OnHoldError(
            "hold",
            _(
                "A legal hold keeps this, until %(day)s: %(scope)s. It can be done afterwards, or once the hold is "
                "lifted."
            )
            % {"day": date_format(last.ends_on), "scope": scope_title(last.category)},
        )


#: events of who worked on a deletion, whoever holds it now
_WORK = (
    events.ERASURE_STARTED.name,
    events.STEP_ATTESTED.name,
    events.STEP_LEFT_OUT.name,
    events.STEP_RETRIED.name,
)


def _involved(requests: Collection[RightsRequest]) -> dict[UUID, set[str]]:
    """Return id → references of everybody who worked on a deletion, and of its person: none of them signs it off."""
    found = {
        row.pk: {row.subject, row.started_by, row.assignee.reference if row.assignee else ""} - {""} for row in requests
    }
    by_reference = {row.reference: row.pk for row in requests}
    acted = Entry.objects.filter(case_ref__in=[*by_reference], event__in=_WORK, actor__startswith="staff:")
    for case, actor in acted.values_list("case_ref", "actor"):
        found[by_reference[str(case)]].add(actor.removeprefix("staff:"))
    return found


def signer_refusals(requests: Collection[RightsRequest], signer: User) -> dict[UUID, str]:
    """Return id → why this person may not sign a deletion off, of those of these where that is so.

    An officer signs who did not work on it; where there is none, a counsel or an administrator, who sees what the
    office did and nothing of the person's.
    """
    roles, involved = roles_of(signer), _involved(requests)
    officers = [*role_holders(Role.PRIVACY_OFFICER)]
    worked = User.objects.filter(reference__in=set().union(*involved.values()))
    mailboxes = mailboxes_by_person([*worked, *officers, signer])

    def is_other(person: User, references: set[str]) -> bool:
        theirs = set().union(*(mailboxes.get(reference, set()) for reference in references))
        return person.reference not in references and not mailboxes[person.reference] & theirs

    refusals = {}
    for key, references in involved.items():
        if not roles & SIGNERS:
            refusals[key] = _("Your roles do not let you do this.")
        elif not is_other(signer, references):
            refusals[key] = _("You worked on this deletion, or it is your own: somebody else has to sign it off.")
        elif Role.PRIVACY_OFFICER not in roles and any(is_other(officer, references) for officer in officers):
            refusals[key] = _("There is an officer who did not work on it: they sign it off.")
    return refusals


def check_signer(request: RightsRequest, signer: User) -> None:
    """Raise NotAllowedError unless this person may sign the deletion off."""
    if refusal := signer_refusals([request], signer).get(request.pk):
        raise NotAllowedError("actor", refusal)


def check_may_file(user: User, kind: Kind) -> None:
    """Raise StaffAccountError for a deletion, AlreadyOpenError unless this person may file such a one.

    Of an objection `check_objection` says it: one may be open while another is granted at once.
    Call inside `db.row_security_for`.
    """
    if kind == Kind.DELETION:
        check_deletable(user)
    if kind != Kind.OBJECTION:
        _check_none_open(user, kind)


def _check_none_open(user: User, kind: Kind) -> None:
    if first := get_open_request(user.reference, kind):
        raise AlreadyOpenError(first.reference)


def is_granted_at_once(kind: str, details: Mapping[str, Any]) -> bool:
    """Return whether such a request is granted as it is filed: nothing is weighed against an end of analytics."""
    return kind == Kind.OBJECTION and details.get("to") == ObjectionTo.ANALYTICS


def restrictable() -> list[DataCategory]:
    """Return the data categories whose use a person may have restricted.

    Those by which we answer the person stay out: account, letters, requests and the log.
    """
    return [category for category in data_categories() if category.is_restrictable or not category.erased_last]


def check_restriction(user: User, categories: Collection[str]) -> None:
    """Raise RightsError unless the person may have the use of these data categories restricted.

    NotNowError where one of them is restricted already. Call inside `db.row_security_for`, as the next ones.
    """
    known = {category.name for category in restrictable()}
    if not categories or {*categories} - known or len({*categories}) < len(categories):
        raise RightsError("categories", _("Choose among the data categories that are listed."))
    marks = marks_in_force().filter(subject=user.reference, kind=MarkKind.RESTRICTED, category__in=categories)
    if (mark := marks.first()) is not None:
        facts = {"title": category_title(mark.category), "reference": mark.request.reference}
        raise NotNowError("categories", _("%(title)s: restricted already, by your request %(reference)s.") % facts)


def check_objection(user: User, to: str) -> None:
    """Raise RightsError unless an objection applies to this use; NotNowError where one to it is in force.

    AlreadyOpenError where another one is being weighed, unless this one is granted at once.
    """
    if to == ObjectionTo.CONTRACT:
        raise RightsError(
            "to",
            _(
                "Nobody can object to what their contract needs: the law lets you object to what we do in our own "
                "interest. You can have the use of that data restricted, or close your account."
            ),
        )
    if to not in OBJECTED_CATEGORIES:
        raise RightsError("to", _("Choose among the uses that are listed."))
    marks = marks_in_force().filter(subject=user.reference, kind=MarkKind.OBJECTED, category=OBJECTED_CATEGORIES[to])
    if (mark := marks.first()) is not None:
        facts = {"reference": mark.request.reference}
        raise NotNowError("to", _("You objected to this already, by your request %(reference)s.") % facts)
    if not is_granted_at_once(Kind.OBJECTION, {"to": to}):
        _check_none_open(user, Kind.OBJECTION)


def check_details(user: User, kind: Kind, details: Mapping[str, Any]) -> None:
    """Raise RightsError unless a request of this kind may ask for what its details say."""
    if kind == Kind.RESTRICTION:
        check_restriction(user, details.get("categories", ()))
        if details.get("ground") not in list(RestrictionGround):
            raise RightsError("ground", _("Choose among the grounds that are listed."))
    elif kind == Kind.OBJECTION:
        check_objection(user, details.get("to", ""))
    elif details:
        raise RightsError("details", _("This kind of request has no details."))


def check_deletable(user: User) -> None:
    """Raise StaffAccountError for somebody who works or worked on the staff: the log must say who read what."""
    if user.is_staff:
        raise StaffAccountError(
            "user",
            _(
                "You work on the privacy office's staff. Leave the staff first: an administrator records it, and where "
                "you are the last administrator, give that role to somebody else before."
            ),
        )
    if RoleAssignment.objects.filter(user=user).exists():
        raise StaffAccountError(
            "user",
            _(
                "You worked on the privacy office's staff. Who read the data of others must stay known, so this "
                "account can be closed and is not erased. Write to us, and an administrator closes it."
            ),
        )
