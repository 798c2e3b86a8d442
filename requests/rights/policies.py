"""Who may do what with a request."""

from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import has_role
from accounts.identity.roles import Role

from .errors import NotAllowedError, WrongStateError
from .models import RightsRequest
from .states import OFFICER_ACTS, AllowedAct, RequestState, after

#: who may read the queue and its requests
READERS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})


def may_see_queue(user: User) -> bool:
    """Return whether this member of staff may read the queue and its requests."""
    return has_role(user, *READERS)


def may_work_queue(user: User) -> bool:
    """Return whether this member of staff may act on requests."""
    return has_role(user, Role.PRIVACY_OFFICER)


def open_acts(request: RightsRequest, *, officer: User) -> frozenset[AllowedAct]:
    """Return what this officer may do now: pages show buttons by it, services check again."""
    if not may_work_queue(officer) or officer.reference == request.subject:
        return frozenset()
    acts = OFFICER_ACTS if request.assignee_id == officer.pk else {AllowedAct.TAKE}
    return frozenset(act for act in acts if after(request.state, act) is not None)


def check_officer(act: AllowedAct, request: RightsRequest, *, officer: User) -> None:
    """Raise NotAllowedError unless this officer may do `act`: never on their own request, most once they hold it."""
    if not may_work_queue(officer):
        raise NotAllowedError("actor", _("Only a privacy officer may do this."))
    if officer.reference == request.subject:
        raise NotAllowedError("actor", _("Nobody works on their own request."))
    if act is not AllowedAct.TAKE and request.assignee_id != officer.pk:
        raise NotAllowedError("assignee", _("Take the request first: only the officer who holds it may do this."))


def next_state(request: RightsRequest, act: AllowedAct) -> RequestState:
    """Return the state that `act` leads to; raises WrongStateError."""
    found = after(request.state, act)
    if found is None:
        raise WrongStateError(request.reference, str(request.get_state_display()))
    return found
