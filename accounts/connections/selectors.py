"""What a person granted at Google, and what has ended; called inside `db.row_security_for`."""

from .models import GoogleGrant, Revocation

#: grants that have ended of which a person's page tells
MOST_ENDED = 10


def get_grant(reference: str) -> GoogleGrant | None:
    """Return what the person granted at Google, without the token."""
    return GoogleGrant.objects.defer("sealed").filter(subject=reference).first()


def list_ended(reference: str) -> list[Revocation]:
    """Return the person's grants that have ended, newest first, without tokens."""
    return list(Revocation.objects.defer("sealed").filter(subject=reference).order_by("-asked_at")[:MOST_ENDED])
