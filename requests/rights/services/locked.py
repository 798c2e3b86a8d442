"""Take a request under lock: every move of its state begins here."""

from rights.models import RightsRequest


def lock_request(reference: str) -> RightsRequest:
    """Return the request, locked until the transaction ends; raises RightsRequest.DoesNotExist."""
    return (
        RightsRequest.objects.select_for_update(of=("self",))
        .select_related("user")
        .defer("user__password")
        .get(reference=reference)
    )
