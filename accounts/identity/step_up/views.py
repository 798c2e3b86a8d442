"""The page where a person proves again that the account is theirs."""

from datetime import datetime
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from allauth.mfa.base.forms import ReauthenticateForm
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.identity.forms import MailedCodeForm, PasswordStepUpForm
from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.services import refuse_step_up
from accounts.identity.visitors import visitor_of

from . import mailed_codes
from .recent_step_up import Method, Purpose, keep_purpose, methods_for, safe_next, wanted_purpose

_LABELS = {
    Method.AUTHENTICATOR: gettext_lazy("Type a code from your app, or a recovery code"),
    Method.PASSKEY: gettext_lazy("Use a passkey"),
    Method.PASSWORD: gettext_lazy("Use your password"),
    Method.MAIL: gettext_lazy("Have a code sent by mail"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_up(request: HttpRequest) -> HttpResponse:
    """Ask for the best proof the person has; `way` chooses another one that is open to them."""
    user = signed_in(request)
    methods = methods_for(user)
    wanted = request.POST.get("way") or request.GET.get("way") or ""
    method = Method(wanted) if wanted in methods else methods[0]
    keep_purpose(request, wanted_purpose(request))
    if request.method == "POST":
        if not ratelimit.consume(request, action="step_up", user=user):
            return _too_many_tries(request, user, method)
        if method is Method.MAIL and "send" in request.POST:
            return _send_code(request, user)
        if method is not Method.PASSKEY:
            return _check(request, user, method, methods)
    return _page(request, method, methods, _form(method, user), HTTPStatus.OK)


def _form(method: Method, user: User, data: QueryDict | None = None) -> forms.Form | None:
    if method is Method.AUTHENTICATOR:
        form: forms.Form = ReauthenticateForm(data, user=user)
        form.fields["code"].widget.attrs.update({"inputmode": "numeric", "placeholder": "", "class": "code-input"})
        return form
    if method is Method.PASSWORD:
        return PasswordStepUpForm(data)
    return MailedCodeForm(data) if method is Method.MAIL else None


def _check(request: HttpRequest, user: User, method: Method, methods: list[Method]) -> HttpResponse:
    now = timezone.now()
    form = _form(method, user, request.POST)
    assert form is not None  # noqa: S101  a passkey has a page of its own
    if form.is_valid() and _accept_proof(request, user, form, now):
        return HttpResponseRedirect(safe_next(request))
    refuse_step_up(user, method=method.value, reason="wrong", visitor=visitor_of(request), now=now)
    return _page(request, method, methods, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _accept_proof(request: HttpRequest, user: User, form: forms.Form, now: datetime) -> bool:
    """Return whether the proof is right, having announced it to receivers.py, which marks the session and logs it."""
    if isinstance(form, ReauthenticateForm):  # it has checked the code
        form.save()
    elif isinstance(form, PasswordStepUpForm):
        if user.check_password(form.cleaned_data["password"]):
            reauthenticate_by_password(request)
        else:
            form.add_error("password", _("That is not the password of this account."))
    elif mailed_codes.redeem(request, form.cleaned_data["code"], now=now):
        record_authentication(request, user, "mail", reauthenticated=True)
    else:
        form.add_error("code", _("That code is not right, or it is used up or too old. You can have a new one sent."))
    return form.is_valid()


def _send_code(request: HttpRequest, user: User) -> HttpResponse:
    if not ratelimit.consume(request, action="step_up_mail", user=user):
        return _too_many_tries(request, user, Method.MAIL)
    code = mailed_codes.issue(request, now=timezone.now())
    minutes = int(mailed_codes.LIFETIME.total_seconds() // 60)
    get_adapter().send_mail("identity/email/step_up_code", user.email, {"code": code, "minutes": minutes})
    messages.info(request, _("We have sent you a code. It works for ten minutes, in this browser only."))
    query = {"way": Method.MAIL.value, "next": safe_next(request), "for": wanted_purpose(request).value}
    return HttpResponseRedirect(f"{reverse('identity:step_up')}?{urlencode(query)}")


def _too_many_tries(request: HttpRequest, user: User, method: Method) -> HttpResponse:
    refuse_step_up(user, method=method.value, reason="too many", visitor=visitor_of(request), now=timezone.now())
    response: HttpResponse = ratelimit.respond_429(request)
    return response


def _page(
    request: HttpRequest, method: Method, methods: list[Method], form: forms.Form | None, status: HTTPStatus
) -> HttpResponse:
    purpose = wanted_purpose(request)
    context = {
        "form": form,
        "method": method.value,
        "others": [(other.value, _LABELS[other]) for other in methods if other is not method],
        "code_sent": method is Method.MAIL and mailed_codes.is_pending(request),
        "next": safe_next(request),
        "purpose": purpose.value,
        "reads": purpose is Purpose.READ,
    }
    return render(request, "identity/step_up.html", context, status=status)
