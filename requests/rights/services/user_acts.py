"""What a user does on their settings page: make a request, and withdraw it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.errors import WrongStateError
from cases.log_case import log_case
from cases.policies import next_state
from core import db
from rights import events, letters
from rights.deadlines.calculate import deadline
from rights.deadlines.regimes import EU, REGIMES
from rights.errors import AlreadyOpenError, NotIdentifiedError, RightsError
from rights.kind import RIGHTS
from rights.models import RequestCounter, RightsRequest
from rights.policies import check_details, check_may_file, is_granted_at_once
from rights.selectors import get_open_request, get_request_for_update
from rights.states import UNIDENTIFIED, AllowedAct, Channel, Kind, MarkEnd, RequestState

from .marks import end_marks, file_objection
from .questions import deadline_fields, end_questions


def draft_request(
    user: User,
    *,
    kind: Kind,
    now: datetime,
    regime: str = EU.code,
    country: str | None = None,
    details: Mapping[str, Any] | None = None,
    way_in: Channel = Channel.SETTINGS,
    **more: UUID,
) -> RightsRequest:
    """Return the request that would be filed at `now`, with its deadline; nothing is stored, and it has no number.

    `details` are codes that the form of its kind stores, `more` is its id where somebody has chosen one. Raises
    DeadlineError for a country foreign to the regime.
    """
    answer = deadline(REGIMES[regime], now, country=country)
    return RightsRequest(
        subject=user.reference,
        user=user,
        kind=kind,
        state=RequestState.RECEIVED,
        way_in=way_in,
        regime=regime,
        country=country or "",
        details=dict(details or {}),
        received_at=now,
        acknowledge_by=answer.acknowledge_by,
        grace_ends_at=now + timedelta(days=settings.RIGHTS_GRACE_DAYS) if kind == Kind.DELETION else None,
        **deadline_fields(answer),
        **more,
    )


def receive_request(
    user: User,
    *,
    kind: Kind,
    identified: bool,
    now: datetime,
    complete: Callable[[RightsRequest], None] = lambda _request: None,
    **more: Any,
) -> RightsRequest:
    """Store a request that a user makes, with its deadline, and confirm it by letter.

    `identified` says that they reauthenticated minutes ago: without that, programs alone file, and few kinds;
    `complete` stores what else belongs to the request; `more` is what `draft_request` takes. Raises RightsError for a
    closed account and for details that its kind does not have, NotIdentifiedError, AlreadyOpenError (naming the first
    request), StaffAccountError for a member of staff who wants a deletion, DeadlineError for a country foreign to the
    regime.
    """
    request = draft_request(user, kind=kind, now=now, **more)
    if not identified and (request.way_in != Channel.API or kind not in UNIDENTIFIED):
        raise NotIdentifiedError("identified", _("Confirm first that it is you."))
    try:
        with db.row_security_for(user.reference):
            if User.objects.select_for_update().filter(pk=user.pk, is_active=True).only("pk").first() is None:
                raise RightsError("kind", _("This account is closed."))
            # Read before the counter: otherwise every refusal would wait for the lock on the year's row.
            check_may_file(user, kind)
            check_details(user, kind, request.details)
            year = date.fromisoformat(request.derivation["received_on"]).year
            request.reference = RequestCounter.next_reference("RR", year)
            request.identified_at = now if identified else None
            if is_granted_at_once(kind, request.details):
                request.state, request.closed_at = RequestState.FULFILLED, now  # never open, so beside an open one
            request.save(force_insert=True)
            log_case(
                events.REQUEST_RECEIVED,
                request,
                actor=actor_of(user),
                now=now,
                kind=kind.value,
                regime=request.regime,
                way_in=str(request.way_in),
            )
            complete(request)
            if kind == Kind.OBJECTION and file_objection(request, actor=actor_of(user), now=now):
                return request
            letters.write(letters.GRACE if kind == Kind.DELETION else letters.RECEIVED, request, now=now)
    except IntegrityError:
        # Two clicks at once: the constraint let one through.
        with db.row_security_for(user.reference):
            winner = get_open_request(user.reference, kind)
        if winner is None:
            raise
        raise AlreadyOpenError(winner.reference) from None
    return request


def withdraw_request(user: User, reference: str, *, now: datetime) -> RightsRequest:
    """Close the user's own request unanswered; steps that still run find it closed and stop.

    Raises RightsRequest.DoesNotExist for anybody else's, WrongStateError for one that is closed.
    """
    with db.row_security_for(user.reference):
        request = get_request_for_update(reference)
        state = next_state(RIGHTS, request, AllowedAct.WITHDRAW)
        end_questions(request, now)
        request.state = state
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        log_case(events.REQUEST_WITHDRAWN, request, actor=actor_of(user), now=now)
        letters.write(letters.WITHDRAWN, request, now=now)
        end_marks(request, actor=actor_of(user), now=now, reason=MarkEnd.PERSON)
    return request


def identify_request(user: User, reference: str, *, now: datetime) -> RightsRequest:
    """Note that the person, who has just reauthenticated, made this request of theirs: it may begin.

    Raises RightsRequest.DoesNotExist for anybody else's, WrongStateError for one that needs no such proof any more.
    """
    with db.row_security_for(user.reference):
        request = get_request_for_update(reference)
        if request.identified_at is not None or not request.is_open:
            raise WrongStateError(reference, request.get_state_display())
        request.identified_at = now
        request.save(update_fields=["identified_at"])
        log_case(events.REQUEST_IDENTIFIED, request, actor=actor_of(user), now=now)
    return request
