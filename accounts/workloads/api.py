"""The platform's API: POST /api/v1/ingest/<stream> with a service token."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.personaldata.stream_format import streams
from audit.api.base import InvalidBodyError, RefusedError, token_problems
from audit.log.actors import machine
from core.token_authentication import CallerThrottle, ScopePermission, TokenAuthentication

from .errors import StreamCutError
from .models import ServiceToken
from .services import ingest_stream

#: bytes of one request; more goes in several, or by `manage.py ingest`
MOST_BODY = 64 * 1024 * 1024
MEDIA_TYPES = ("application/x-ndjson", "application/jsonl")
AUTO = "auto"


class SetAsideSerializer(serializers.Serializer[Any]):
    """One line that was set aside."""

    line = serializers.IntegerField(source="number", help_text="Counted from 1.")
    field = serializers.CharField(help_text="Empty when the line as a whole is broken.")
    rule = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """Counts of a body's lines."""

    ingest = serializers.UUIDField()
    lines = serializers.IntegerField(help_text="Lines that are not blank.")
    kept = serializers.IntegerField(help_text="New records.")
    known = serializers.IntegerField(help_text="Records that were there already.")
    set_aside = serializers.IntegerField(help_text="Lines that break a rule.")
    digest = serializers.CharField(help_text="SHA-256 of the body.")
    first_set_aside = SetAsideSerializer(source="first", many=True, help_text="A hundred of them at most.")


class ServiceTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer omega_svc_…`."""

    model = ServiceToken
    noun = "service token"
    scheme = "serviceToken"
    realm = "platform"


class IngestThrottle(CallerThrottle):
    scope = "ingest"


def _check_body(request: HttpRequest) -> int:
    """Return the announced number of bytes; refuse a body without it, too large, or compressed."""
    if request.content_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(request.content_type or "")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType(request.headers["Content-Encoding"], "Send the lines unpacked.")
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "The request needs a Content-Length.")
    if len(length) > len(str(MOST_BODY)) or int(length) > MOST_BODY:
        sentence = f"The body may have {MOST_BODY} bytes at most. Send it in parts."
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    if int(length) == 0:
        raise ParseError("The body is empty: it takes one JSON object a line.")
    return int(length)


class IngestView(APIView):
    """Take one stream in.

    Records are idempotent by their `id`: sending the same lines again adds nothing, so no Idempotency-Key is
    needed, and after any failure the whole body may be sent again. Broken lines are set aside with line number,
    field and rule, and the others stored.
    """

    authentication_classes = [ServiceTokenAuthentication]
    permission_classes = [ScopePermission]
    scope = "ingest"
    throttle_classes = [IngestThrottle]
    parser_classes = []  # the service reads the body line by line

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
            **token_problems(
                "service token",
                scope,
                {
                    400: "The body is empty, or ended early.",
                    404: "No such stream.",
                    411: "No Content-Length.",
                    413: "The body is too large.",
                    415: "Not JSON Lines.",
                    422: "No line could be kept.",
                },
            ),
        },
    )
    def post(self, request: Request, stream: str) -> Response:
        """Store the valid lines, set the others aside, and answer which."""
        if stream != AUTO and stream not in streams():
            raise NotFound(f"There is no such stream; there are: {', '.join(streams())}, and {AUTO}.")
        token = request.auth
        assert isinstance(token, ServiceToken)  # noqa: S101  the permission has checked it
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
            raise InvalidBodyError(
                {
                    f"lines.{line.number}": {line.field: [line.rule]} if line.field else [line.rule]
                    for line in report.first
                }
            )
        return Response(ReportSerializer(report).data)
