"""The log as anybody may read it: the signed head and the hashes below it, never an entry."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .proving import signed_head
from .tiles import read_covered
from .tree import parse_tile_path

#: what a tile held once it holds for ever, whole or partial
_FOR_EVER = "public, max-age=31536000, immutable"
#: a head is signed every few seconds
_BRIEFLY = "public, max-age=2"


@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """Answer with the latest signed checkpoint, the lines of witnesses included."""
    note = signed_head()
    if note is None:
        return _nothing()
    return HttpResponse(note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _BRIEFLY})


@require_safe
def tile(_request: HttpRequest, path: str) -> HttpResponse:
    """Answer with the hashes of one tile, whole or partial, that a signed checkpoint covers."""
    try:
        found = read_covered(*parse_tile_path(path))
    except ValueError:
        found = None
    if found is None:
        return _nothing()
    return HttpResponse(found, content_type="application/octet-stream", headers={"Cache-Control": _FOR_EVER})


def _nothing() -> HttpResponse:
    """Say so in a few bytes, to programs; what is not there now may be in a second."""
    return HttpResponse(
        "There is no such file of the log.\n",
        status=HTTPStatus.NOT_FOUND,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
