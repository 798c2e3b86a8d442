"""The platform's door: POST /api/v1/ingest/<stream> with a service token."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    NotFound,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from accounts.identity.streams import streams
from audit.actors import machine
from audit.serializers import ProblemSerializer

from .errors import StreamCutError
from .models import ServiceToken
from .selectors import get_token
from .serializers import ReportSerializer
from .services import ingest_stream, note_token_used

#: bytes of one request; more goes in several, or by `manage.py ingest`
MOST_BODY = 64 * 1024 * 1024
MEDIA_TYPES = ("application/x-ndjson", "application/jsonl")
AUTO = "auto"


class LengthRequiredError(APIException):
    """A body without its length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "The request needs a Content-Length."
    default_code = "length_required"


class BodyTooLargeError(APIException):
    """A body above the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body may have {MOST_BODY} bytes at most. Send it in parts."
    default_code = "too_large"


class NothingKeptError(ValidationError):
    """A body with lines of which none could be kept: each line, field and rule, a hundred at most."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class Platform:
    """Who a service token stands for, in the place of a user."""

    is_authenticated = True
    is_active = True
    is_staff = False

    def __init__(self, token: ServiceToken) -> None:
        self.token = token
        self.pk = token.pk


class ServiceTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer omega_svc_…`; the token is looked up by its hash."""

    def authenticate(self, request: Request) -> tuple[Platform, ServiceToken]:
        """Return who calls; every failure is a 401 that says what to do and nothing about other tokens."""
        parts = get_authorization_header(request).split()
        if len(parts) != 2 or parts[0].lower() != b"bearer":  # noqa: PLR2004  the word and the token
            raise AuthenticationFailed("Send a service token as: Authorization: Bearer omega_svc_…")
        now = timezone.now()
        token = get_token(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("This service token is not known.")
        if token.revoked_at is not None:
            raise AuthenticationFailed("This service token was revoked.")
        if token.expires_at <= now:
            raise AuthenticationFailed("This service token has expired.")
        note_token_used(token.id, now=now)
        return Platform(token), token

    def authenticate_header(self, _request: Request) -> str:
        """Return what the answer 401 asks for."""
        return 'Bearer realm="ingest"'


class ServiceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How OpenAPI names the token."""

    target_class = ServiceTokenAuthentication
    name = "serviceToken"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "omega_svc_…"}


def _token_of(request: Request) -> ServiceToken:
    """Return the token that authenticated the request."""
    if not isinstance(request.auth, ServiceToken):
        raise NotAuthenticated
    return request.auth


class MayIngest(BasePermission):
    """The token has the scope `ingest`."""

    message = "This service token does not have the scope ingest."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Return whether the scope is there."""
        return isinstance(request.auth, ServiceToken) and "ingest" in request.auth.scopes


class IngestThrottle(SimpleRateThrottle):
    """So many requests a token; the answer 429 says after how many seconds to come back."""

    scope = "ingest"
    rate = "120/min"

    def get_cache_key(self, request: Request, _view: APIView) -> str:
        """Return the counter's name: one a token."""
        return f"ingest-rate:{_token_of(request).id}"


class JsonLinesParser(BaseParser):
    """Hands the body on unread: it is read line by line."""

    def parse(self, stream: Any, _media_type: str | None = None, _context: Any = None) -> Any:
        """Return the stream itself."""
        return stream


class NdJsonParser(JsonLinesParser):
    """JSON Lines under the name that most senders use."""

    media_type = MEDIA_TYPES[0]


class JsonlParser(JsonLinesParser):
    """JSON Lines under the name that its page proposes."""

    media_type = MEDIA_TYPES[1]


def _check_body(request: HttpRequest) -> int:
    """Return the announced number of bytes; refuse what has none, too many, or is packed."""
    if request.content_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(request.content_type or "")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType(request.headers["Content-Encoding"], "Send the lines unpacked.")
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise LengthRequiredError
    if len(length) > len(str(MOST_BODY)) or int(length) > MOST_BODY:
        raise BodyTooLargeError
    if int(length) == 0:
        raise ParseError("The body is empty: it takes one JSON object a line.")
    return int(length)


class IngestView(APIView):
    """Take one stream in.

    Records are idempotent by their `id`: sending the same lines again adds nothing, so no Idempotency-Key is
    needed, and after any failure the whole body may be sent again. Broken lines are set aside with line number,
    field and rule, and the others kept.
    """

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [MayIngest]
    throttle_classes = [IngestThrottle]
    parser_classes = [NdJsonParser, JsonlParser]

    @extend_schema(
        operation_id="ingest",
        parameters=[
            OpenApiParameter(
                "stream",
                OpenApiTypes.STR,
                OpenApiParameter.PATH,
                description="The stream that every line must name, or `auto` for lines of any stream.",
            )
        ],
        request=dict.fromkeys(MEDIA_TYPES, OpenApiTypes.BINARY),
        responses={
            200: ReportSerializer,
            **{
                code: OpenApiResponse(ProblemSerializer, description=text)
                for code, text in (
                    (400, "The body is empty, or ended early."),
                    (401, "No valid service token."),
                    (403, "The token lacks the scope."),
                    (404, "No such stream."),
                    (411, "No Content-Length."),
                    (413, "The body is too large."),
                    (415, "Not JSON Lines."),
                    (422, "No line could be kept."),
                    (429, "Too many requests; Retry-After says when."),
                )
            },
        },
    )
    def post(self, request: Request, stream: str) -> Response:
        """Keep the good lines, set the broken ones aside, say which."""
        if stream != AUTO and stream not in streams():
            raise NotFound(f"There is no such stream; there are: {', '.join(streams())}, and {AUTO}.")
        token = _token_of(request)
        body = request._request  # noqa: SLF001  DRF's own stream is the same object behind a parser
        size = _check_body(body)
        try:
            report = ingest_stream(
                body,
                actor=machine(f"service-token:{token.id}"),
                source="api",
                clock=timezone.now,
                only="" if stream == AUTO else stream,
                token=token.id,
                size=size,
            )
        except (StreamCutError, OSError):
            raise ParseError(
                "The body ended before its announced length. What came whole before is kept; send it again."
            ) from None
        if report.lines and report.set_aside == report.lines:
            raise NothingKeptError(
                {
                    f"lines.{line.number}": {line.field: [line.rule]} if line.field else [line.rule]
                    for line in report.first
                }
            )
        return Response(ReportSerializer(report).data)
