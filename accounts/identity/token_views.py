"""The settings pages of a person's access tokens."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import db
from core.tokens import TokenEndedError

from .errors import IdentityError
from .forms import UserTokenForm
from .models import UserToken
from .policies import signed_in
from .services import list_user_tokens, make_user_token, open_scopes, revoke_user_token
from .step_up.recent_step_up import step_up_required

_PAGE_SIZE = 20


def _list(request: HttpRequest, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        working, ended = list_user_tokens(user, now)
        page = Paginator(ended, _PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"working": list(working), "page_obj": page, "ended": list(page)}
    return render(request, "identity/tokens.html", context, status=status)


@login_required
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens that work, and below those that expired or were ended."""
    return _list(request)


@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it once: the answer to the posted form is the only page that has it."""
    user, now = signed_in(request), timezone.now()
    form = UserTokenForm(request.POST if request.method == "POST" else None, scopes=open_scopes(user))
    if form.is_valid():
        try:
            token, text = make_user_token(user, **form.cleaned_data, now=now)
        except IdentityError as error:
            form.add_error(error.field or None, error.sentence)
        else:
            address = request.build_absolute_uri(reverse("identity_api:token"))
            return render(request, "identity/token_made.html", {"token": token, "text": text, "address": address})
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "identity/token_new.html", {"form": form}, status=status)


@login_required
@require_POST
def end_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End one of the person's own tokens."""
    try:
        token = revoke_user_token(signed_in(request), token_id, now=timezone.now())
    except UserToken.DoesNotExist:
        raise Http404 from None
    except TokenEndedError:
        messages.error(request, _("This token was ended before."))
        return _list(request, HTTPStatus.CONFLICT)
    messages.success(request, _("The token “%(name)s” was ended.") % {"name": token.name})
    return HttpResponseRedirect(reverse("identity:tokens"))
