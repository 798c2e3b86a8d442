"""The public files of the log: the signed checkpoint and the hashes below it, never an entry."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from audit.exports.bundle import archive
from audit.merkle.tree import parse_tile_path
from audit.tree.proof_download import public_keys
from audit.tree.prover import signed_checkpoint
from audit.tree.tiles import read_covered

#: a tile never changes, full or partial
_FOR_EVER = "public, max-age=31536000, immutable"
_A_WHILE = "public, max-age=300"
#: a checkpoint is signed every few seconds
_BRIEFLY = "public, max-age=2"


@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """Return the latest signed checkpoint with its cosignatures."""
    note = signed_checkpoint()
    if note is None:
        return _not_found()
    return HttpResponse(note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _BRIEFLY})


@require_safe
def tile(_request: HttpRequest, path: str) -> HttpResponse:
    """Return the hashes of one tile, full or partial, that a signed checkpoint covers."""
    try:
        found = read_covered(*parse_tile_path(path))
    except ValueError:
        found = None
    if found is None:
        return _not_found()
    return HttpResponse(found, content_type="application/octet-stream", headers={"Cache-Control": _FOR_EVER})


@require_safe
def verifiers(_request: HttpRequest) -> HttpResponse:
    """Return the public keys of the log, a line each, for readers to keep and compare later."""
    keys = public_keys()
    if not keys:
        return _not_found()
    text = "".join(f"{key}\n" for key in keys)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _A_WHILE})


@require_safe
def verify_script(_request: HttpRequest) -> HttpResponse:
    """Return the script that checks receipts and bundles on any machine with Python."""
    headers = {"Cache-Control": _A_WHILE, "Content-Disposition": 'attachment; filename="verify.py"'}
    return HttpResponse(archive.verifier(), content_type="text/x-python; charset=utf-8", headers=headers)


def _not_found() -> HttpResponse:
    """Return a short 404 that nobody caches: the file may be there in a second."""
    return HttpResponse(
        "There is no such file of the log.\n",
        status=HTTPStatus.NOT_FOUND,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
