"""What a user does on their settings page: make a request, and withdraw it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.log_case import log_case
from cases.policies import next_state
from core import db
from rights import events, letters
from rights.deadlines.calculate import deadline
from rights.deadlines.regimes import EU, REGIMES
from rights.errors import AlreadyOpenError, NotIdentifiedError, NotOfferedError
from rights.kind import RIGHTS
from rights.models import RequestCounter, RightsRequest
from rights.policies import check_deletable
from rights.selectors import get_open_request, get_request_for_update
from rights.states import OFFERED, AllowedAct, Channel, Kind, RequestState

from .questions import deadline_fields, end_questions


def receive_request(
    user: User,
    *,
    kind: Kind,
    identified: bool,
    now: datetime,
    regime: str = EU.code,
    country: str | None = None,
    complete: Callable[[RightsRequest], None] = lambda _request: None,
) -> RightsRequest:
    """Store a request that a signed-in user makes on their settings page, with its deadline, and confirm it by letter.

    `identified` says that they reauthenticated minutes ago; `complete` stores what else belongs to it. Raises
    NotOfferedError, NotIdentifiedError,
    AlreadyOpenError (naming the first request), StaffAccountError for a member of staff who wants a deletion,
    DeadlineError for a country foreign to the regime.
    """
    if kind not in OFFERED:
        raise NotOfferedError(
            "kind",
            _("Requests of this kind cannot be filed on this page yet. Write to %(contact)s.")
            % {"contact": settings.PRIVACY_CONTACT},
        )
    if not identified:
        raise NotIdentifiedError("identified", _("Confirm first that it is you."))
    is_deletion = kind == Kind.DELETION
    if is_deletion:
        check_deletable(user)
    answer = deadline(REGIMES[regime], now, country=country)
    try:
        with db.row_security_for(user.reference):
            if User.objects.select_for_update().filter(pk=user.pk, is_active=True).only("pk").first() is None:
                raise NotOfferedError("kind", _("This account is closed."))
            # Read before the counter: otherwise every refusal would wait for the lock on the year's row.
            first = get_open_request(user.reference, kind)
            if first is not None:
                raise AlreadyOpenError(first.reference)
            request = RightsRequest.objects.create(
                reference=RequestCounter.next_reference("RR", answer.received_on.year),
                subject=user.reference,
                user=user,
                kind=kind,
                state=RequestState.RECEIVED,
                way_in=Channel.SETTINGS,
                regime=regime,
                country=country or "",
                received_at=now,
                identified_at=now,
                acknowledge_by=answer.acknowledge_by,
                grace_ends_at=now + timedelta(days=settings.RIGHTS_GRACE_DAYS) if is_deletion else None,
                **deadline_fields(answer),
            )
            complete(request)
            log_case(
                events.REQUEST_RECEIVED,
                request,
                actor=actor_of(user),
                now=now,
                kind=kind.value,
                regime=regime,
                way_in=Channel.SETTINGS.value,
            )
            letters.write(letters.GRACE if is_deletion else letters.RECEIVED, request, now=now)
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
    return request
