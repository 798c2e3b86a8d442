"""GET /api/v1/audit/proofs/…: proofs as files, for machines with a reader token and staff who may read the log."""

from http import HTTPStatus
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audit.errors import NotInLogError, NotSignedYetError
from audit.merkle.proofs import ProofError
from audit.tree import prover
from audit.tree.proof_download import RETRY_AFTER

from .base import BytesRenderer, LogApiView, RefusedError, parameter_faults, problems

_DIGITS = 19
#: description of the status 400
_UNREADABLE = "A parameter that is missing or cannot be read: `errors` names it and the rule."


class TextRenderer(BytesRenderer):
    """One proof as text."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"


class InclusionView(LogApiView):
    """Proofs that an entry is in the log."""

    renderer_classes = [TextRenderer]

    @extend_schema(
        operation_id="audit_prove_inclusion",
        parameters=[OpenApiParameter("entry", UUID, required=True, description="The entry's id.")],
        responses={
            (200, "text/plain"): OpenApiResponse(str, description="c2sp.org/tlog-proof@v1, the leaf as extra data."),
            **problems(
                "entries",
                {
                    400: _UNREADABLE,
                    404: "No such entry.",
                    409: "No signed tree covers it yet; Retry-After says when to ask.",
                },
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """Prove that an entry is in the log: its receipt against the latest checkpoint, which verifies offline."""
        (text,) = _parameters(request, "entry")
        try:
            entry = UUID(text)
        except ValueError:
            raise ValidationError({"entry": [ErrorDetail("It is an entry's id, a UUID.", code="invalid")]}) from None
        try:
            made = prover.make_receipt(entry)
        except NotInLogError as error:
            raise NotFound(str(error)) from None
        except NotSignedYetError as error:
            raise RefusedError(HTTPStatus.CONFLICT, str(error), wait=RETRY_AFTER) from None
        return Response(made.encode())


class ConsistencyView(LogApiView):
    """Proofs that the log only grew between two signed sizes."""

    renderer_classes = [TextRenderer]

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
            **problems("entries", {400: _UNREADABLE, 404: "No checkpoint was signed at the later size."}),
        },
    )
    def get(self, request: Request) -> Response:
        """Prove that the later log begins with the earlier one: nothing in it was changed or removed."""
        old, new = (
            _size(name, text) for name, text in zip(("from", "to"), _parameters(request, "from", "to"), strict=True)
        )
        try:
            return Response(prover.prove_consistency(old, new))
        except ProofError as error:
            raise ValidationError({"from": [ErrorDetail(str(error), code="out_of_range")]}) from None
        except NotSignedYetError as error:
            raise NotFound(str(error)) from None


def _parameters(request: Request, *names: str) -> list[str]:
    """Return the values of these parameters, each given exactly once; raises ValidationError for any other query."""
    faults = parameter_faults(request, names) | {
        name: [ErrorDetail("It is needed.", code="required")] for name in names if name not in request.query_params
    }
    if faults:
        raise ValidationError(faults)
    return [request.query_params[name] for name in names]


def _size(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise ValidationError({name: [ErrorDetail("It is a whole number, a size of the tree.", code="invalid")]})
    return int(text)
