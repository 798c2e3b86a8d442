"""Shared by the views of every API: refusals, documented problems, bodies and parameters; who may read the log."""

from collections.abc import Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
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
    """A refusal by its HTTP status.

    With `wait` the answer says after how many seconds to try again, with `page` where a person can do it.
    """

    def __init__(self, status: int, sentence: str, *, wait: int | None = None, page: str = "") -> None:
        super().__init__(sentence)
        self.status_code = status
        self.wait = wait
        self.page = page


class InvalidBodyError(ValidationError):
    """A body that breaks a rule: each field, or each line and field, with its rule."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY


def refuse_unknown(given: Iterable[str], known: Iterable[str], noun: str) -> None:
    """Raise ValidationError that names what was given and is not known."""
    if unknown := sorted({*given} - {*known}):
        raise ValidationError({name: [ErrorDetail(f"There is no such {noun}.", code="unknown")] for name in unknown})


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not have."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(data, self.fields, "field")
        return super().to_internal_value(data)

    @classmethod
    def read(cls, data: Any) -> Any:
        """Return what a body holds; raises InvalidBodyError."""
        body = cls(data=data)
        if not body.is_valid():
            raise InvalidBodyError({name: _numbered(found) for name, found in body.errors.items()})
        return body.validated_data


def _numbered(errors: Any) -> Any:
    """Return the errors of a list's items by their index; other errors as they are."""
    if isinstance(errors, list) and any(isinstance(each, dict) for each in errors):
        return {str(index): each for index, each in enumerate(errors) if each}
    return errors


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
