"""The receipt of a log entry about the user."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.errors import NotInLogError, NotSignedYetError
from audit.tree import prover
from audit.tree.proof_download import RETRY_AFTER, download
from core import db

from .policies import signed_in


@login_required
@require_safe
def receipt(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the proof that an entry about the user is in the log; 404 for entries about anybody else."""
    user = signed_in(request)
    try:
        with db.row_security_for(user.reference):
            proof = prover.make_receipt(entry_id, subject=user.reference)
    except NotInLogError:
        raise Http404 from None
    except NotSignedYetError:
        response = render(request, "identity/receipt_soon.html", status=HTTPStatus.CONFLICT)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return download(proof, entry_id)
