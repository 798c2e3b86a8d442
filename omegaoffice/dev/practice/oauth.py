"""What both providers share: Authlib's authorization server with PKCE S256, one client, and grants in memory."""

import secrets
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge

from .client import SECRET_METHODS, Client, RedirectMismatchError
from .grants import Code, Grants, Token
from .people import Person


class S256Challenge(CodeChallenge):
    """PKCE with S256 alone; `plain` is refused. The comparison is Authlib's, the sentences are Google's."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
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

    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS
    server: "ProviderServer"
    saved: Code | None = None

    @classmethod
    def check_authorization_endpoint(cls, request: Any) -> bool:  # noqa: ARG003  Authlib's signature
        """Take every request; a wrong `response_type` is refused once the address is known to be good."""
        return True

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Any) -> str:
        """Return where to send the code. Raises when that is not the client's, or no `code` is asked for."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise RedirectMismatchError
        # Here and not left to Authlib, whose sentence repeats the value and breaks at a quotation mark.
        if not client.check_response_type(request.payload.response_type):
            raise OAuth2Error(error="unsupported_response_type", redirect_uri=uri)
        return str(uri)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep the code with what was granted, and the consent."""
        data = request.payload.data
        person: Person = request.user
        client_id = request.client.get_client_id()
        grants = self.server.grants
        scope = self.server.granted_scope(request, person)
        self.saved = Code(
            client_id=client_id,
            person=person,
            redirect_uri=request.payload.redirect_uri,
            scope=scope,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            offline=self.server.is_offline(request, person),
        )
        grants.codes[code] = self.saved
        grants.consents.setdefault((client_id, person.sub), set()).update(scope.split())
        grants.authorizations.append(
            {
                "client_id": client_id,
                "sub": person.sub,
                "asked": (request.payload.scope or "").split(),
                "granted": scope.split(),
                "pkce": bool(data.get("code_challenge")),
                "state": bool(request.payload.state),
                "access_type": data.get("access_type"),
                "prompt": data.get("prompt"),
                "include_granted_scopes": data.get("include_granted_scopes"),
            }
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        """Return the code if it may be used. Raises when it was sent to another address."""
        found = self.server.grants.usable_code(code, client.get_client_id())
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
            client_id=request.client.get_client_id(),
            person=request.user,
            scope=token.get("scope", ""),
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token"),
            expires_at=time.time() + self.lifetime if self.lifetime else None,
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

    def granted_scope(self, request: Any, person: Person) -> str:  # noqa: ARG002  for the provider that differs
        """Return what the person granted, joined by spaces."""
        return str(request.scope)

    def is_offline(self, request: Any, person: Person) -> bool:  # noqa: ARG002  for the provider that differs
        """Tell whether a refresh token is due."""
        return False
