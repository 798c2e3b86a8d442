"""Receive a request."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.services import write_letter
from audit import sides
from audit.services import append
from rights import events
from rights.clocks import deadline
from rights.errors import AlreadyOpenError, NotIdentifiedError, NotOfferedError
from rights.letters import RECEIVED
from rights.models import RightsRequest
from rights.regimes import EU, REGIMES
from rights.selectors import get_open_request
from rights.states import OFFERED, Kind, State, WayIn


def _next_reference(year: int) -> str:
    # One statement locks the year's row until we commit, so numbers have no gap and no double.
    with sides.connection().cursor() as cursor:
        cursor.execute(
            "INSERT INTO rights_counter AS c (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = c.last + 1 RETURNING last",
            [year],
        )
        return f"RR-{year}-{cursor.fetchone()[0]:06d}"


def receive_request(
    user: User,
    *,
    kind: Kind,
    identified: bool,
    now: datetime,
    regime: str = EU.code,
    country: str | None = None,
) -> RightsRequest:
    """Store what a signed-in user asks for on their settings page, with its deadline, and confirm it by letter.

    `identified` says that they stepped up minutes ago. Raises NotOfferedError, NotIdentifiedError,
    AlreadyOpenError (naming the first request), ClockError for a country foreign to the regime.
    """
    if kind not in OFFERED:
        raise NotOfferedError(
            "kind",
            _("Requests of this kind cannot be filed on this page yet. Write to %(contact)s.")
            % {"contact": settings.PRIVACY_CONTACT},
        )
    if not identified:
        raise NotIdentifiedError("identified", _("Confirm first that it is you."))
    clock = deadline(REGIMES[regime], now, country=country)
    try:
        with sides.as_subject(user.reference):
            # A look before the counter: otherwise every refusal would queue for the year's row.
            first = get_open_request(user.reference, kind)
            if first is not None:
                raise AlreadyOpenError(first.reference)
            request = RightsRequest.objects.create(
                reference=_next_reference(clock.received_on.year),
                subject=user.reference,
                user=user,
                kind=kind,
                state=State.RECEIVED,
                way_in=WayIn.SETTINGS,
                regime=regime,
                country=country or "",
                received_at=now,
                identified_at=now,
                due_on=clock.due_on,
                due_at=clock.due_at,
                acknowledge_by=clock.acknowledge_by,
                derivation={
                    "zone": clock.zone,
                    "received_on": clock.received_on.isoformat(),
                    "sentences": [{"code": said.code, "params": dict(said.params)} for said in clock.derivation],
                },
            )
            append(
                events.REQUEST_RECEIVED,
                actor=actor_of(user),
                subject=user.reference,
                now=now,
                payload={"case": request.reference, "kind": kind.value, "regime": regime, "way_in": "settings"},
            )
            write_letter(user, kind=RECEIVED.name, context={"request": request}, now=now, case=request.reference)
    except IntegrityError:
        # Two clicks at once: the constraint let one through.
        with sides.as_subject(user.reference):
            winner = get_open_request(user.reference, kind)
        if winner is None:
            raise
        raise AlreadyOpenError(winner.reference) from None
    return request
