"""Who may work on a case, for every kind whose cases are held."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import accounts_of, has_role
from accounts.identity.roles import Role

from .errors import NotAllowedError, WrongStateError
from .kinds import TAKE, CaseKind
from .models import AssignedCase, Case


def may_work(kind: CaseKind, user: User) -> bool:
    """Return whether this member of staff may hold cases of this kind."""
    return has_role(user, *kind.workers)


def is_about(case: Case, person: User) -> bool:
    """Return whether the case is about this person, by whichever of their accounts."""
    return case.subject in accounts_of(person, [case.subject])


def open_acts(kind: CaseKind, case: AssignedCase, worker: User, roles: frozenset[Role]) -> frozenset[str]:
    """Return the acts of `transitions` that this person, with these roles, may do now.

    Pages show buttons by it; services check again.
    """
    if not roles & kind.workers or worker.reference == case.subject:
        return frozenset()
    acts = frozenset(kind.acts(case))
    return acts if case.assignee_id == worker.pk else acts & {TAKE}


def check_worker(kind: CaseKind, case: AssignedCase, worker: User, *, holds: bool = True) -> None:
    """Raise NotAllowedError unless this person may work on the case, and holds it: never on one about themselves."""
    if not may_work(kind, worker):
        raise NotAllowedError("actor", _("Your roles do not let you do this."))
    if is_about(case, worker):
        raise NotAllowedError("actor", _("Nobody works on their own request."))
    if holds and case.assignee_id != worker.pk:
        raise NotAllowedError("assignee", _("Take the case first: only the person who holds it may do this."))


def next_state(kind: CaseKind, case: Any, act: str) -> str:
    """Return the state that `act` leads to; raises WrongStateError."""
    found = kind.acts(case).get(act)
    if found is None:
        raise WrongStateError(case.reference, str(case.get_state_display()))
    return found
