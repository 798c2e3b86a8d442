"""Google's OAuth endpoints as the data grant uses them: the one place that knows their parameters and answers.

https://developers.google.com/identity/protocols/oauth2/web-server says what they take and give. Neither tokens nor
Google's sentences are in an error: its code says enough.
"""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha512
from typing import Any

import jwt
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from requests import RequestException

from .errors import GoogleError
from .scopes import CATALOGUE, scope_named

#: seconds for an answer of Google
TIMEOUT = 10
#: says whose account it is, which the scopes for data do not; Google sends security events about who granted `email`
_IDENTITY = ("openid", "https://www.googleapis.com/auth/userinfo.email")
#: characters of a token by which a security event may name it
PREFIX = 16
_OK, _SERVER_ERRORS = 200, 500
#: seconds for which an access token is good at most; Google's are for an hour
LONGEST_TOKEN = 4000


@dataclass(frozen=True)
class Granted:
    """What Google answered to a code: whose account, which scopes of the catalogue, and the refresh token."""

    account_id: str
    scopes: list[str]
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """An access token, good for so many seconds."""

    value: str = field(repr=False)
    seconds: int


def is_set_up() -> bool:
    """Return whether the office has a client at Google."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"])


def _session(**more: Any) -> OAuth2Session:
    if not is_set_up():
        raise GoogleError("no_client")
    app = settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"][0]
    return OAuth2Session(
        app["client_id"],
        app["secret"],
        token_endpoint_auth_method="client_secret_post",  # noqa: S106  the method's name
        code_challenge_method="S256",
        default_timeout=TIMEOUT,
        **more,
    )


def consent_url(
    scopes: Collection[str], *, state: str, nonce: str, verifier: str, redirect_uri: str, account_id: str = ""
) -> str:
    """Return the address of Google's consent page for these scopes beside those that were granted before.

    `account_id` is the account to suggest there. The refresh token is asked for each time (`prompt=consent`): without
    that Google gives it at the first consent alone.
    """
    wanted = " ".join([*_IDENTITY, *(CATALOGUE[name].url for name in sorted(scopes))])
    more = {"login_hint": account_id} if account_id else {}
    url, _state = _session(scope=wanted, redirect_uri=redirect_uri).create_authorization_url(
        settings.GOOGLE_ENDPOINTS["authorize"],
        state=state,
        code_verifier=verifier,
        nonce=nonce,
        access_type="offline",
        include_granted_scopes="true",
        prompt="consent",
        **more,
    )
    return str(url)


def redeem_code(code: str, *, nonce: str, verifier: str, redirect_uri: str) -> Granted:
    """Return what was granted; raises GoogleError.

    The id token comes from Google's own endpoint, so that TLS vouches for it and its signature need not be checked
    (OpenID Connect Core 1.0, 3.1.3.7, 6); everything else of it is.
    """
    answer = _call(
        lambda session: session.fetch_token(
            settings.GOOGLE_ENDPOINTS["token"],
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
            allow_redirects=False,
        )
    )
    try:
        claims = jwt.decode(
            answer["id_token"],
            options={
                "verify_signature": False,
                "verify_exp": True,
                "verify_aud": True,
                "verify_iss": True,
                "require": ["exp", "aud", "iss", "sub", "nonce"],
            },
            audience=settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"][0]["client_id"],
            issuer=settings.GOOGLE_ENDPOINTS["issuer"],
        )
    except (jwt.InvalidTokenError, KeyError, TypeError):
        raise GoogleError("id_token") from None
    if claims["nonce"] != nonce:
        raise GoogleError("nonce")
    token = answer.get("refresh_token")
    if not isinstance(token, str) or not token:
        raise GoogleError("no_refresh_token")
    return Granted(str(claims["sub"]), _names(answer), token)


def check_grant(token: str) -> list[str]:
    """Return the scopes that a refresh token still opens; raises GoogleError, `invalid_grant` where there are none."""
    answer = _refresh(token)
    if not isinstance(answer.get("scope"), str):  # it says nothing of what is granted: that is no end
        raise GoogleError("unreadable")
    return _names(answer)


def borrow_token(token: str, scopes: Collection[str]) -> AccessToken:
    """Return an access token for exactly these scopes of a grant.

    Raises GoogleError: `wider` where Google answers with more, `narrower` with less, `invalid_grant` where the grant
    has ended.
    """
    answer = _refresh(token, scope=" ".join(CATALOGUE[name].url for name in sorted(scopes)))
    given = {*str(answer.get("scope", "")).split()}
    wanted = {CATALOGUE[name].url for name in scopes}
    if given - wanted:
        raise GoogleError("wider")
    if wanted - given:
        raise GoogleError("narrower")
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value or type(seconds) is not int or not 0 < seconds <= LONGEST_TOKEN:
        raise GoogleError("unreadable")
    return AccessToken(value, seconds)


def _refresh(token: str, **more: str) -> dict[str, Any]:
    return _call(
        lambda session: session.refresh_token(
            settings.GOOGLE_ENDPOINTS["token"], refresh_token=token, allow_redirects=False, **more
        )
    )


def revoke(token: str) -> None:
    """End the grant at Google, with all its scopes, and see that it has ended; raises GoogleError where it has not.

    An answer alone proves nothing: it may be a refusal of a token that is dead already, or a success that changed
    nothing. A refresh that is refused proves it.
    """
    session = _session()
    try:
        answer = session.post(
            settings.GOOGLE_ENDPOINTS["revoke"], data={"token": token}, withhold_token=True, allow_redirects=False
        )
    except RequestException:
        raise GoogleError("unreachable") from None
    if answer.status_code >= _SERVER_ERRORS:
        raise GoogleError(f"http_{answer.status_code}")
    try:
        check_grant(token)
    except GoogleError as error:
        if error.code == "invalid_grant":
            return
        raise
    raise GoogleError("still_good" if answer.status_code == _OK else f"http_{answer.status_code}")


def hash_token(token: str) -> str:
    """Return a token's hash as security events name it: SHA-512 of SHA-512, in base64."""
    return b64encode(sha512(sha512(token.encode()).digest()).digest()).decode()


def _call(call: Any) -> dict[str, Any]:
    """Return Google's answer; raises GoogleError with the code of an OAuth error, or why there is no answer."""
    try:
        found = call(_session())
    except AuthlibBaseError as error:
        code = str(error.error)
        known = code if code in {"invalid_grant", "invalid_scope", "invalid_client"} else "refused"
        raise GoogleError(known) from None
    except RequestException as error:
        status = getattr(error.response, "status_code", None)
        raise GoogleError(f"http_{status}" if status else "unreachable") from None
    except (ValueError, TypeError):
        raise GoogleError("unreadable") from None
    if not isinstance(found, dict):
        raise GoogleError("unreadable")
    return found


def _names(answer: dict[str, Any]) -> list[str]:
    """Return the scopes of the catalogue that an answer names."""
    scopes = (scope_named(text) for text in str(answer.get("scope", "")).split())
    return sorted({scope.name for scope in scopes if scope is not None})
