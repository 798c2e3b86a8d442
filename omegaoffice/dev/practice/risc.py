"""Google's Cross-Account Protection (RISC): security event tokens, signed and posted to the office.

Events, subjects and one event a token as in https://developers.google.com/identity/protocols/risc, `typ` as in
RFC 8417, delivery by POST as in RFC 8935.
"""

import base64
import hashlib
import secrets
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from flask import Blueprint, Response, jsonify, request, url_for
from joserfc import jwt

from .endpoints import GOOGLE_CLIENT_ID, RECEIVER_PATH
from .google_scopes import EMAIL, PROFILE
from .grants import Grants
from .keys import SigningKey, SigningKeys
from .people import Person

SCHEMAS: Final = "https://schemas.openid.net/secevent"
TOKEN_REVOKED: Final = f"{SCHEMAS}/oauth/event-type/token-revoked"
TOKENS_REVOKED: Final = f"{SCHEMAS}/oauth/event-type/tokens-revoked"
PUSH: Final = f"{SCHEMAS}/risc/delivery-method/push"
TRIES: Final = 3
PAUSE: Final = 0.5  # seconds between two tries
TIME_LIMIT: Final = 5.0  # seconds for one try


def issuer() -> str:
    """Return the issuer of security event tokens: unlike that of id tokens, Google's ends in a slash."""
    return f"{request.host_url}google/"


def about_account(sub: str) -> dict[str, str]:
    """Return the subject that names an account."""
    return {"subject_type": "iss-sub", "iss": issuer(), "sub": sub}


def about_token(refresh_token: str) -> dict[str, str]:
    """Return the subject that names a refresh token by its double hash, "OAuth token identifiers" in Google's page."""
    digest = hashlib.sha512(hashlib.sha512(refresh_token.encode()).digest()).digest()
    return {
        "subject_type": "oauth_token",
        "token_type": "refresh_token",
        "token_identifier_alg": "hash_base64_sha512_sha512",
        "token": base64.b64encode(digest).decode(),
    }


class SecurityEvents:
    """Signs security event tokens about grants, and knows where the office receives them."""

    def __init__(self, grants: Grants) -> None:
        self.keys = SigningKeys()
        self.grants = grants

    def sign(self, event: str, details: dict[str, Any], key: SigningKey | None = None, **claims: Any) -> str:
        """Return a token with this event; `claims` take the place of the usual ones."""
        key = key or self.keys.current
        usual = {"iss": issuer(), "aud": GOOGLE_CLIENT_ID, "iat": int(time.time()), "jti": secrets.token_hex(16)}
        header = {"alg": "RS256", "kid": key.kid, "typ": "secevent+jwt"}
        return jwt.encode(header, {**usual, **claims, "events": {event: details}}, key.key)

    def about_end_of_grant(self, person: Person) -> list[str]:
        """Return the tokens that are due when this person's grant ends: one a refresh token, and one for them all.

        Google tells of those alone who let the office see their profile or address.
        """
        if not self.grants.consents.get(person, set()) & {EMAIL, PROFILE}:
            return []
        refresh_tokens = [one.refresh_token for one in self.grants.tokens if one.person == person and not one.revoked]
        single = [self.sign(TOKEN_REVOKED, {"subject": about_token(value)}) for value in refresh_tokens if value]
        return [*single, self.sign(TOKENS_REVOKED, {"subject": about_account(person.sub)})]

    def receiver(self) -> str | None:
        """Return where the office takes events: at the origin of the redirect address that was used last.

        Google posts to an address registered once; here the consent has checked the origin.
        """
        code = next(reversed(self.grants.codes.values()), None)
        return urljoin(code.redirect_uri, RECEIVER_PATH) if code else None

    def deliver_later(self, tokens: list[str]) -> None:
        """Post tokens one after the other without keeping anybody waiting."""
        address = self.receiver()
        if address is None:
            return

        def deliver_all() -> None:
            for each in tokens:
                deliver(address, each)

        threading.Thread(target=deliver_all, daemon=True).start()


def deliver(address: str, token: str) -> list[int | None]:
    """Post a token until it is answered 202, three times at most; return the status of each try, None for no answer."""
    statuses: list[int | None] = []
    while HTTPStatus.ACCEPTED not in statuses and len(statuses) < TRIES:
        if statuses:
            time.sleep(PAUSE)
        statuses.append(_post(address, token))
    return statuses


def _post(address: str, token: str) -> int | None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=TIME_LIMIT)
    headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
    try:
        connection.request("POST", parts.path, token, headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def add_risc(pages: Blueprint, keys: SigningKeys) -> None:
    """Add the configuration document and the key set to Google's blueprint."""

    @pages.get("/.well-known/risc-configuration")
    def risc_configuration() -> Response:
        key_set = url_for("google.jwks", _external=True)
        return jsonify({"issuer": issuer(), "jwks_uri": key_set, "delivery_methods_supported": [PUSH]})

    @pages.get("/oauth2/v3/certs")
    def jwks() -> Response:
        return jsonify({"keys": [each.public_jwk() for each in keys.published]})
