"""Forms of the identity pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PasswordStepUpForm(forms.Form):
    """The account's password, once more."""

    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), max_length=4096
    )


class MailedCodeForm(forms.Form):
    """The six digits that were mailed."""

    code = forms.RegexField(
        r"^\s*\d{3}\s*\d{3}\s*$",
        label=_("Code from the mail"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input", "maxlength": 9}
        ),
    )
