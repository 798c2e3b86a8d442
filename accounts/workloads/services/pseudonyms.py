"""Hand out the pseudonym under which events of a person leave for a provider of analytics."""

import secrets
from datetime import datetime

from accounts.identity.models import User
from accounts.personaldata.categories import is_restricted
from accounts.workloads.errors import AnalyticsStoppedError
from accounts.workloads.events import PSEUDONYM_MADE
from accounts.workloads.models import AnalyticsProvider, Pseudonym
from audit.log.actors import Actor
from audit.log.append import append
from core import db


def get_pseudonym(reference: str, provider: AnalyticsProvider, *, actor: Actor, now: datetime) -> Pseudonym:
    """Return a person's pseudonym at a provider, made of 128 random bits at the first request, which is logged.

    Raises User.DoesNotExist for a reference of nobody who has an account, AnalyticsStoppedError for who objected.
    """
    if is_restricted(reference, "workloads.pseudonyms"):
        raise AnalyticsStoppedError("The person objected to analytics: nothing about them may be sent.")
    known = Pseudonym.objects.filter(subject=reference, provider=provider).first()
    if known is not None:
        return known
    with db.atomic():
        if not User.objects.filter(reference=reference).exists():
            raise User.DoesNotExist
        pseudonym, made = Pseudonym.objects.get_or_create(
            subject=reference, provider=provider, defaults={"value": secrets.token_hex(16), "made_at": now}
        )
        if made:
            append(PSEUDONYM_MADE, actor=actor, subject=reference, now=now, payload={"provider": provider.value})
    return pseudonym
