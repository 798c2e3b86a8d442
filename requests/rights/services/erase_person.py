"""The requests' part in erasing a person, and the erasing of every data category."""

from datetime import datetime

import structlog

from accounts.personaldata.categories import DataCategory, data_categories
from audit.errors import ErasureIncompleteError
from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from cases.log_case import log_case
from rights import events
from rights.models import RightsRequest
from rights.states import OPEN, RequestState

_log = structlog.get_logger(__name__)


class ForgetRequests:
    """The log's erasure participant: closes a person's open requests, and cuts the link to their account."""

    def knows(self, reference: str) -> bool:
        """Return whether there is a request of this person."""
        return RightsRequest.objects.filter(subject=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround) -> None:
        """Refuse nobody."""

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Withdraw what is open: nobody is left to be answered."""
        requests = RightsRequest.objects.filter(subject=reference)
        requests.filter(user__isnull=False).update(user=None)
        for request in requests.select_for_update().filter(state__in=sorted(OPEN)):
            request.state, request.closed_at = RequestState.WITHDRAWN, now
            request.save(update_fields=["state", "closed_at"])
            log_case(events.REQUEST_WITHDRAWN, request, actor=actor, now=now)


def _is_gone(category: DataCategory, reference: str) -> bool:
    """Erase one data category and read it again; False when either fails or something is left."""
    try:
        category.erase(reference)
        return category.recheck(reference) == 0
    except Exception as error:  # noqa: BLE001  one failure must not keep the other categories
        _log.error("category_not_erased", category=category.name, error=type(error).__name__)
        return False


def erase_categories(reference: str, *, now: datetime) -> None:
    """Erase every data category of a person whom the log says is erased, and read each again.

    One that fails does not stop the others. Raises ErasureIncompleteError, which names the categories that failed or
    still hold something; call it again until it does not.
    """
    del now
    if left := [category.name for category in data_categories() if not _is_gone(category, reference)]:
        raise ErasureIncompleteError(left)
