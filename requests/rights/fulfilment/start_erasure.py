"""Begin a deletion once its grace period is over, and sign it off once its steps are settled."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.services import close_account
from cases.errors import NotAllowedError
from cases.log_case import log_case
from cases.policies import check_worker, next_state
from core import db
from rights import events, letters
from rights.errors import GraceRunningError, NotIdentifiedError, OtherRequestOpenError, RightsError
from rights.external_stores import PLATFORM
from rights.kind import RIGHTS
from rights.models import RightsRequest, Step
from rights.policies import check_deletable, check_not_on_hold, check_signer
from rights.selectors import get_other_open_request, get_request_for_update
from rights.states import PARALLEL, SETTLED, AllowedAct, Kind, Verb

from .ordered_step import order_erasure
from .plan import last_steps, plan_of, put_steps
from .steps import enqueue_step


def start_erasure(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Close the account, create and enqueue the steps of a deletion, order the platform; nothing is taken back.

    Raises NotAllowedError, WrongStateError, NotIdentifiedError, GraceRunningError while the person may still cancel,
    OnHoldError, OtherRequestOpenError, StaffAccountError.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        state = next_state(RIGHTS, request, AllowedAct.START)
        # A request that is filed at this moment is seen, or finds the account closed.
        User.objects.select_for_update().filter(reference=request.subject).only("pk").first()
        _check_begins(request, now)
        request.state, request.started_at, request.started_by = state, now, actor.reference
        request.save(update_fields=["state", "started_at", "started_by"])
        steps = put_steps(request, plan_of(request), now=now)
        log_case(events.ERASURE_STARTED, request, actor=actor_of(actor), now=now, steps=len(steps))
        letters.write(letters.BEGUN, request, now=now)
        if request.user is not None:
            close_account(request.user, actor=actor, now=now)
        for step in steps:
            if step.verb in {Verb.ERASE, Verb.ERASE_OUTSIDE}:
                enqueue_step(step.pk)
            if step.verb == Verb.ATTEST and step.holding == PLATFORM:
                order_erasure(request, actor=actor, now=now)
    return request


def _check_begins(request: RightsRequest, now: datetime) -> None:
    if request.kind != Kind.DELETION:
        raise RightsError("kind", _("This is not a deletion."))
    if request.identified_at is None:
        raise NotIdentifiedError("identified_at", _("The person has not been identified yet."))
    if request.grace_ends_at is not None and now < request.grace_ends_at:
        day = date_format(timezone.localtime(request.grace_ends_at), "DATETIME_FORMAT")
        raise GraceRunningError("grace", _("The person may still cancel, until %(day)s.") % {"day": day})
    check_not_on_hold(request.subject, now, whole=True)
    if request.user is not None:
        check_deletable(request.user)
    if other := get_other_open_request(request):
        raise OtherRequestOpenError(
            "request",
            _("The person has another open request: %(reference)s. Answer it first, for its answer would go as well.")
            % {"reference": other.reference},
        )


def sign_off_deletion(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Let the last steps of a reviewed deletion run: the search, the certificate's mail, the key, the account.

    Raises NotAllowedError for somebody who worked on it, WrongStateError, OnHoldError, RightsError while a step is not
    settled or nobody holds the case.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_signer(request, actor)
        state = next_state(RIGHTS, request, AllowedAct.SIGN_OFF)
        if request.assignee is None:
            raise NotAllowedError("assignee", _("Nobody holds this case: an officer has to take it first."))
        if Step.objects.filter(request=request).exclude(status__in=sorted(SETTLED)).exists():
            raise RightsError(
                "steps", _("A step has not finished. Nothing is signed off before every step is settled.")
            )
        check_not_on_hold(request.subject, now, whole=False)
        request.state = state
        request.save(update_fields=["state"])
        steps = put_steps(request, last_steps(), now=now)
        log_case(events.REQUEST_SIGNED_OFF, request, actor=actor_of(actor), now=now)
        enqueue_step(next(step.pk for step in steps if step.verb not in PARALLEL))
    return request
