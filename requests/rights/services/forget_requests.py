"""The requests' part in erasing a person: nothing stays open, and nothing leads to the account."""

from datetime import datetime

from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from cases.log_case import log_case
from cases.policies import next_state
from rights import events
from rights.kind import RIGHTS
from rights.models import RightsRequest
from rights.states import OPEN, AllowedAct, RequestState


class ForgetRequests:
    """The log's erasure participant: closes a person's open requests, and cuts the link to their account."""

    def knows(self, reference: str) -> bool:
        """Return whether there is a request of this person."""
        return RightsRequest.objects.filter(subject=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround) -> None:
        """Refuse nobody."""

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Withdraw what is open: nobody is left to be answered. The deletion that erases them goes on to its end."""
        requests = RightsRequest.objects.filter(subject=reference)
        requests.filter(user__isnull=False).update(user=None)
        for request in requests.select_for_update().filter(state__in=sorted(OPEN - {RequestState.COMPLETING})):
            request.state, request.closed_at = next_state(RIGHTS, request, AllowedAct.WITHDRAW), now
            request.save(update_fields=["state", "closed_at"])
            log_case(events.REQUEST_WITHDRAWN, request, actor=actor, now=now)
