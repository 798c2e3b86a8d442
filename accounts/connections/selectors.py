"""What a person's automations need from Google, and what was granted; called inside `db.row_security_for`."""

from collections.abc import Mapping

from core import db

from .models import GoogleGrant, Revocation

#: grants that have ended of which a person's page tells
MOST_ENDED = 10


def count_needed(reference: str) -> Mapping[str, int]:
    """Return scope → how many of the person's automations that are switched on need it."""
    rows = db.select_rows(
        "SELECT scope, count(*) FROM connections_automation, unnest(scopes) AS scope "
        "WHERE subject = %s AND is_on GROUP BY scope",
        [reference],
    )
    return dict(rows)


def get_grant(reference: str) -> GoogleGrant | None:
    """Return what the person granted at Google, without the token."""
    return GoogleGrant.objects.defer("sealed").filter(subject=reference).first()


def list_ended(reference: str) -> list[Revocation]:
    """Return the person's grants that have ended, newest first, without tokens."""
    return list(Revocation.objects.defer("sealed").filter(subject=reference).order_by("-asked_at")[:MOST_ENDED])
