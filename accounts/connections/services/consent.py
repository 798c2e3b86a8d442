"""The data grant: a person goes to Google for the scopes that their automations need, and comes back with them."""

import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.connections import google
from accounts.connections.errors import ConsentError, GoogleError, NotConfirmedError
from accounts.connections.events import CONSENT_ASKED, CONSENT_REFUSED, GRANT_STORED
from accounts.connections.models import GoogleGrant, Provider, WipeReason
from accounts.connections.scopes import CATALOGUE
from accounts.connections.selectors import is_ending, list_withheld
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.append import append
from core import db
from vault.errors import KeyDestroyedError
from vault.services import encrypt

from .wipe import keep_for_revocation
from .withhold import give_back

#: how long a person may stay at Google
WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Taken:
    """What came back: the scopes that are granted now, and those that were asked for and refused."""

    scopes: list[str]
    refused: list[str]


def _code(scopes: Collection[str]) -> str:
    return "+".join(sorted(scopes))


def request_consent(
    user: User, scopes: Collection[str], *, redirect_uri: str, now: datetime, automation: UUID | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the address of Google's consent page, and what the session has to keep until the person is back.

    An `automation` from which they took the access away has it back once they return.

    Raises ConsentError for scopes that the catalogue does not have and without a client, NotConfirmedError.
    """
    if not google.is_set_up():
        raise ConsentError("", _("Google cannot be connected here: the office has no client there."))
    if not scopes or not {*scopes} <= CATALOGUE.keys():
        raise ConsentError("scopes", _("There is nothing to ask Google for."))
    pending: dict[str, Any] = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    with db.row_security_for(user.reference):
        if is_ending(user.reference, Provider.GOOGLE):
            raise NotConfirmedError(
                "", _("Google has not confirmed yet that your earlier access has ended. Try again in a minute.")
            )
        grant = GoogleGrant.objects.filter(subject=user.reference).first()
        append(CONSENT_ASKED, actor=actor_of(user), subject=user.reference, now=now, payload={"scopes": _code(scopes)})
    account_id = grant.account_id if grant else ""
    url = google.consent_url(scopes, **pending, redirect_uri=redirect_uri, account_id=account_id)
    kept = {"scopes": sorted(scopes), "redirect_uri": redirect_uri, "until": (now + WITHIN).timestamp()}
    return url, {**pending, **kept, "automation": automation and str(automation)}


def take_consent(user: User, pending: Mapping[str, Any] | None, answer: Mapping[str, str], *, now: datetime) -> Taken:
    """Store what a person granted at Google, from the query with which they came back.

    `pending` is what `request_consent` gave the same session. Raises ConsentError with a sentence, and stores nothing:
    what came from another session or too late, what the person refused, an answer of Google that does not hold, and
    another account than the one connected, whose grant is ended at Google.
    """
    try:
        granted = _redeem(pending, answer, now)
        refusal = _store(user, granted, now) if granted.scopes else "nothing_granted"
    except GoogleError as error:
        refusal = error.code
    except KeyDestroyedError:
        # Nothing of an erased person is kept, also no token to end it by: it is ended now, or not at all.
        with suppress(GoogleError):
            google.revoke(granted.refresh_token)
        refusal = "closed"
    if refusal:
        if pending:  # an address that anybody may have them open is no answer to a question of theirs
            with db.row_security_for(user.reference):
                payload = {"reason": refusal}
                append(CONSENT_REFUSED, actor=actor_of(user), subject=user.reference, now=now, payload=payload)
        raise ConsentError("", _explain(refusal))
    asked, automation = (pending or {}).get("scopes", []), (pending or {}).get("automation")
    if automation:
        give_back(user, UUID(automation), now=now)
    return Taken(granted.scopes, sorted({*asked} - {*granted.scopes}))


def _redeem(pending: Mapping[str, Any] | None, answer: Mapping[str, str], now: datetime) -> google.Granted:
    if not pending or not compare_digest(pending["state"].encode(), answer["state"].encode(errors="replace")):
        raise GoogleError("state")
    if now.timestamp() > pending["until"]:
        raise GoogleError("late")
    if not answer["code"]:  # instead of one, Google says why not
        raise GoogleError("denied")
    return google.redeem_code(answer["code"], **{name: pending[name] for name in ("nonce", "verifier", "redirect_uri")})


def _store(user: User, granted: google.Granted, now: datetime) -> str:
    """Store the grant; return why not, with the new grant on its way to be ended, where it is of another account."""
    with db.row_security_for(user.reference):
        # One answer at a time for a person, and none once their account is closed.
        here = User.objects.select_for_update(no_key=True).only("pk", "is_active").get(pk=user.pk)
        if not here.is_active:
            _discard(user, granted, WipeReason.DELETION, now)
            return "closed"
        grant = GoogleGrant.objects.select_for_update().filter(subject=user.reference).first()
        if grant is not None and grant.account_id != granted.account_id:
            _discard(user, granted, WipeReason.OTHER_ACCOUNT, now)
            return "other_account"
        if is_ending(user.reference, Provider.GOOGLE):
            return "ending"
        if grant is None:
            facts = {"account_id": granted.account_id, "withheld": list_withheld(user.reference)}
            grant = GoogleGrant(subject=user.reference, granted_at=now, **facts)
        grant.scopes, grant.token_hash = granted.scopes, google.hash_token(granted.refresh_token)
        grant.prefix_hash = google.hash_token(granted.refresh_token[: google.PREFIX])
        grant.sealed = encrypt(user.reference, grant.encryption_context, granted.refresh_token.encode())
        grant.changed_at = grant.checked_at = now
        grant.save()
        append(
            GRANT_STORED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"scopes": _code(granted.scopes)},
        )
    return ""


def _discard(user: User, granted: google.Granted, reason: WipeReason, now: datetime) -> None:
    """Have a grant ended at Google that is not kept here."""
    other = GoogleGrant(subject=user.reference, scopes=granted.scopes)
    other.sealed = encrypt(user.reference, other.encryption_context, granted.refresh_token.encode())
    keep_for_revocation(other, reason=reason, asked_at=now)


def _explain(refusal: str) -> str:
    """Return what a person is told of a consent that was not taken."""
    sentences = {
        "state": _("This answer of Google belongs to no question of yours here. Begin again on this page."),
        "late": _("You were away for too long. Begin again on this page."),
        "ending": _("Google has not confirmed yet that your earlier access has ended. Try again in a minute."),
        "denied": _("You granted nothing at Google. Nothing has changed."),
        "nothing_granted": _("You granted none of the permissions. Nothing has changed."),
        "other_account": _(
            "You chose another Google account than the one that is connected, so that nothing of it was kept. Choose "
            "the connected one, or end its access first."
        ),
    }
    return sentences.get(refusal) or _("Google's answer could not be used. Nothing has changed; try again.")
