"""GET /api/v1/audit/proofs/…: proofs as files, for machines with a reader token and staff who may read the log."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import proving
from .errors import NotInLogError, NotSignedYetError
from .proofs import ProofError
from .reader_api import AUTHENTICATION, MayPull, ReaderThrottle
from .receipt_door import RETRY_AFTER
from .serializers import ProblemSerializer

_PROBLEM = "application/problem+json"
_DIGITS = 19


class NotYetError(APIException):
    """An entry that no signed tree covers yet."""

    status_code = HTTPStatus.CONFLICT
    default_code = "not_yet"
    wait = RETRY_AFTER


class TextRenderer(BaseRenderer):
    """Passes a proof's text on; a problem document is written here."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: Any, _media_type: str | None = None, _context: Any = None) -> bytes:
        """Return the body."""
        return data if isinstance(data, bytes) else orjson.dumps(data)


def _problems(*codes: tuple[int, str]) -> dict[Any, OpenApiResponse]:
    usual = (
        (400, "A parameter that is missing or cannot be read: `errors` names it and the rule."),
        (401, "No valid reader token, and nobody signed in."),
        (403, "The token lacks the scope entries, or the person the right."),
        (429, "Too many requests; Retry-After says when."),
    )
    return {(code, _PROBLEM): OpenApiResponse(ProblemSerializer, description=text) for code, text in (*usual, *codes)}


class _ProofView(APIView):
    authentication_classes = AUTHENTICATION
    permission_classes = [MayPull]
    throttle_classes = [ReaderThrottle]
    renderer_classes = [TextRenderer]


class InclusionView(_ProofView):
    """Receipts."""

    @extend_schema(
        operation_id="audit_prove_inclusion",
        parameters=[OpenApiParameter("entry", UUID, required=True, description="The entry's id.")],
        responses={
            (200, "text/plain"): OpenApiResponse(str, description="c2sp.org/tlog-proof@v1, the leaf as extra data."),
            **_problems((404, "No such entry."), (409, "No signed tree covers it yet; Retry-After says when to ask.")),
        },
    )
    def get(self, request: Request) -> Response:
        """Prove that an entry is in the log: its receipt against the latest checkpoint, which verifies offline."""
        (text,) = _asked(request, "entry")
        try:
            entry = UUID(text)
        except ValueError:
            raise ValidationError({"entry": [ErrorDetail("It is an entry's id, a UUID.", code="invalid")]}) from None
        try:
            made = proving.make_receipt(entry)
        except NotInLogError as error:
            raise NotFound(str(error)) from None
        except NotSignedYetError as error:
            raise NotYetError(str(error)) from None
        return Response(made.encode())


class ConsistencyView(_ProofView):
    """Growth between signed sizes."""

    @extend_schema(
        operation_id="audit_prove_consistency",
        parameters=[
            OpenApiParameter("from", int, required=True, description="The earlier size of the tree, 1 or more."),
            OpenApiParameter("to", int, required=True, description="The later size: a checkpoint was signed at it."),
        ],
        responses={
            (200, "text/plain"): OpenApiResponse(
                str,
                description="As C2SP tlog-witness takes it: `old` and the size, hashes, an empty line, the checkpoint.",
            ),
            **_problems((404, "No checkpoint was signed at the later size.")),
        },
    )
    def get(self, request: Request) -> Response:
        """Prove that the later log begins with the earlier one: nothing in it was changed or removed."""
        old, new = (_size(name, text) for name, text in zip(("from", "to"), _asked(request, "from", "to"), strict=True))
        try:
            return Response(proving.prove_growth(old, new).encode())
        except ProofError as error:
            raise ValidationError({"from": [ErrorDetail(str(error), code="out_of_range")]}) from None
        except NotSignedYetError as error:
            raise NotFound(str(error)) from None


def _asked(request: Request, *names: str) -> list[str]:
    """Return each parameter, given exactly once; whatever else stands there is named."""
    faults: dict[str, list[ErrorDetail]] = {}
    for name, values in request.query_params.lists():
        if name not in names:
            faults[name] = [ErrorDetail("There is no such parameter.", code="unknown")]
        elif len(values) > 1:
            faults[name] = [ErrorDetail("It stands there more than once.", code="repeated")]
    faults |= {
        name: [ErrorDetail("It is needed.", code="required")] for name in names if name not in request.query_params
    }
    if faults:
        raise ValidationError(faults)
    return [request.query_params[name] for name in names]


def _size(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise ValidationError({name: [ErrorDetail("It is a whole number, a size of the tree.", code="invalid")]})
    return int(text)
