"""Authentication of the log's API: a machine by its reader token, or a member of staff who may read the log."""

from django.http import HttpRequest
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from audit.log.actors import Actor, machine
from audit.staff_access import Right, staff_access
from audit.tokens.models import ReaderToken
from core.token_authentication import CallerThrottle, TokenAuthentication

#: scope of a token → the right of a person that it stands for
_RIGHTS: dict[str, Right] = {"entries": "read", "export": "export"}


class ReaderTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer omega_log_…`; without the header a session may serve."""

    model = ReaderToken
    noun = "reader token"
    scheme = "readerToken"
    realm = "audit"
    is_optional = True


#: a person's session with a second factor serves too; unsafe methods then need a CSRF token
AUTHENTICATION = [ReaderTokenAuthentication, SessionAuthentication]


class _MayUse(BasePermission):
    """The token has the scope, or the person the right."""

    scope: str

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Return whether the caller may."""
        if isinstance(request.auth, ReaderToken):
            self.message = f"This reader token does not have the scope {self.scope}."
            return self.scope in request.auth.scopes
        self.message = "This needs a role that may do so, and a second factor used in this session."
        return request.user.is_authenticated and staff_access().may(django_request(request), _RIGHTS[self.scope])


class MayPull(_MayUse):
    """May read entries."""

    scope = "entries"


class MayExport(_MayUse):
    """May request exports and download them."""

    scope = "export"


def is_machine(request: Request) -> bool:
    """Return whether the caller is a token, not a person."""
    return isinstance(request.auth, ReaderToken)


def actor_of(request: Request) -> Actor:
    """Return who called, as the log names them, after one of the permissions above has passed."""
    if isinstance(request.auth, ReaderToken):
        return machine(f"reader.{request.auth.id.hex}")
    return staff_access().actor(django_request(request))


def django_request(request: Request) -> HttpRequest:
    """Return Django's own request behind the API's."""
    return request._request  # noqa: SLF001  DRF hands Django's own request out in no other way


class ReaderThrottle(CallerThrottle):
    """Limits the requests of a token or person."""

    scope = "audit"
