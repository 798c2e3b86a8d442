"""The filter of the log's page."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from . import registry
from .selectors import OUTCOMES

_REFERENCE = RegexValidator(r"\A[0-9a-f]{32}\Z", _("A reference is 32 digits and letters a to f."))
_CASE = RegexValidator(r"\A[A-Z]{2}-[0-9]{4}-[0-9]{6}\Z", _("A case looks like RR-2026-000123 or HA-2026-000123."))
_ACTOR = RegexValidator(
    r"\A(user|staff|machine|anonymous):[0-9a-z_.-]{0,40}\Z", _("An actor looks like staff:… or machine:…")
)


class LogFilter(forms.Form):
    """Every field is matched exactly, by an index of its own; nothing scans free text."""

    case = forms.CharField(label=_("Case"), required=False, validators=[_CASE])
    subject = forms.CharField(label=_("Subject reference"), required=False, validators=[_REFERENCE])
    actor = forms.CharField(label=_("Actor"), required=False, validators=[_ACTOR])
    event = forms.ChoiceField(label=_("Event"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("any")), *OUTCOMES.items()],
    )
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event = self.fields["event"]
        if isinstance(event, forms.ChoiceField):
            event.choices = [("", _("any")), *((name, name) for name in registry.names())]
