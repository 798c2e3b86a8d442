"""Who is erased has no token left that opens anything elsewhere."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.connections.models import GitHubGrant, GoogleGrant, Revocation
from audit.errors import ErasureRefusedError
from audit.log.actors import Actor
from audit.log.labels import ErasureGround


class ForgetTokens:
    """The log's erasure participant: a key is not destroyed while it would take a live token with it.

    A deletion has steps of its own for that, which end the access and wait for its confirmation.
    """

    def knows(self, reference: str) -> bool:
        """Return whether a token of theirs is here."""
        waiting = Revocation.objects.filter(subject=reference, due_at__isnull=False)
        return waiting.exists() or any(
            grants.objects.filter(subject=reference).exists() for grants in (GoogleGrant, GitHubGrant)
        )

    def refuse(self, reference: str, *, ground: ErasureGround, now: datetime) -> None:  # noqa: ARG002
        """Raise ErasureRefusedError where the access at Google or GitHub has not ended, or that is not confirmed."""
        if ground == ErasureGround.CLOSED and self.knows(reference):
            raise ErasureRefusedError(
                "connected",
                _("Their access at Google or GitHub has not ended: have them ask for a deletion, which ends it."),
            )

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Forget nothing: rows go with their data category."""
