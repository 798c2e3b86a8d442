"""The log as anybody may read it: the signed head and the hashes below it, never an entry."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .bundle import archive
from .proving import signed_head
from .receipt_door import public_keys
from .tiles import read_covered
from .tree import parse_tile_path

#: what a tile held once it holds for ever, whole or partial
_FOR_EVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=300"
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


@require_safe
def verifiers(_request: HttpRequest) -> HttpResponse:
    """Answer with the public keys that vouch for the log, a line each: to be kept, and compared with what one kept."""
    keys = public_keys()
    if not keys:
        return _nothing()
    text = "".join(f"{key}\n" for key in keys)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _A_WHILE})


@require_safe
def verify_script(_request: HttpRequest) -> HttpResponse:
    """Hand out the file that checks receipts and bundles on any machine with Python."""
    headers = {"Cache-Control": _A_WHILE, "Content-Disposition": 'attachment; filename="verify.py"'}
    return HttpResponse(archive.verifier(), content_type="text/x-python; charset=utf-8", headers=headers)


def _nothing() -> HttpResponse:
    """Say so in a few bytes, to programs; what is not there now may be in a second."""
    return HttpResponse(
        "There is no such file of the log.\n",
        status=HTTPStatus.NOT_FOUND,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
