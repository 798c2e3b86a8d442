"""API errors as RFC 9457 problem documents that name the field and the rule."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [row for key, value in detail.items() for row in _flatten(value, f"{path}.{key}".strip("."))]
    if isinstance(detail, list):
        return [row for value in detail for row in _flatten(value, path)]
    return [{"field": path, "rule": getattr(detail, "code", "invalid"), "detail": str(detail)}]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem document for an error that the API knows, else None (which becomes a 500)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    body: dict[str, Any] = {"type": "about:blank", "title": response.status_text, "status": response.status_code}
    if isinstance(error, ValidationError):
        body["errors"] = _flatten(error.detail)
    else:
        body["detail"] = str(getattr(error, "detail", response.status_text))
    response.data = body
    response.content_type = "application/problem+json"
    return response
