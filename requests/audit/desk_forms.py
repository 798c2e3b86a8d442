"""The forms of the log's desk: a reader token."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .tokens import MOST_DAYS


class TokenForm(forms.Form):
    """A new reader token."""

    name = forms.CharField(
        label=_("Name"), max_length=64, help_text=_("The machine that it is for, such as “siem-production”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[("entries", _("pull entries")), ("export", _("ask for exports and download them"))],
        initial=["entries"],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Neither opens what is sealed: machines read references, never names or addresses."),
    )
    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=MOST_DAYS, initial=90, help_text=_("How long it works; 366 at most.")
    )
