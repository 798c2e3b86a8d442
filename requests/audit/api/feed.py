"""GET /api/v1/audit/entries: the log in the order of the tree, for SIEMs."""

import re
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus

import orjson
from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import urlencode
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audit.errors import FilterError, TamperedError
from audit.exports import ocsf
from audit.search.filters import Filter
from audit.tree.feed import START, FeedPage, read_page

from .base import BytesRenderer, LogApiView, RefusedError, parameter_faults, problems
from .serializers import FILTER_HELP, PulledPageSerializer

#: entries of one page: the default, and the most
DEFAULT_LIMIT, MAX_LIMIT = 500, 2000
NDJSON = "application/x-ndjson"
_NUMBER = re.compile("-?[0-9]{1,16}")
#: parameter → default, lowest, highest
_NUMBERS = {"after": (START, START, 2**53 - 1), "limit": (DEFAULT_LIMIT, 1, MAX_LIMIT)}
#: parameter → field of the filter; here `after` is an index, so the times have other names than in exports
_FILTERS = {
    "time_after": "after",
    "time_before": "before",
    **{name: name for name in ("actor", "event", "subject", "outcome", "case")},
}


class JsonRenderer(BytesRenderer):
    """One page as JSON."""

    media_type = "application/json"
    format = "json"
    charset = None


class NdjsonRenderer(JsonRenderer):
    """One page as OCSF events, a line each."""

    media_type = NDJSON
    format = "ndjson"


class EntriesView(LogApiView):
    """Pages of the log in the order of the tree."""

    renderer_classes = [JsonRenderer, NdjsonRenderer]

    @extend_schema(
        operation_id="audit_entries",
        parameters=[
            OpenApiParameter("after", int, description="The last index that you have; -1, the default, for the start."),
            OpenApiParameter("limit", int, description=f"Entries of this page: {DEFAULT_LIMIT}, or up to {MAX_LIMIT}."),
            *(OpenApiParameter(name, str, description=FILTER_HELP[field]) for name, field in _FILTERS.items()),
        ],
        responses={
            (200, "application/json"): PulledPageSerializer,
            (200, NDJSON): OpenApiResponse(bytes, description="OCSF events, a line each."),
            304: OpenApiResponse(description="The page is as your If-None-Match says."),
            **problems(
                "entries",
                {
                    400: "A parameter that cannot be read: `errors` names it and the rule.",
                    406: "Neither JSON nor JSON Lines is acceptable.",
                    500: "An entry of the tree is gone: verify the log.",
                },
            ),
        },
    )
    def get(self, request: Request) -> HttpResponse | None:
        """Pull entries in the order of the tree.

        Start with `after=-1`, then pass `next` of each answer as `after`: no entry is returned twice, and none is
        missed, whenever its transaction committed. Only entries that a signed checkpoint covers are returned, so an
        entry appears some seconds after it was written. Nothing encrypted is decrypted: people are references. With
        `Accept: application/x-ndjson` the answer is OCSF API Activity (6003), one line an entry, and the cursor is in
        the header `Link` (`rel="next"`), as it is for JSON. A page whose filter matches nothing has no entries, and
        its cursor moves on all the same.
        """
        after, limit, wanted = _parse_query(request)
        try:
            page = read_page(after=after, limit=limit, wanted=wanted)
        except TamperedError as error:
            raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, str(error)) from None
        is_lines = isinstance(request.accepted_renderer, NdjsonRenderer)
        body = _lines(page) if is_lines else _json(page, request.build_absolute_uri(reverse("audit_api:inclusion")))
        query = {**request.query_params.dict(), "after": str(page.next)}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        etag = f'"{sha256(body + str(page.next).encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Link": f'<{following}>; rel="next"', "Cache-Control": "no-store, private"}
        return get_conditional_response(request, etag=etag, response=Response(body, headers=headers))


def _parse_query(request: Request) -> tuple[int, int, Filter]:
    """Return index, number of entries and filter; raises ValidationError that names every wrong parameter."""
    faults = parameter_faults(request, {*_NUMBERS, *_FILTERS})
    found = {}
    for name, (default, low, high) in _NUMBERS.items():
        text = request.query_params.get(name, str(default))
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


def _json(page: FeedPage, prove: str) -> bytes:
    checkpoint = page.checkpoint
    return orjson.dumps(
        {
            "checkpoint": checkpoint and {"size": checkpoint.size, "root": _base64(bytes(checkpoint.root))},
            "entries": [
                {
                    "index": entry.index,
                    "leaf": _base64(entry.leaf),
                    "entry": orjson.Fragment(entry.leaf),
                    "proof": f"{prove}?entry={entry.id}",
                }
                for entry in page.entries
            ],
            "next": page.next,
            "more": page.more,
        }
    )


def _lines(page: FeedPage) -> bytes:
    return b"".join(ocsf.row(entry.index, orjson.loads(entry.leaf)) for entry in page.entries)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
