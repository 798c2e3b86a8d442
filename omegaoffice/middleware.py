"""What every request passes: its side of the database, its id, and the privacy of its answer."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from audit import sides
from audit.context import request_id

Handler = Callable[[HttpRequest], HttpResponse]
_SIDES = (("/staff/", "staff"), ("/api/v1/ingest/", "ingest"))
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class SideMiddleware:
    """Choose the database role by the first part of the path."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for prefix, side in _SIDES:
            if request.path_info.startswith(prefix):
                with sides.acting(side):
                    return self.get_response(request)
        return self.get_response(request)


class RequestIdMiddleware:
    """Give the request an id that stands in its log entries and in its answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _REQUEST_ID.fullmatch(given) else uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class PrivatePagesMiddleware:
    """Forbid caches to keep what a signed-in person sees."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response
