"""API errors as RFC 9457 problem documents that name the field and the rule, also outside the API's views."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views import defaults
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


def is_api(request: HttpRequest) -> bool:
    """Return whether this is a request of a machine, which gets errors as problem documents."""
    return request.path_info.startswith(("/api/", "/webhooks/"))


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [row for key, value in detail.items() for row in _flatten(value, f"{path}.{key}".strip("."))]
    if isinstance(detail, list):
        return [row for value in detail for row in _flatten(value, path)]
    return [{"field": path, "rule": getattr(detail, "code", "invalid"), "detail": str(detail)}]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem document for an error of DRF or Django, else None (which becomes a 500)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"type": "about:blank", "title": response.status_text, "status": response.status_code}
    if isinstance(error, ValidationError):
        body["errors"] = _flatten(error.detail)
    else:
        body["detail"] = str(getattr(error, "detail", response.status_text))
    if page := getattr(error, "page", ""):
        body["page"] = page
    response.data = body
    response.content_type = MEDIA_TYPE
    return response


def _handler(status: HTTPStatus, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_api(request):
            return page(request, *args, **kwargs)
        body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": status.description}
        return HttpResponse(orjson.dumps(body), status=status, content_type=MEDIA_TYPE)

    return handle


#: Django's own errors: an unknown URL, a malformed request, an unexpected exception
bad_request = _handler(HTTPStatus.BAD_REQUEST, defaults.bad_request)
permission_denied = _handler(HTTPStatus.FORBIDDEN, defaults.permission_denied)
not_found = _handler(HTTPStatus.NOT_FOUND, defaults.page_not_found)
server_error = _handler(HTTPStatus.INTERNAL_SERVER_ERROR, defaults.server_error)
