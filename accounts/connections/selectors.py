"""What a person granted at Google, and what has ended; called inside `db.row_security_for`."""

from .models import GitHubGrant, GoogleGrant, Provider, Revocation

#: grants that have ended of which a person's page tells
MOST_ENDED = 10


def get_grant(reference: str) -> GoogleGrant | None:
    """Return what the person granted at Google, without the token."""
    return GoogleGrant.objects.defer("sealed").filter(subject=reference).first()


def list_ended(reference: str) -> list[Revocation]:
    """Return the person's grants that have ended, newest first, without tokens."""
    return list(Revocation.objects.defer("sealed").filter(subject=reference).order_by("-asked_at")[:MOST_ENDED])


def list_at_github(reference: str) -> list[GitHubGrant]:
    """Return the person's authorisations at GitHub that can be ended from here, without tokens."""
    return list(GitHubGrant.objects.defer("sealed").filter(subject=reference))


def is_ending(reference: str, provider: Provider) -> bool:
    """Return whether the provider has yet to confirm an end."""
    return Revocation.objects.filter(subject=reference, provider=provider, due_at__isnull=False).exists()
