"""The office as a practice provider knows it: ids, secret, and where codes may be sent."""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin

from .endpoints import is_loopback_host

SECRET_METHODS: Final = ["client_secret_basic", "client_secret_post"]


class RedirectMismatchError(OAuth2Error):
    """The redirect address is not one of the client's, or not the one the code was sent to."""

    error = "redirect_uri_mismatch"
    description = "The redirect address does not match what was registered or asked for."


@dataclass(frozen=True)
class Client(ClientMixin):
    """The office, registered at one provider.

    Its callback may stand on any port of this machine, so that `PORT=8123 make run` needs no registration,
    and on the `origins` named at start; the path is exact. `allow` turns asked scopes into granted ones.
    """

    client_id: str
    client_secret: str
    callback_path: str
    origins: frozenset[str]
    allow: Callable[[str], str | None]
    response_types: frozenset[str | None] = frozenset({"code"})

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""  # the address must be in the request

    def get_allowed_scope(self, scope: Collection[str] | str | None) -> str | None:
        """Return the scopes that may be granted, joined by spaces; None refuses the request."""
        asked = scope if isinstance(scope, str) else " ".join(scope or ())
        return self.allow(asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        try:
            parts = urlsplit(redirect_uri)
            host = parts.hostname
            _ = parts.port
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or "@" in parts.netloc or "?" in redirect_uri or "#" in redirect_uri:
            return False
        known = is_loopback_host(host) or f"{parts.scheme}://{parts.netloc}" in self.origins
        return known and parts.path == self.callback_path

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  Authlib's signature
        return method in SECRET_METHODS

    def check_response_type(self, response_type: str | None) -> bool:
        """Tell whether a code is asked for, in a way this provider understands."""
        return response_type in self.response_types

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}
