"""The requests' part in erasing a person: nothing stays open, and nothing leads to the account."""

from datetime import datetime

from django.db.models import Q

from audit.errors import ErasureRefusedError
from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from cases.log_case import log_case
from cases.policies import next_state
from rights import events
from rights.kind import RIGHTS
from rights.models import RightsRequest
from rights.selectors import active_holds
from rights.states import ERASING, OPEN, AllowedAct, Kind


class ForgetRequests:
    """The log's erasure participant: closes a person's open requests, and cuts the link to their account."""

    def knows(self, reference: str) -> bool:
        """Return whether there is a request of this person."""
        return RightsRequest.objects.filter(subject=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround, now: datetime) -> None:
        """Refuse whom a legal hold names: their key protects what is held."""
        del ground  # a hold stands against each of them
        if hold := active_holds(now).filter(subject=reference).order_by("-ends_on").values("ends_on").first():
            raise ErasureRefusedError(
                "hold", f"A legal hold keeps this person's data until {hold['ends_on'].isoformat()}: lift it first."
            )

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Withdraw what is open: nobody is left to be answered. A deletion that has begun goes on to its end."""
        requests = RightsRequest.objects.filter(subject=reference)
        requests.filter(user__isnull=False).update(user=None)
        begun = Q(kind=Kind.DELETION, state__in=sorted(ERASING))
        for request in requests.select_for_update().filter(state__in=sorted(OPEN)).exclude(begun):
            request.state, request.closed_at = next_state(RIGHTS, request, AllowedAct.WITHDRAW), now
            request.save(update_fields=["state", "closed_at"])
            log_case(events.REQUEST_WITHDRAWN, request, actor=actor, now=now)
