"""What one practice provider remembers while it runs: codes, tokens, consents; gone when it stops."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from .people import Person

CODE_LIFETIME = 600.0  # seconds


@dataclass(eq=False)
class Token(TokenMixin):
    """One access token, with the refresh token that came with it where there is one."""

    client_id: str
    person: Person
    scope: str
    access_token: str
    refresh_token: str | None
    expires_at: float | None
    revoked: bool = False

    def check_client(self, client: Any) -> bool:
        """Tell whether this client got the token."""
        return bool(self.client_id == client.get_client_id())

    def get_scope(self) -> str:
        """Return the granted scopes, joined by spaces."""
        return self.scope

    def is_expired(self) -> bool:
        """Tell whether the access token's time is over; a refresh token has no end."""
        return self.expires_at is not None and time.time() >= self.expires_at

    def is_revoked(self) -> bool:
        """Tell whether it was taken back."""
        return self.revoked

    def get_user(self) -> Person:
        """Return whose token it is."""
        return self.person


@dataclass(eq=False)
class Code(AuthorizationCodeMixin):
    """One authorization code: good once, for ten minutes."""

    value: str
    client_id: str
    person: Person
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    offline: bool
    issued_at: float = field(default_factory=time.time)
    used: bool = False
    tokens: list[Token] = field(default_factory=list)

    def get_redirect_uri(self) -> str:
        """Return the address the code was sent to."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scopes, joined by spaces."""
        return self.scope

    def get_nonce(self) -> str | None:
        """Return the `nonce` of the authorization request, for the id token."""
        return self.nonce

    def get_auth_time(self) -> int | None:
        """Return nothing: Google's id token carries no `auth_time` unless claims are asked for."""
        return None


class Book:
    """The record of one provider. Take `lock` around everything that reads and then writes."""

    def __init__(self) -> None:
        """Start empty."""
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.codes: dict[str, Code] = {}
            self.tokens: list[Token] = []
            self.consents: dict[tuple[str, str], set[str]] = {}
            self.authorizations: list[dict[str, Any]] = []

    @staticmethod
    def now() -> float:
        """Read the clock, in seconds since 1970."""
        return time.time()

    def consented(self, client_id: str, person: Person) -> set[str]:
        """Return the scopes this person has granted to this client so far."""
        return set(self.consents.get((client_id, person.sub), ()))

    def usable_code(self, value: str, client_id: str) -> Code | None:
        """Return a code that this client may still use, or None.

        A code that comes a second time takes back the tokens of the first (RFC 6749, 4.1.2): there is a copy.
        """
        code = self.codes.get(value)
        if code is None or code.client_id != client_id:
            return None
        if code.used:
            for token in code.tokens:
                token.revoked = True
            return None
        return code if time.time() < code.issued_at + CODE_LIFETIME else None

    def live_access(self, value: str) -> Token | None:
        """Return the token with this access token if it still opens something."""
        for token in self.tokens:
            if token.access_token == value and not token.is_revoked() and not token.is_expired():
                return token
        return None

    def live_refresh(self, value: str) -> Token | None:
        """Return the token with this refresh token unless it was revoked."""
        for token in self.tokens:
            if token.refresh_token == value and not token.revoked:
                return token
        return None

    def end_grant(self, client_id: str, person: Person) -> None:
        """Take back every token this person gave this client, and the consent."""
        self.consents.pop((client_id, person.sub), None)
        for token in self.tokens:
            if token.client_id == client_id and token.person == person:
                token.revoked = True
        # A code in flight would otherwise bring the ended grant back.
        for code in self.codes.values():
            if code.client_id == client_id and code.person == person:
                code.used = True

    def summary(self) -> dict[str, Any]:
        """Describe grants and authorizations without a single token value, for tests and the curious."""
        grants = []
        for (client_id, sub), scopes in self.consents.items():
            live = [t for t in self.tokens if (t.client_id, t.person.sub) == (client_id, sub) and not t.revoked]
            grants.append(
                {
                    "client_id": client_id,
                    "sub": sub,
                    "scopes": sorted(scopes),
                    "access_tokens": sum(not t.is_expired() for t in live),
                    "refresh_tokens": sum(t.refresh_token is not None for t in live),
                }
            )
        return {"grants": grants, "authorizations": list(self.authorizations)}
