"""How the API knows a machine: `Authorization: Bearer <token>`."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from .tokens import MachineToken


class TokenBearer:
    """Whoever holds a token, in the place of a user."""

    is_authenticated = True
    is_active = True
    is_staff = False

    def __init__(self, token: MachineToken) -> None:
        self.token = token
        self.pk = token.pk


class TokenAuthentication(BaseAuthentication):
    """Finds the token by its hash; `request.auth` is then the token."""

    model: ClassVar[type[MachineToken]]
    #: what the token is called in the answer 401
    noun: ClassVar[str]
    #: the name of the scheme in OpenAPI
    scheme: ClassVar[str]
    realm: ClassVar[str]
    #: whether a request without the header may be authenticated otherwise
    is_optional: ClassVar[bool] = False

    def authenticate(self, request: Request) -> tuple[Any, MachineToken] | None:
        """Return who calls; a failure is a 401 that says nothing about other tokens."""
        parts = get_authorization_header(request).split()
        if self.is_optional and not parts and "Authorization" not in request.headers:
            return None
        if len(parts) != 2 or parts[0].lower() != b"bearer":  # noqa: PLR2004  the word and the token
            raise AuthenticationFailed(f"Send a {self.noun} as: Authorization: Bearer {self.model.PREFIX}…")
        now = timezone.now()
        token = self.model.with_text(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(f"This {self.noun} is not known.")
        if token.revoked_at is not None:
            raise AuthenticationFailed(f"This {self.noun} was revoked.")
        if token.expires_at <= now:
            raise AuthenticationFailed(f"This {self.noun} has expired.")
        caller = self.caller(token)
        token.record_use(now)
        return caller, token

    def caller(self, token: MachineToken) -> Any:
        """Return who calls with this valid token, the request's `user`; may raise AuthenticationFailed."""
        return TokenBearer(token)

    def authenticate_header(self, _request: Request) -> str:
        return f'Bearer realm="{self.realm}"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI describes the tokens."""

    target_class = TokenAuthentication
    match_subclasses = True

    @property
    def name(self) -> str:  # type: ignore[override]  # one extension for every kind of token
        scheme: str = self.target.scheme
        return scheme

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": f"{self.target.model.PREFIX}…"}


class ScopePermission(BasePermission):
    """The token has the view's `scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may."""
        self.message = f"This token does not have the scope {view.scope}."
        return isinstance(request.auth, MachineToken) and view.scope in request.auth.scopes


class CallerThrottle(SimpleRateThrottle):
    """Limits the requests of a token or person; the answer 429 says after how many seconds to come back."""

    rate = "120/min"

    def get_cache_key(self, request: Request, _view: APIView) -> str:
        """Return the key of the caller's counter."""
        return f"{self.scope}-rate:{(request.auth or request.user).pk}"
