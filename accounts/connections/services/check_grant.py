"""Ask Google whether a grant still stands: each night, and when an answer of Google says that something changed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.connections import google
from accounts.connections.errors import GoogleError
from accounts.connections.events import GRANT_CHANGED, GRANT_CHECKED
from accounts.connections.models import GoogleGrant, WipeReason
from accounts.personaldata.categories import is_restricted
from audit.log.actors import machine
from audit.log.append import append
from audit.log.purposes import ReadPurpose
from audit.log.sweep_items import sweep_items
from core import db
from core.errors import DecryptionError
from core.leases import Clock
from vault.errors import KeyDestroyedError
from vault.services import decryptor

from .wipe import wipe_grant

EVERY = timedelta(days=1)
#: after how long Google is asked again where it gave no answer
AGAIN_AFTER = timedelta(hours=1)
#: grants of one sweep
BATCH = 500
_CATEGORY = "connections.grants"
_ACTOR = machine("worker")


def check_grant(subject: str, *, clock: Clock) -> bool:
    """Ask Google for a person's grant, and act on what it says; True when it has an answer. Call it as the worker.

    What has ended there is gone from here, and other scopes than those that are kept are noted. While the person has
    the use of this data restricted, nothing is asked.
    """
    now = clock()
    with db.atomic(durable=True):
        grant = GoogleGrant.objects.filter(subject=subject).first()
        # Moving the time of the check is the lease: of two workers one changes the row.
        if grant is None or is_restricted(subject, _CATEGORY) or not _unchanged(grant).update(checked_at=now):
            return False
        grant.checked_at = now
        payload = {"purpose": ReadPurpose.OPERATING.value}
        entry = append(GRANT_CHECKED, actor=_ACTOR, subject=subject, now=now, payload=payload)
    try:
        token = decryptor(subject, entry).decrypt(grant.encryption_context, grant.sealed).decode()
        scopes = google.check_grant(token)
    except (GoogleError, DecryptionError, KeyDestroyedError) as error:
        if getattr(error, "code", "") != "invalid_grant":
            _unchanged(grant).update(checked_at=now - EVERY + AGAIN_AFTER)
            return False
        scopes = []
    _settle(grant, scopes, clock())
    return True


def _unchanged(grant: GoogleGrant) -> "QuerySet[GoogleGrant]":
    """Return a query that finds the grant only as it was read: neither checked nor granted anew meanwhile."""
    return GoogleGrant.objects.filter(pk=grant.pk, checked_at=grant.checked_at, changed_at=grant.changed_at)


def _settle(grant: GoogleGrant, scopes: list[str], now: datetime) -> None:
    with db.atomic():
        if not _unchanged(grant).select_for_update().exists():
            return
        if not scopes:
            wipe_grant(grant.subject, reason=WipeReason.GOOGLE, actor=_ACTOR, asked_at=now, now=now)
        elif scopes != sorted(grant.scopes):
            _unchanged(grant).update(scopes=scopes)
            append(GRANT_CHANGED, actor=_ACTOR, subject=grant.subject, now=now, payload={"scopes": "+".join(scopes)})


def sweep_checks(*, clock: Clock) -> int:
    """Check the grants of which Google was not asked for a day; return how many it answered for."""
    # In no order, so that those that are restricted keep none of the others waiting.
    due = GoogleGrant.objects.filter(checked_at__lte=clock() - EVERY).order_by("?")

    def check(key: UUID, _now: datetime) -> bool:
        subject = GoogleGrant.objects.filter(pk=key).values_list("subject", flat=True).first()
        return subject is not None and check_grant(subject, clock=clock)

    return sweep_items("connections.checks", due, check, now=clock(), batch=BATCH)


def sweep_unneeded(*, now: datetime) -> int:
    """End the grants of which no automation needs anything any more; return how many."""
    found = db.select_rows("SELECT id FROM connections_unneeded(NULL) WHERE is_whole")
    due = GoogleGrant.objects.filter(pk__in=[pk for (pk,) in found]).order_by("pk")
    return sweep_items("connections.unneeded", due, _end_unneeded, now=now, batch=BATCH)


def _end_unneeded(grant: UUID, now: datetime) -> bool:
    with db.atomic():
        subject = GoogleGrant.objects.filter(pk=grant).values_list("subject", flat=True).first()
        if subject is None:
            return False
        GoogleGrant.objects.select_for_update().filter(subject=subject).first()
        still = "SELECT EXISTS (SELECT FROM connections_unneeded(%s) WHERE is_whole)"
        if not db.select_value(still, [subject]):
            return False
        return wipe_grant(subject, reason=WipeReason.UNNEEDED, actor=_ACTOR, asked_at=now, now=now) is not None
