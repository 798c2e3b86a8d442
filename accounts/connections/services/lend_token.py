"""Give the platform a short-lived access token for one automation, with exactly the scopes that it needs.

The refresh token never leaves, and no access token is stored. An entry is committed before Google is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError

from accounts.connections import google
from accounts.connections.errors import GoogleError, TokenRefusedError
from accounts.connections.events import TOKEN_HANDED_OUT, TOKEN_REFUSED
from accounts.connections.models import GoogleGrant
from accounts.connections.scopes import CATALOGUE
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.purposes import ReadPurpose
from core import db
from core.enqueue import enqueue
from core.errors import DecryptionError, NotAuthorisedError
from core.leases import Clock
from vault.errors import KeyDestroyedError
from vault.services import decryptor

#: how long a request waits for another one that has the same person's grant refreshed, as PostgreSQL writes it
_PATIENCE = "15s"
_SENTENCES = {
    "off": "The automation is off.",
    "nothing_needed": "The automation needs no permission at Google.",
    "not_granted": "The person has granted no access to their Google data.",
    "withheld": "The person has taken this automation's access away.",
    "lacking": "The person has not granted all that this automation needs.",
    "restricted": "The person had the use of this data restricted.",
    "ended": "The access has ended meanwhile.",
    "invalid_grant": "Google says that the access has ended.",
    "wider": "Google answered with more permissions than were asked for; that token was thrown away.",
    "narrower": "Google answered with fewer permissions than the automation needs.",
    "busy": "Another token of this person is being fetched.",
    "unreadable": "The token that is stored does not open.",
}
#: refusals after which another try may do, with the seconds to wait
_LATER = {"busy": 1, "vendor": 5}
#: answers of Google after which it is asked at once what is left of the grant
_CHANGED = {"invalid_grant", "narrower"}


@dataclass(frozen=True)
class LentToken:
    """An access token of one automation: for whom, for which scopes, and the entry of the log that says so."""

    subject: str
    automation: UUID
    scopes: list[str]
    token: google.AccessToken
    entry: UUID


def lend_token(subject: str, automation: UUID, *, actor: Actor, clock: Clock) -> LentToken:
    """Return an access token for one automation of a person. Call it as the role ingest.

    Raises ObjectDoesNotExist for an automation that is unknown or somebody else's, TokenRefusedError.
    """
    with db.atomic(durable=True):
        needed, refusal = _check(subject, automation)
        payload = {"automation": str(automation)}
        if refusal:
            _log_refusal(subject, automation, refusal, actor, clock)
        else:
            payload |= {"scopes": "+".join(needed), "purpose": ReadPurpose.OPERATING.value}
            entry = append(TOKEN_HANDED_OUT, actor=actor, subject=subject, now=clock(), payload=payload)
    if refusal:
        raise _refused(refusal)
    try:
        token = _borrow(subject, automation, needed, entry, clock)
    except GoogleError as error:
        with db.atomic():
            _log_refusal(subject, automation, error.code, actor, clock)
            if error.code in _CHANGED:
                enqueue("connections.check_grant", subject)
        raise _refused(error.code) from None
    return LentToken(subject, automation, needed, token, entry)


def _check(subject: str, automation: UUID) -> tuple[list[str], str]:
    """Return the scopes that the automation needs, and why it gets no token, if so."""
    found = db.select_rows("SELECT * FROM connections_lendable(%s, %s)", [subject, automation])
    if not found:
        raise ObjectDoesNotExist
    [(is_on, needed, granted, is_withheld, is_restricted)] = found
    needed = sorted(name for name in {*needed} if name in CATALOGUE)
    refusals = {
        "off": not is_on,
        "restricted": is_restricted,
        "nothing_needed": not needed,
        "not_granted": granted is None,
        "withheld": is_withheld,
        "lacking": not {*needed} <= {*(granted or ())},
    }
    return needed, next((code for code, holds in refusals.items() if holds), "")


def _borrow(subject: str, automation: UUID, needed: list[str], entry: UUID, clock: Clock) -> google.AccessToken:
    """Have Google give a token of the grant, one at a time for a person; raises GoogleError."""
    with _one_at_a_time(subject):
        try:
            with db.authorised_by(subject, entry):
                grant = GoogleGrant.objects.only("pk", "sealed").filter(subject=subject).first()
                if grant is None:
                    raise GoogleError("ended")
                opener = decryptor(subject, entry)
                token = google.borrow_token(opener.decrypt(grant.encryption_context, grant.sealed).decode(), needed)
                # The access may have ended while Google answered.
                live = GoogleGrant.objects.filter(pk=grant.pk, subject=subject)
                if not live.exclude(withheld__contains=[automation]).update(used_at=clock()):
                    raise GoogleError("ended")
                if changed := _check(subject, automation)[1]:
                    raise GoogleError(changed)
        except ObjectDoesNotExist:
            raise GoogleError("ended") from None
        except NotAuthorisedError:
            raise GoogleError("restricted") from None
        except (DecryptionError, KeyDestroyedError):
            raise GoogleError("unreadable") from None
    return token


@contextmanager
def _one_at_a_time(subject: str) -> Iterator[None]:
    """Wait until no other process has a token of this person fetched; raises GoogleError where that takes too long."""
    with db.atomic():
        try:
            db.select_rows(
                "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [_PATIENCE, f"connections.grant:{subject}"],
            )
        except OperationalError:
            raise GoogleError("busy") from None
        yield


def _log_refusal(subject: str, automation: UUID, reason: str, actor: Actor, clock: Clock) -> None:
    payload = {"automation": str(automation), "reason": reason}
    append(TOKEN_REFUSED, actor=actor, subject=subject, now=clock(), payload=payload, outcome="refused")


def _refused(code: str) -> TokenRefusedError:
    kind = code if code in _SENTENCES else "vendor"
    error = TokenRefusedError(code, _SENTENCES.get(code, "Google gives no token at the moment."), wait=_LATER.get(kind))
    if kind in _LATER:
        error.status = HTTPStatus.SERVICE_UNAVAILABLE
    return error
