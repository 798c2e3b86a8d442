"""The receipt of a line in the log about the user, as their pages offer it."""

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit import proving, sides
from audit.errors import NotInLogError, NotSignedYetError
from audit.receipt_door import RETRY_AFTER, download

from .policies import signed_in


@login_required
@require_safe
def receipt(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Hand over the proof that a line about the user is in the log; a line about anybody else is not there."""
    user = signed_in(request)
    try:
        with sides.as_subject(user.reference):
            made = proving.make_receipt(entry_id, subject=user.reference)
    except NotInLogError:
        raise Http404 from None
    except NotSignedYetError:
        response = render(request, "identity/receipt_soon.html", status=HTTPStatus.CONFLICT)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return download(made, entry_id)
