"""allauth's forms, for addresses in any spelling, with limits by client as well as by address."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from django.http import HttpRequest, HttpResponse

from .mailboxes import normal_address
from .models import User
from .visitors import per_client


class LoginForm(forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Address and password."""

    def clean_login(self) -> str:
        """Return the address as it is looked up."""
        return normal_address(super().clean_login())


class SignupForm(forms.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """A new account."""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Do the same work for an address that has an account: else the time of the answer would reveal it."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        return saved


class _MailedForm:
    """A form whose mail goes to an address that anybody may type."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        """Return the address as it is looked up; raises ValidationError where this client has had enough mails."""
        address = normal_address(self.cleaned_data["email"])
        request = context.request
        if not ratelimit.consume(request, action="mail_per_client", key=per_client(request, address)):
            raise get_adapter().validation_error("too_many_mails")
        self.cleaned_data["email"] = address
        cleaned: str = super().clean_email()  # type: ignore[misc]  # of allauth's form, the other base class
        return cleaned


class RequestLoginCodeForm(_MailedForm, forms.RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """Where to mail a code for signing in."""


class ResetPasswordForm(_MailedForm, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Where to mail a link for a new password."""


class ChangeEmailForm(forms.ChangeEmailForm):  # type: ignore[misc]  # allauth ships no types
    """Another address, while the first one waits to be verified."""

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        self.cleaned_data["email"] = get_adapter().clean_email(self.cleaned_data["email"])
        cleaned: str = super().clean_email()
        return cleaned
