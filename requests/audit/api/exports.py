"""Exports by API: request, read the state, pause, resume, cancel, download the archive."""

import re
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from audit.errors import ExportRefusedError, ExportStateError, FilterError
from audit.exports.change_state import change_export
from audit.exports.download import archive_response
from audit.exports.models import Export
from audit.exports.request_export import KeyInUseError, KeyTakenError, request_export_once
from audit.exports.states import ExportAct, ExportState
from audit.search.filters import Filter
from core.errors import DecryptionError

from .base import LogApiView, RefusedError, problems
from .reader_access import MayExport, actor_of, django_request, is_machine
from .serializers import ExportSerializer, RequestExportSerializer

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PROBLEMS = {
    400: "Something that cannot be read: `errors` names it and the rule.",
    404: "No such export; a reader token finds only its own.",
    409: "Not possible in its present state; or a request with that key is being answered.",
    410: "The archive has expired.",
    422: "The key was used for another request.",
    503: "The storage does not answer.",
}


def _problems(*codes: int) -> dict[Any, OpenApiResponse]:
    return problems("export", {code: _PROBLEMS[code] for code in codes})


class _ExportView(LogApiView):
    permission_classes = [MayExport]

    def found(self, request: Request, export_id: UUID) -> Export:
        """Return the export; a machine gets a 404 for those of others, which may hold personal details."""
        found = Export.objects.filter(pk=export_id).first()
        if found is None or (is_machine(request) and found.asked_by != str(actor_of(request))):
            raise Http404
        return found

    def answer(self, request: Request, export: Export, code: int = HTTPStatus.OK) -> Response:
        """Return the export's state and its URLs."""
        url = reverse("audit_api:export", [export.pk], request=request)
        archive_url = f"{url}/archive" if export.is_offered(timezone.now()) else ""
        data = ExportSerializer(export).data | {"url": url, "archive_url": archive_url}
        return Response(data, code, headers={"Location": url} if code == HTTPStatus.ACCEPTED else {})


class ExportsView(_ExportView):
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
        request=RequestExportSerializer,
        responses={202: ExportSerializer, **_problems(400, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Request an export. It is made in the background: `url` has its state, `archive_url` the finished archive."""
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise ValidationError({"Idempotency-Key": [_("The header is needed: 1 to 255 visible characters.")]})
        wanted, choices = _parse_body(request)
        try:
            export, _new = request_export_once(key, wanted, actor=actor_of(request), now=timezone.now(), **choices)
        except KeyInUseError as error:
            raise RefusedError(HTTPStatus.CONFLICT, error.sentence) from None
        except KeyTakenError as error:
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, error.sentence) from None
        except ExportRefusedError as error:
            raise ValidationError({error.field: [error.sentence]}) from None
        return self.answer(request, export, HTTPStatus.ACCEPTED)


class ExportView(_ExportView):
    """One export."""

    @extend_schema(operation_id="audit_export", responses={200: ExportSerializer, **_problems(404)})
    def get(self, request: Request, export_id: UUID) -> Response:
        """Return its state."""
        return self.answer(request, self.found(request, export_id))


class ExportActView(_ExportView):
    """Pause, resume or cancel."""

    act: ClassVar[ExportAct] = ExportAct.PAUSE

    @extend_schema(request=None, responses={200: ExportSerializer, **_problems(404, 409)})
    def post(self, request: Request, export_id: UUID) -> Response:
        """Pause, resume or cancel; a running export notices after the segment that it is writing."""
        try:
            found = self.found(request, export_id)
            export = change_export(found, self.act, actor=actor_of(request), now=timezone.now())
        except ExportStateError as error:
            raise RefusedError(HTTPStatus.CONFLICT, error.sentence) from None
        return self.answer(request, export)


class ArchiveView(_ExportView):
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
            **_problems(404, 409, 410, 503),
        },
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Download it, or resume a download. Each download is logged."""
        export = self.found(request, export_id)
        now = timezone.now()
        if export.state == ExportState.EXPIRED or (export.state == ExportState.FINISHED and not export.is_offered(now)):
            raise RefusedError(HTTPStatus.GONE, _("This archive has expired. Request a new export."))
        if not export.is_offered(now):
            raise RefusedError(HTTPStatus.CONFLICT, _("This export is not finished."))
        try:
            return archive_response(django_request(request), export, actor=actor_of(request), now=now)
        except ExportStateError as error:
            raise RefusedError(HTTPStatus.GONE, error.sentence) from None
        except (OSError, DecryptionError):
            sentence = _("The archive cannot be read from the storage. Try again later.")
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, sentence) from None

    @extend_schema(exclude=True)
    def head(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Return its length and ETag."""
        return self.get(request, export_id)


def _parse_body(request: Request) -> tuple[Filter, dict[str, Any]]:
    """Return the filter and the options of a body; raises ValidationError that names every wrong or unknown field."""
    known = set(RequestExportSerializer().fields)
    if not isinstance(request.data, dict):
        raise ValidationError({"body": [_("It is a JSON object.")]})
    faults: dict[str, Any] = {
        name: [ErrorDetail(_("There is no such field."), code="unknown")] for name in request.data if name not in known
    }
    body = RequestExportSerializer(data=request.data)
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
    faults = {name: _("It is a text.") for name, value in given.items() if not isinstance(value, str)}
    if faults:
        raise FilterError(faults)
    return Filter.parse(given)
