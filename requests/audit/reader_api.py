"""Who calls the log's API: a machine by its reader token, or a member of staff who may read the log."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from .actors import Actor, machine
from .models import ReaderToken
from .ports import Right, desk
from .services import note_token_used
from .token_rows import get_token

#: scope of a token → the right of a person that it stands for
_RIGHTS: dict[str, Right] = {"entries": "read", "export": "export"}


class Reader:
    """Who a reader token stands for, in the place of a user."""

    is_authenticated = True
    is_active = True
    is_staff = False

    def __init__(self, token: ReaderToken) -> None:
        self.token = token
        self.pk = token.pk


class ReaderTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer omega_log_…`; the token is looked up by its hash."""

    def authenticate(self, request: Request) -> tuple[Reader, ReaderToken] | None:
        """Return who calls, None without the header; a failure is a 401 that says nothing about other tokens."""
        parts = get_authorization_header(request).split()
        if not parts and "Authorization" not in request.headers:
            return None
        if len(parts) != 2 or parts[0].lower() != b"bearer":  # noqa: PLR2004  the word and the token
            raise AuthenticationFailed("Send a reader token as: Authorization: Bearer omega_log_…")
        now = timezone.now()
        token = _living(parts[1].decode("latin-1"), now)
        note_token_used(token.id, now=now)
        return Reader(token), token

    def authenticate_header(self, _request: Request) -> str:
        """Return what the answer 401 asks for."""
        return 'Bearer realm="audit"'


def _living(text: str, now: datetime) -> ReaderToken:
    token = get_token(text)
    if token is None:
        raise AuthenticationFailed("This reader token is not known.")
    if token.revoked_at is not None:
        raise AuthenticationFailed("This reader token was revoked.")
    if token.expires_at <= now:
        raise AuthenticationFailed("This reader token has expired.")
    return token


class ReaderTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI names the token."""

    target_class = ReaderTokenAuthentication
    name = "readerToken"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "omega_log_…"}


#: a person's session serves too, where they used a second factor in it; what changes something needs its CSRF token
AUTHENTICATION = [ReaderTokenAuthentication, SessionAuthentication]


class _MayUse(BasePermission):
    """The token has the scope, or the person the right."""

    scope: str

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Return whether it is there."""
        if isinstance(request.auth, ReaderToken):
            self.message = f"This reader token does not have the scope {self.scope}."
            return self.scope in request.auth.scopes
        self.message = "This needs a role that may do so, and a second factor used in this session."
        return request.user.is_authenticated and desk().may(django_request(request), _RIGHTS[self.scope])


class MayPull(_MayUse):
    """May read entries."""

    scope = "entries"


class MayExport(_MayUse):
    """May ask for exports and fetch them."""

    scope = "export"


def is_machine(request: Request) -> bool:
    """Return whether a token called, and nobody in person."""
    return isinstance(request.auth, ReaderToken)


def actor_of(request: Request) -> Actor:
    """Return who called, as the log names them; the caller was let in by one of the permissions above."""
    if isinstance(request.auth, ReaderToken):
        return machine(f"reader.{request.auth.id.hex}")
    return desk().actor(django_request(request))


def django_request(request: Request) -> HttpRequest:
    """Return Django's own request behind the API's."""
    return request._request  # noqa: SLF001  DRF hands Django's own request out in no other way


class ReaderThrottle(SimpleRateThrottle):
    """So many requests a token or person; the answer 429 says after how many seconds to come back."""

    scope = "audit"
    rate = "120/min"

    def get_cache_key(self, request: Request, _view: APIView) -> str:
        """Return the counter's name: one a token or person."""
        return f"audit-rate:{request.user.pk}"
