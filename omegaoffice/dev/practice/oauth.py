"""What both providers share: Authlib's authorization server with PKCE S256, one client, and grants in memory."""

import math
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge

from .endpoints import LOOPBACK_ORIGIN
from .grants import Code, Grants, Token
from .people import Person

SECRET_METHODS: Final = ["client_secret_basic", "client_secret_post"]


class RedirectMismatchError(OAuth2Error):
    """The redirect address is not one of the client's, or not the one the code was sent to."""

    error = "redirect_uri_mismatch"
    description = "The redirect address does not match what was registered or asked for."


@dataclass(frozen=True)
class Client(ClientMixin):
    """The office, registered at one provider.

    Its callback may stand on any port of this machine, so that `PORT=8123 make run` needs no registration,
    and on the `origins` named at start; the path is exactly one of `callback_paths`. `allow` turns
    requested scopes into granted ones, joined by spaces, or None to refuse the request.
    """

    client_id: str
    client_secret: str
    callback_paths: Collection[str]
    origins: frozenset[str]
    allow: Callable[[str], str | None]

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: Collection[str] | str | None) -> str | None:
        return self.allow(scope if isinstance(scope, str) else " ".join(scope or ()))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        origins = [redirect_uri.removesuffix(path) for path in self.callback_paths if redirect_uri.endswith(path)]
        return any(LOOPBACK_ORIGIN.fullmatch(origin) or origin in self.origins for origin in origins)

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(self.client_secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002  Authlib's signature
        return method in SECRET_METHODS

    def check_response_type(self, response_type: str | None) -> bool:  # noqa: ARG002  the grant has checked it
        return True

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


class S256Challenge(CodeChallenge):
    """PKCE with S256 alone; `plain` is refused. The comparison is Authlib's, the sentences are Google's."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a challenge without its method (which would mean `plain`), then what Authlib refuses."""
        data = grant.request.payload.data
        if data.get("code_challenge") and not data.get("code_challenge_method"):
            raise InvalidRequestError("code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Raise InvalidGrantError for a verifier that is missing, not expected or wrong."""
        verifier = grant.request.form.get("code_verifier")
        challenge = grant.request.authorization_code.code_challenge
        if challenge and not verifier:
            raise InvalidGrantError("Missing code verifier.")
        if verifier and not challenge:
            raise InvalidGrantError("code_verifier or verifier is not needed.")
        try:
            super().validate_code_verifier(grant, result)
        except OAuth2Error as error:
            raise InvalidGrantError("Invalid code verifier.") from error


class CodeGrant(AuthorizationCodeGrant):
    """The authorization code grant; codes are good once."""

    server: "ProviderServer"
    saved: Code

    @classmethod
    def check_authorization_endpoint(cls, request: Any) -> bool:  # noqa: ARG003  Authlib's signature
        """Take every request; a wrong `response_type` is refused once the address is known to be good."""
        return True

    def validate_authorization_redirect_uri(self, request: Any, client: Any) -> str:
        """Return where to send the code. Raises when that is not the client's, or no `code` is requested."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise RedirectMismatchError
        # Here and not left to Authlib, whose sentence repeats the value and breaks at a quotation mark.
        if request.payload.response_type not in self.RESPONSE_TYPES:
            raise OAuth2Error(error="unsupported_response_type", redirect_uri=uri)
        return str(uri)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep the code with what was granted, and the consent."""
        data, person, grants = request.payload.data, request.user, self.server.grants
        scope = self.server.granted_scope(request)
        self.saved = grants.codes[code] = Code(
            person=person,
            redirect_uri=request.payload.redirect_uri,
            scope=scope,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            offline=self.server.is_offline(request),
        )
        grants.consents.setdefault(person, set()).update(scope.split())

    def query_authorization_code(self, code: str, client: Any) -> Code | None:  # noqa: ARG002  Authlib's signature
        """Return the code if it may be used. Raises when it was sent to another address."""
        found = self.server.grants.usable_code(code)
        if found is not None and self.request.payload.redirect_uri != found.redirect_uri:
            raise RedirectMismatchError
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Mark it used; it is kept so that a replay is noticed."""
        authorization_code.used = True

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.person

    def generate_token(self, *args: Any, **kwargs: Any) -> dict[str, str | int]:
        """Add a refresh token only where offline access was granted."""
        kwargs["include_refresh_token"] = self.request.authorization_code.offline
        return super().generate_token(*args, **kwargs)


class ProviderServer(AuthorizationServer):
    """Authlib's server for one provider. Subclasses say how the provider differs."""

    vendor: ClassVar[str]
    #: scopes in words for the consent page: those that say who somebody is, and those that open data
    identity_scopes: ClassVar[Mapping[str, str]]
    data_scopes: ClassVar[Mapping[str, str]]
    #: whether the person may allow some of the data scopes and refuse others
    granular: ClassVar[bool] = False
    #: the parameter that names the person to preselect
    hint: ClassVar[str]
    access_prefix: ClassVar[str]
    refresh_prefix: ClassVar[str] = ""
    #: lifetime of access tokens in seconds; 0 for ever
    lifetime: ClassVar[int] = 0

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self.grants = Grants()
        generator = BearerTokenGenerator(
            lambda **_: self.access_prefix + secrets.token_hex(14),
            lambda **_: self.refresh_prefix + secrets.token_hex(14),
            lambda *_: self.lifetime,
        )
        self.register_token_generator("default", generator)

    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == self.client.client_id else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        issued = Token(
            person=request.user,
            scope=token.get("scope", ""),
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token"),
            expires_at=time.time() + self.lifetime if self.lifetime else math.inf,
        )
        self.grants.tokens.append(issued)
        if request.authorization_code is not None:
            request.authorization_code.tokens.append(issued)

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> Client:
        """Return the client. Raises InvalidClientError, also for basic credentials that are no UTF-8 text."""
        try:
            return super().authenticate_client(request, methods, endpoint)
        except ValueError as error:
            raise InvalidClientError from error

    def granted_scope(self, request: Any) -> str:
        """Return what the request's person granted, joined by spaces."""
        return str(request.scope)

    def is_offline(self, request: Any) -> bool:  # noqa: ARG002  for the provider that differs
        """Tell whether a refresh token is due."""
        return False
