"""The page behind an invitation's link."""

from http import HTTPStatus

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from core import db

from .errors import IdentityError
from .forms import JoinForm
from .models import Invitation, User
from .policies import signed_in
from .roles import role_names
from .services import accept_invitation, find_invitation
from .visitors import visitor_of

_SESSION_KEY = "office_invitation"


@require_safe
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Move the link's secret from the address into the session, out of histories and Referer headers."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="invitation", limit_get=True)
    if limited:
        return limited
    request.session[_SESSION_KEY] = token
    return HttpResponseRedirect(reverse("invitation:invitation"))


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Show the invitation, and join."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="invitation")
    if limited:
        return limited
    token = str(request.session.get(_SESSION_KEY, ""))
    person = request.user if request.user.is_authenticated else None
    try:
        # Joining writes roles, which the database role of users may not.
        with db.use_role("staff"):
            invited = find_invitation(token, now=timezone.now())
            has_account = User.objects.filter(email=invited.email).exists()
    except IdentityError as error:
        return render(request, "identity/invitation.html", {"refusal": error.sentence}, status=HTTPStatus.GONE)
    if has_account and person is None:
        query = urlencode({"next": reverse("invitation:invitation")})
        return HttpResponseRedirect(f"{reverse('account_login')}?{query}")
    posted = request.POST if request.method == "POST" else None
    form = None if person else JoinForm(posted, email=invited.email)
    if request.method == "POST" and (form is None or form.is_valid()):
        return _join(request, token, invited, form)
    return _page(request, invited, form, HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK)


def _join(request: HttpRequest, token: str, invited: Invitation, form: JoinForm | None) -> HttpResponse:
    person = signed_in(request) if form is None else None
    given = form.cleaned_data if form else {}
    try:
        with db.use_role("staff"):
            joined = accept_invitation(token, user=person, **given, visitor=visitor_of(request), now=timezone.now())
    except IdentityError as error:
        if form is not None:
            form.add_error(error.field or None, error.sentence)
            return _page(request, invited, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        return render(request, "identity/invitation.html", {"refusal": error.sentence}, status=HTTPStatus.FORBIDDEN)
    del request.session[_SESSION_KEY]
    if person:
        return HttpResponseRedirect(reverse("admin:index"))
    login = Login(user=joined, redirect_url=reverse("identity:second_factor"))
    response: HttpResponse = perform_password_login(request, {"email": joined.email}, login)
    return response


def _page(request: HttpRequest, invited: Invitation, form: JoinForm | None, status: HTTPStatus) -> HttpResponse:
    context = {"invited": invited, "roles": role_names(invited.roles), "form": form}
    return render(request, "identity/invitation.html", context, status=status)
