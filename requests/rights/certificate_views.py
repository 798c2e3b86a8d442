"""The certificate of a deletion, for whoever has its link: the person, whose account is gone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.errors import NotSignedYetError
from audit.tree.proof_download import RETRY_AFTER
from audit.tree.prover import make_receipt
from core import db

from .fulfilment.certificate import certificate_id
from .models import Certificate
from .presenters import certificate_context

#: until the sequencer has signed a tree with the entry
TOO_EARLY = 503


def _linked(link: str, now: datetime) -> Certificate:
    """Return the certificate that a link names; raises Http404 for a link that we did not make or that has ended."""
    key = certificate_id(link)
    if key is None:
        raise Http404
    with db.atomic():
        db.set_local(certificate=key)
        certificate = Certificate.objects.filter(pk=key).first()
    if certificate is None or now >= certificate.link_ends_at:
        raise Http404
    return certificate


def file_answer(certificate: Certificate, entry: UUID, reference: str) -> HttpResponse:
    """Answer with the statement and the receipt of the entry that names it; 503 for the seconds until there is one."""
    try:
        with db.row_security_for(certificate.subject):
            receipt = make_receipt(entry, subject=certificate.subject)
    except NotSignedYetError:
        return HttpResponse(status=TOO_EARLY, headers={"Retry-After": str(RETRY_AFTER)})
    parts = {"receipt": receipt.encode().decode(), "statement": orjson.loads(certificate.statement)}
    content = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    name = f'attachment; filename="{reference}-certificate.json"'
    return HttpResponse(
        content,
        content_type="application/json",
        headers={"Content-Disposition": name, "Cache-Control": "no-store, private"},
    )


def _no_trace(response: HttpResponse) -> HttpResponse:
    """Keep the link out of caches, other sites' logs and search engines."""
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def certificate(request: HttpRequest, link: str) -> HttpResponse:
    """Show the certificate; until it is issued, that the deletion is not complete."""
    found = _linked(link, timezone.now())
    context: dict[str, Any] = {"certificate": found, "link": link}
    if found.statement:
        context |= certificate_context(found)
    return _no_trace(render(request, "rights/certificate.html", context))


@require_safe
def download(request: HttpRequest, link: str) -> HttpResponse:  # noqa: ARG001  a view
    """Hand out the certificate as a file that `verify.py` checks."""
    found = _linked(link, timezone.now())
    if found.entry is None:
        raise Http404
    return _no_trace(file_answer(found, found.entry, orjson.loads(found.statement)["request"]))
