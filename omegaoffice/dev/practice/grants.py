"""The codes, tokens and consents of one practice provider: in memory, gone when it stops."""

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.oidc.core import AuthorizationCodeMixin
from flask import request

from .people import Person

CODE_LIFETIME = 600.0  # seconds


@dataclass(eq=False)
class Token:
    """One access token, with the refresh token that came with it where there is one; that one has no end."""

    person: Person
    scope: str
    access_token: str
    refresh_token: str | None
    expires_at: float = math.inf
    revoked: bool = False

    def check_client(self, client: Any) -> bool:  # noqa: ARG002  a provider has one client
        return True

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return time.time() >= self.expires_at


@dataclass(eq=False)
class Code(AuthorizationCodeMixin):
    """One authorization code: good once, for ten minutes."""

    person: Person
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    offline: bool
    code_challenge_method: str = "S256"
    issued_at: float = field(default_factory=time.time)
    used: bool = False
    tokens: list[Token] = field(default_factory=list)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int | None:
        """Return None: Google's id token carries no `auth_time` unless claims are asked for."""
        return None


class Grants:
    """What people have granted at one provider. Take `lock` around everything that reads and then writes."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        with self.lock:
            self.codes: dict[str, Code] = {}
            self.tokens: list[Token] = []
            self.consents: dict[Person, set[str]] = {}

    def usable_code(self, value: str) -> Code | None:
        """Return a code that may still be used, or None.

        A code that comes a second time revokes the tokens of the first (RFC 6749, 4.1.2): there is a copy.
        """
        code = self.codes.get(value)
        if code is None:
            return None
        if code.used:
            for token in code.tokens:
                token.revoked = True
            return None
        return code if time.time() < code.issued_at + CODE_LIFETIME else None

    def live_access(self, value: str) -> Token | None:
        """Return the token with this access token unless it is revoked or expired."""
        with self.lock:
            live = (token for token in self.tokens if not token.revoked and not token.is_expired())
            return next((token for token in live if token.access_token == value), None)

    def live_refresh(self, value: str) -> Token | None:
        """Return the token with this refresh token unless it is revoked."""
        live = (token for token in self.tokens if not token.revoked)
        return next((token for token in live if token.refresh_token == value), None)

    def authorized(self, *schemes: str) -> Token | None:
        """Return the live token in the request's `Authorization` header, which must have one of these schemes."""
        header = request.authorization
        return self.live_access(header.token or "") if header is not None and header.type in schemes else None

    def end_grant(self, person: Person) -> None:
        """Revoke every token this person gave, and the consent."""
        self.consents.pop(person, None)
        for token in self.tokens:
            if token.person == person:
                token.revoked = True
        # A code in flight would otherwise bring the ended grant back.
        for code in self.codes.values():
            if code.person == person:
                code.used = True
