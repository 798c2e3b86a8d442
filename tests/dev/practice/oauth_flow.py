"""A client that signs in as allauth does, step by step, so that a test can do one step wrong."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

import requests

from omegaoffice.dev.practice import endpoints
from tests.dev.practice.provider import LAYLA, SECONDS, PracticeProvider, query_of


class OAuthFlow:
    """One sign-in at one provider."""

    def __init__(self, provider: PracticeProvider, vendor: str) -> None:
        self.provider = provider
        self.vendor = vendor
        parts = provider.settings[vendor]
        if vendor == "google":
            self.authorize_url = parts["AUTHORIZE_URL"]
            self.token_url = parts["ACCESS_TOKEN_URL"]
            scope = "profile email"
        else:
            self.authorize_url = f"{parts['GITHUB_URL']}/login/oauth/authorize"
            self.token_url = f"{parts['GITHUB_URL']}/login/oauth/access_token"
            scope = "user:email"
        app = parts["APPS"][0]
        self.verifier = secrets.token_urlsafe(96)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.params = {
            "client_id": app["client_id"],
            "redirect_uri": f"http://127.0.0.1:8000{endpoints.CALLBACK_PATHS[vendor]}",
            "scope": scope,
            "response_type": "code",
            "state": secrets.token_urlsafe(12),
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        self.secret = app["secret"]

    def url(self, **changes: str | None) -> str:
        """The authorize address; a change to None leaves that parameter out."""
        kept = {name: value for name, value in {**self.params, **changes}.items() if value is not None}
        return f"{self.authorize_url}?{urlencode(kept)}"

    def come_back(self, who: str = LAYLA, **changes: str | None) -> dict[str, str]:
        """Go there and allow; what the callback's query holds."""
        return query_of(self.provider.sign_in(self.url(**changes), who))

    def exchange(self, code: str, *, headers: dict[str, str] | None = None, **changes: str | None) -> requests.Response:
        """Post a code as allauth's client does; a change to None leaves that field out."""
        data: dict[str, str | None] = {
            "redirect_uri": self.params["redirect_uri"],
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.params["client_id"],
            "client_secret": self.secret,
            "code_verifier": self.verifier,
            **changes,
        }
        kept = {name: value for name, value in data.items() if value is not None}
        return requests.post(self.token_url, data=kept, headers=headers, timeout=SECONDS)

    def refresh(self, refresh_token: str, **more: str) -> requests.Response:
        """Post a refresh token, with `scope` for a part of what was granted."""
        data = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.params["client_id"],
            "client_secret": self.secret,
            **more,
        }
        return requests.post(self.token_url, data=data, timeout=SECONDS)

    def tokens(self, who: str = LAYLA, **changes: str | None) -> dict[str, Any]:
        """Go through all steps; the answer of the token endpoint, as JSON."""
        code = self.come_back(who, **changes)["code"]
        answer = self.exchange(code, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
