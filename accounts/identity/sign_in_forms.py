"""allauth's forms in our words, for addresses in any spelling, with limits by client as well as by address."""

from typing import Any, ClassVar

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as code_forms
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.socialaccount import forms as provider_forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from .forms import PASSWORD_HELP
from .mailboxes import normal_address
from .models import User
from .visitors import per_client

_LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "username": _("User name"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "remember": _("Keep me signed in"),
    "code": _("Code"),
    "name": _("Name"),
    "passwordless": _("It signs me in alone"),
}
_HELP = {
    "password1": PASSWORD_HELP,
    "passwordless": _("You need no password and no address then; the device asks for your finger, face or PIN."),
}


class _Labelled:
    """A form of allauth with our labels and help, and without what repeats them inside the controls."""

    labels: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]  # of allauth's form, the other base class
        for name, field in fields.items():
            field.label = {**_LABELS, **self.labels}.get(name, field.label)
            field.help_text = _HELP.get(name, field.help_text)
            field.widget.attrs.pop("placeholder", None)
            if name == "code":
                field.widget.attrs.update({"inputmode": "text", "class": "code-input"})


class LoginForm(_Labelled, forms.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Address and password."""

    def clean_login(self) -> str:
        """Return the address as it is looked up."""
        return normal_address(super().clean_login())


class SignupForm(_Labelled, forms.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """A new account."""

    labels: ClassVar[dict[str, Any]] = {"password1": _("Password"), "password2": _("Password, once more")}

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


class RequestLoginCodeForm(_MailedForm, _Labelled, forms.RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """Where to mail a code for signing in."""


class ResetPasswordForm(_MailedForm, _Labelled, forms.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Where to mail a link for a new password."""


class ChangeEmailForm(_Labelled, forms.ChangeEmailForm):  # type: ignore[misc]  # allauth ships no types
    """Another address, while the first one waits to be verified."""

    def clean_email(self) -> str:
        """Return the address as it is stored."""
        self.cleaned_data["email"] = get_adapter().clean_email(self.cleaned_data["email"])
        cleaned: str = super().clean_email()
        return cleaned


class ConfirmLoginCodeForm(_Labelled, forms.ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """The mailed code for signing in."""


class ConfirmEmailCodeForm(_Labelled, forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth ships no types
    """The mailed code that verifies an address."""


class AddEmailForm(_Labelled, forms.AddEmailForm):  # type: ignore[misc]  # allauth ships no types
    """Another address."""


class ChangePasswordForm(_Labelled, forms.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Another password."""


class SetPasswordForm(_Labelled, forms.SetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """A first password."""


class ResetPasswordKeyForm(_Labelled, forms.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth ships no types
    """A new password, behind the mailed link."""


class ProviderSignupForm(_Labelled, provider_forms.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """What a provider has not told of a new account."""


class SecondStepForm(_Labelled, code_forms.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code of a second step."""


class ActivateAppForm(_Labelled, app_forms.ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of an authenticator app."""


class AddPasskeyForm(_Labelled, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["name"] = _("My passkey")


class RenamePasskeyForm(_Labelled, passkey_forms.EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Another name for a passkey."""
