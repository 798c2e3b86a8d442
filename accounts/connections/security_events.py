"""Security event tokens of Google's Cross-Account Protection: whether one is Google's, for us, and what it says.

https://developers.google.com/identity/protocols/risc has what Google sends, RFC 8417 what such a token is, RFC 8935
the codes of refusals. `exp` is not checked: an event tells of the past, and does not expire.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any

import jwt
import requests
from django.conf import settings

from . import google
from .errors import GoogleError, SecurityEventError
from .models import SecurityEvent, SecurityEventKind

#: seconds for which Google's keys are used without asking again, and between two calls for a key that is not there
KEEP, PAUSE = 3600.0, 10.0
#: how far Google's clock may be ahead of ours
AHEAD = timedelta(minutes=5)
_OK = 200
_TYPES = {
    f"https://schemas.openid.net/secevent/{'oauth' if 'token' in kind else 'risc'}/event-type/{kind}": kind
    for kind in SecurityEventKind
    if kind != SecurityEventKind.UNKNOWN
}
#: kinds that end something, which therefore have to say of whom
_ACTING = {
    SecurityEventKind.TOKENS_REVOKED,
    SecurityEventKind.SESSIONS_REVOKED,
    SecurityEventKind.ACCOUNT_DISABLED,
}
_NUMBER = re.compile(r"[!-~]{1,255}")
_By = SecurityEvent.IdentifiedBy


@dataclass(frozen=True)
class VerifiedEvent:
    """What a token of Google says; `identifier` is empty where nothing is to be done."""

    jti: str
    kind: SecurityEventKind
    issued_at: datetime
    identified_by: str
    identifier: str = field(repr=False)


class KeySet:
    """Google's public keys by id, kept for a while. Neither strangers' ids nor failures make it ask more often."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._address = ""
        self._tried_at = self._fetched_at = 0.0

    def get(self, key_id: str) -> jwt.PyJWK | None:
        """Return a key, None where Google publishes none of this id; raises GoogleError while it cannot be asked."""
        with self._lock:
            now, address = monotonic(), settings.GOOGLE_ENDPOINTS["keys"]
            if address != self._address:
                self._keys, self._address, self._tried_at = {}, address, now - PAUSE
            is_old = not self._keys or now - self._fetched_at > KEEP
            if (is_old or key_id not in self._keys) and now - self._tried_at >= PAUSE:
                self._tried_at = now
                self._keys, self._fetched_at = _fetch(address), now
            elif is_old or (key_id not in self._keys and self._tried_at > self._fetched_at):
                raise GoogleError("unreachable")
            return self._keys.get(key_id)


KEYS = KeySet()


def _fetch(address: str) -> dict[str, jwt.PyJWK]:
    try:
        answer = requests.get(address, timeout=google.TIMEOUT, allow_redirects=False)
        if answer.status_code != _OK:
            raise GoogleError(f"http_{answer.status_code}")
        found = jwt.PyJWKSet.from_dict(answer.json())
    except requests.RequestException:
        raise GoogleError("unreachable") from None
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise GoogleError("unreadable") from None
    return {key.key_id: key for key in found.keys if key.key_id}


def verify_event(token: bytes, *, now: datetime) -> VerifiedEvent:
    """Return what a token says; raises SecurityEventError unless it is Google's, for us and as it should be, and
    GoogleError while Google's keys cannot be had."""
    claims = _claims(token)
    jti, issued, events = claims["jti"], claims["iat"], claims.get("events")
    if not _NUMBER.fullmatch(jti):
        raise SecurityEventError("invalid_request", "The claim jti is no number of an event.")
    if type(issued) is not int or not 0 <= issued <= (now + AHEAD).timestamp():
        raise SecurityEventError("invalid_request", "The claim iat is no time, or lies in the future.")
    if not isinstance(events, dict) or len(events) != 1:
        raise SecurityEventError("invalid_request", "The claim events does not hold exactly one event.")
    [(name, event)] = events.items()
    kind = _TYPES.get(name, SecurityEventKind.UNKNOWN)
    subject = event.get("subject") if isinstance(event, dict) else None
    return VerifiedEvent(jti, kind, datetime.fromtimestamp(issued, UTC), *_identify(kind, subject))


def _claims(token: bytes) -> dict[str, Any]:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise SecurityEventError("invalid_request", "The body is no signed token.") from None
    key = KEYS.get(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise SecurityEventError("invalid_key", "Google publishes no key of this id.")
    try:
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"][0]["client_id"],
            issuer=settings.GOOGLE_ENDPOINTS["event_issuer"],
            options={"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "iat", "jti"]},
        )
    except jwt.InvalidAudienceError:
        raise SecurityEventError("invalid_audience", "The token is for somebody else.") from None
    except jwt.InvalidIssuerError:
        raise SecurityEventError("invalid_issuer", "The token is not issued by Google.") from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise SecurityEventError("authentication_failed", "The token is not signed by Google.") from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise SecurityEventError("invalid_request", "The token's claims are not as they should be.") from None


def _identify(kind: SecurityEventKind, subject: Any) -> tuple[str, str]:
    """Return by what an event names whom it concerns; nothing where nothing is done about it."""
    named = subject if isinstance(subject, dict) else {}
    found = ("", "")
    match named:
        case {
            "subject_type": "oauth_token",
            "token_type": "refresh_token",
            "token_identifier_alg": "hash_base64_sha512_sha512",
            "token": str(token),
        } if kind == SecurityEventKind.TOKEN_REVOKED:
            found = (_By.TOKEN.value, token)
        case {
            "subject_type": "oauth_token",
            "token_type": "refresh_token",
            "token_identifier_alg": "prefix",
            "token": str(token),
        } if kind == SecurityEventKind.TOKEN_REVOKED and len(token) == google.PREFIX:
            found = (_By.PREFIX.value, google.hash_token(token))
        case {"subject_type": "iss-sub" | "id_token_claims", "iss": str(issuer), "sub": str(account)} if (
            kind in _ACTING and issuer.rstrip("/") == settings.GOOGLE_ENDPOINTS["issuer"]
        ):
            found = (_By.ACCOUNT.value, account)
    if kind in {*_ACTING, SecurityEventKind.TOKEN_REVOKED} and not _NUMBER.fullmatch(found[1]):
        raise SecurityEventError("invalid_request", "The subject of the event is of no known shape.")
    return found
