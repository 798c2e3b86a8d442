"""Shared by the views of the log's API: who may call, refusals, documented problems, query parameters."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from drf_spectacular.utils import OpenApiResponse
from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from .reader_access import AUTHENTICATION, MayPull, ReaderThrottle
from .serializers import ProblemSerializer

_PROBLEM = "application/problem+json"


class LogApiView(APIView):
    """A view for reader tokens with the scope entries, and for people who may read the log."""

    authentication_classes = AUTHENTICATION
    permission_classes = [MayPull]
    throttle_classes = [ReaderThrottle]


class RefusedError(APIException):
    """A refusal by its HTTP status; with `wait` the answer says after how many seconds to try again."""

    def __init__(self, status: HTTPStatus, sentence: str, *, wait: int | None = None) -> None:
        super().__init__(sentence)
        self.status_code = status
        self.wait = wait


class BytesRenderer(BaseRenderer):
    """Passes on bytes; anything else, such as a problem document, is written as JSON."""

    def render(self, data: Any, _media_type: str | None = None, _context: Any = None) -> bytes:
        """Return the body."""
        return data if isinstance(data, bytes) else orjson.dumps(data)


def problems(scope: str, own: Mapping[int, str]) -> dict[Any, OpenApiResponse]:
    """Return the OpenAPI responses of a view's problems: `own`, status → description, and those of every view."""
    found = {
        401: "No valid reader token, and nobody signed in.",
        403: f"The token lacks the scope {scope}, or the person the right.",
        **own,
    }
    return token_problems("reader token", scope, found)


def token_problems(noun: str, scope: str, own: Mapping[int, str]) -> dict[Any, OpenApiResponse]:
    """Return the same of a view for tokens of one kind alone; `scope` is empty where the view needs none."""
    found = {
        401: f"No valid {noun}.",
        **({403: f"The token lacks the scope {scope}."} if scope else {}),
        429: "Too many requests; Retry-After says when.",
        **own,
    }
    return {
        (code, _PROBLEM): OpenApiResponse(ProblemSerializer, description=text) for code, text in sorted(found.items())
    }


def parameter_faults(request: Request, known: Collection[str]) -> dict[str, list[ErrorDetail]]:
    """Return the query parameters that are unknown or given more than once, each with its error."""
    faults = {}
    for name, values in request.query_params.lists():
        if name not in known:
            faults[name] = [ErrorDetail("There is no such parameter.", code="unknown")]
        elif len(values) > 1:
            faults[name] = [ErrorDetail("It is given more than once.", code="repeated")]
    return faults
