"""GET /api/v1/audit/entries: the log in the order of the tree, for SIEMs."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import ocsf
from .errors import FilterError, TamperedError
from .filters import Filter
from .pull import START, Page, read_page
from .reader_api import AUTHENTICATION, MayPull, ReaderThrottle
from .serializers import ProblemSerializer, PulledPageSerializer

#: entries of one page, if nothing is said, and at most
USUAL, MOST = 500, 2000
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
_NUMBER = re.compile("-?[0-9]{1,16}")
#: parameter → value if nothing is said, lowest, highest
_NUMBERS = {"after": (START, START, 2**53 - 1), "limit": (USUAL, 1, MOST)}
#: parameter → field of the filter; here `after` is a place, so the times have other names than in exports
_FILTERS = {
    "time_after": "after",
    "time_before": "before",
    **{name: name for name in ("actor", "event", "subject", "outcome", "case")},
}
_FILTER_HELP = {
    "time_after": "Entries from this time on: 2026-11-23T09:30:00Z, or a date.",
    "time_before": "Entries earlier than this time.",
    "actor": "Such as machine:worker, or staff: and 32 digits and letters a to f.",
    "event": "Such as humanaccess.item.read.",
    "subject": "32 digits and letters a to f.",
    "outcome": "ok, refused or failed.",
    "case": "Such as HA-2026-000123.",
}


class TreeFaultError(APIException):
    """An entry of the tree is not there: the page would leave it out in silence."""

    status_code = 500
    default_code = "tampered"


class JsonRenderer(BaseRenderer):
    """Passes on bytes that are JSON already; what is not, such as a problem, is written here."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, _media_type: str | None = None, _context: Any = None) -> bytes:
        """Return the body."""
        return data if isinstance(data, bytes) else orjson.dumps(data)


class NdjsonRenderer(JsonRenderer):
    """OCSF events, a line each."""

    media_type = NDJSON
    format = "ndjson"


class EntriesView(APIView):
    """Pages of the log by place."""

    authentication_classes = AUTHENTICATION
    permission_classes = [MayPull]
    throttle_classes = [ReaderThrottle]
    renderer_classes = [JsonRenderer, NdjsonRenderer]

    @extend_schema(
        operation_id="audit_entries",
        parameters=[
            OpenApiParameter("after", int, description="The last place that you have; -1, or nothing, for the start."),
            OpenApiParameter("limit", int, description=f"Entries of this page: {USUAL} unless said, {MOST} at most."),
            *(OpenApiParameter(name, str, description=text) for name, text in _FILTER_HELP.items()),
        ],
        responses={
            (200, "application/json"): PulledPageSerializer,
            (200, NDJSON): OpenApiResponse(bytes, description="OCSF events, a line each."),
            304: OpenApiResponse(description="The page is as your If-None-Match says."),
            **{
                (code, PROBLEM): OpenApiResponse(ProblemSerializer, description=text)
                for code, text in (
                    (400, "A parameter that cannot be read: `errors` names it and the rule."),
                    (401, "No valid reader token, and nobody signed in."),
                    (403, "The token lacks the scope entries, or the person the right."),
                    (406, "Neither JSON nor JSON Lines is acceptable."),
                    (429, "Too many requests; Retry-After says when."),
                    (500, "An entry of the tree is gone: verify the log."),
                )
            },
        },
    )
    def get(self, request: Request) -> HttpResponse | None:
        """Pull entries in the order of the tree.

        Start with `after=-1`, then pass `next` of each answer as `after`: nothing is handed out twice, and nothing is
        missed, whenever its transaction committed. Only what a signed checkpoint covers is there, so an entry appears
        some seconds after it was written. Nothing sealed is opened: people are references. With
        `Accept: application/x-ndjson` the answer is OCSF API Activity (6003), a line an entry, and the cursor stands in
        the header `Link` (`rel="next"`), as it does for JSON. A page whose filter fits nothing has no lines and a
        cursor that moved on all the same.
        """
        after, limit, wanted = _asked(request)
        try:
            page = read_page(after=after, limit=limit, wanted=wanted)
        except TamperedError as error:
            raise TreeFaultError(str(error)) from None
        is_lines = isinstance(request.accepted_renderer, NdjsonRenderer)
        body = _lines(page) if is_lines else _json(page, request.build_absolute_uri(reverse("api_audit_inclusion")))
        asked = {**request.query_params.dict(), "after": str(page.next)}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(asked)}")
        etag = f'"{sha256(body + str(page.next).encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Link": f'<{following}>; rel="next"', "Cache-Control": "no-store, private"}
        return get_conditional_response(request, etag=etag, response=Response(body, headers=headers))


def _asked(request: Request) -> tuple[int, int, Filter]:
    """Return place, number of entries and filter; every parameter that cannot be read is named."""
    faults: dict[str, list[ErrorDetail]] = {}
    for name, values in request.query_params.lists():
        if name not in _NUMBERS and name not in _FILTERS:
            faults[name] = [ErrorDetail("There is no such parameter.", code="unknown")]
        elif len(values) > 1:
            faults[name] = [ErrorDetail("It stands there more than once.", code="repeated")]
    found = {}
    for name, (usual, low, high) in _NUMBERS.items():
        text = request.query_params.get(name, str(usual))
        number = int(text) if _NUMBER.fullmatch(text) else None
        if number is None or not low <= number <= high:
            faults.setdefault(name, [ErrorDetail(f"It is a whole number from {low} to {high}.", code="out_of_range")])
        else:
            found[name] = number
    wanted = Filter()
    try:
        wanted = Filter.parse({field: request.query_params.get(name) for name, field in _FILTERS.items()})
    except FilterError as error:
        names = {field: name for name, field in _FILTERS.items()}
        faults |= {names[field]: [ErrorDetail(rule, code="invalid")] for field, rule in error.faults.items()}
    if faults:
        raise ValidationError(faults)
    return found["after"], found["limit"], wanted


def _json(page: Page, prove: str) -> bytes:
    checkpoint = page.checkpoint
    return orjson.dumps(
        {
            "checkpoint": checkpoint and {"size": checkpoint.size, "root": _base64(bytes(checkpoint.root))},
            "entries": [
                {
                    "index": place.index,
                    "leaf": _base64(place.leaf),
                    "entry": orjson.Fragment(place.leaf),
                    "proof": f"{prove}?entry={place.entry}",
                }
                for place in page.places
            ],
            "next": page.next,
            "more": page.more,
        }
    )


def _lines(page: Page) -> bytes:
    return b"".join(ocsf.row(place.index, orjson.loads(place.leaf)) for place in page.places)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
