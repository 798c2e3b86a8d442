"""Exports by API: ask, look, pause, resume, cancel, fetch the archive."""

import re
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from vault.errors import SealBrokenError

from .archive_door import archive_response
from .errors import ExportRefusedError, ExportStateError, FilterError
from .export_states import ExportState
from .filters import Filter
from .models import Export
from .reader_api import AUTHENTICATION, MayExport, ReaderThrottle, actor_of, django_request, is_machine
from .serializers import AskExportSerializer, ExportSerializer, ProblemSerializer
from .services import ask_export_once, cancel_export, pause_export, resume_export
from .services.ask_once import KeyInUseError, KeyTakenError

PROBLEM = "application/problem+json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PROBLEMS = {
    400: "Something that cannot be read: `errors` names it and the rule.",
    401: "No valid reader token, and nobody signed in.",
    403: "The token lacks the scope export, or the person the right.",
    404: "No such export; a machine finds its own alone.",
    409: "Not in the state that it is in; or a request with that key is being answered.",
    410: "The archive has had its time.",
    422: "The key was used for another request.",
    429: "Too many requests; Retry-After says when.",
    503: "The storage does not answer.",
}


def _problems(*codes: int) -> dict[Any, OpenApiResponse]:
    return {(code, PROBLEM): OpenApiResponse(ProblemSerializer, description=_PROBLEMS[code]) for code in codes}


class ConflictError(APIException):
    """Not in this state, or not now."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class GoneError(APIException):
    """An archive that has had its time."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"


class OtherPayloadError(APIException):
    """A key that belongs to another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "other_payload"


class StorageAwayError(APIException):
    """The storage does not give the file out."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "storage"


class _ExportApi(APIView):
    """Behind the scope, or the right, to export."""

    authentication_classes = AUTHENTICATION
    permission_classes = [MayExport]
    throttle_classes = [ReaderThrottle]

    def found(self, request: Request, export_id: UUID) -> Export:
        """Return the export; those of others, which may hold personal details, do not exist for a machine."""
        found = Export.objects.filter(pk=export_id).first()
        if found is None or (is_machine(request) and found.asked_by != str(actor_of(request))):
            raise Http404
        return found

    def answer(self, request: Request, export: Export, code: int = 200) -> Response:
        """Return how far the export has come."""
        url = reverse("api_audit_export", [export.pk], request=request)
        offered = export.is_offered(timezone.now())
        shown = {
            **ExportSerializer(_Shown(export, url, f"{url}/archive" if offered else "")).data,
        }
        return Response(shown, code, headers={"Location": url} if code == status.HTTP_202_ACCEPTED else {})


class _Shown:
    """An export with its addresses, as the serializer reads it."""

    def __init__(self, export: Export, url: str, archive_url: str) -> None:
        self._export = export
        self.url = url
        self.archive_url = archive_url

    def __getattr__(self, name: str) -> Any:
        return getattr(self._export, name)


class ExportsView(_ExportApi):
    """Exports of the log."""

    @extend_schema(
        operation_id="audit_export_ask",
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="1 to 255 visible characters of your own choice: asking again with it is harmless.",
            )
        ],
        request=AskExportSerializer,
        responses={202: ExportSerializer, **_problems(400, 401, 403, 409, 422, 429)},
    )
    def post(self, request: Request) -> Response:
        """Ask for an export. It is made in the background: `url` says how far it is, `archive_url` where it lies."""
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise ValidationError({"Idempotency-Key": [_("The header is needed: 1 to 255 visible characters.")]})
        wanted, choices = _asked(request)
        try:
            export, _new = ask_export_once(key, wanted, actor=actor_of(request), now=timezone.now(), **choices)
        except KeyInUseError as error:
            raise ConflictError(error.sentence) from None
        except KeyTakenError as error:
            raise OtherPayloadError(error.sentence) from None
        except ExportRefusedError as error:
            raise ValidationError({error.field: [error.sentence]}) from None
        return self.answer(request, export, status.HTTP_202_ACCEPTED)


class ExportView(_ExportApi):
    """One export."""

    @extend_schema(operation_id="audit_export", responses={200: ExportSerializer, **_problems(401, 403, 404, 429)})
    def get(self, request: Request, export_id: UUID) -> Response:
        """Say how far it has come."""
        return self.answer(request, self.found(request, export_id))


_ACTS: dict[str, Callable[..., Export]] = {"pause": pause_export, "resume": resume_export, "cancel": cancel_export}


class ExportActView(_ExportApi):
    """Pause, resume or cancel."""

    act: ClassVar[str] = "pause"

    @extend_schema(request=None, responses={200: ExportSerializer, **_problems(401, 403, 404, 409, 429)})
    def post(self, request: Request, export_id: UUID) -> Response:
        """Do it; a running export notices after the stretch that it is writing."""
        try:
            export = _ACTS[self.act](self.found(request, export_id), actor=actor_of(request), now=timezone.now())
        except ExportStateError as error:
            raise ConflictError(error.sentence) from None
        return self.answer(request, export)


class ArchiveView(_ExportApi):
    """The archive of a finished export."""

    @extend_schema(
        operation_id="audit_export_archive",
        parameters=[
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range of bytes."),
            OpenApiParameter("If-Range", str, OpenApiParameter.HEADER, description="The ETag of what you have."),
        ],
        responses={
            (200, "application/gzip"): OpenApiResponse(bytes, description="The archive."),
            (206, "application/gzip"): OpenApiResponse(bytes, description="The range that was asked for."),
            304: OpenApiResponse(description="You have it."),
            416: OpenApiResponse(description="The range lies outside; Content-Range says how long it is."),
            **_problems(401, 403, 404, 409, 410, 429, 503),
        },
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Download it, or go on where a download stopped. Each download leaves a line in the log."""
        export = self.found(request, export_id)
        now = timezone.now()
        if export.state == ExportState.EXPIRED or (export.state == ExportState.FINISHED and not export.is_offered(now)):
            raise GoneError(_("This archive has had its time. Ask for a new export."))
        if not export.is_offered(now):
            raise ConflictError(_("This export is not finished."))
        try:
            return archive_response(django_request(request), export, actor=actor_of(request), now=now)
        except ExportStateError as error:
            raise GoneError(error.sentence) from None
        except (OSError, SealBrokenError):
            raise StorageAwayError(_("The storage does not give the archive out. Try again later.")) from None

    @extend_schema(exclude=True)
    def head(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Say how long it is and what its ETag is."""
        return self.get(request, export_id)


def _asked(request: Request) -> tuple[Filter, dict[str, Any]]:
    """Return filter and choices of a body; every field that cannot be read is named, an unknown one as well."""
    known = set(AskExportSerializer().fields)
    if not isinstance(request.data, dict):
        raise ValidationError({"body": [_("It is a JSON object.")]})
    faults: dict[str, Any] = {
        name: [ErrorDetail(_("There is no such field."), code="unknown")] for name in request.data if name not in known
    }
    body = AskExportSerializer(data=request.data)
    if not body.is_valid():
        faults |= body.errors
    wanted = Filter()
    if "filter" not in faults:
        try:
            wanted = _filter(request.data.get("filter") or {})
        except FilterError as error:
            faults["filter"] = {field: [ErrorDetail(rule, code="invalid")] for field, rule in error.faults.items()}
    if is_machine(request):
        for name in ("disclose_staff", "disclose_subject_case"):
            if body.initial_data.get(name):
                faults[name] = [ErrorDetail(_("Personal details are for people alone."), code="not_for_machines")]
    if faults:
        raise ValidationError(faults)
    return wanted, {name: value for name, value in body.validated_data.items() if name != "filter"}


def _filter(given: dict[str, Any]) -> Filter:
    strange = {name: _("It is a text.") for name, value in given.items() if not isinstance(value, str)}
    if strange:
        raise FilterError(strange)
    return Filter.parse(given)
