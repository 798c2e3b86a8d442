"""The form of a scheduled export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import registry
from .errors import FilterError
from .filters import Filter
from .lines import OUTCOMES
from .models import COMPRESSIONS, PERIODS


class ScheduleForm(forms.Form):
    """What is exported, how often, and where it is put; times come from the calendar."""

    name = forms.CharField(label=_("Name"), max_length=64, help_text=_("Small letters, digits and hyphens."))
    every = forms.ChoiceField(
        label=_("How often"),
        choices=PERIODS,
        help_text=_("Of what came since the last one: from midnight to midnight, by UTC, an hour after the end."),
    )
    place = forms.CharField(
        label=_("Folder"),
        max_length=100,
        help_text=_("In the storage that the operator has set up for exports, such as siem/daily."),
    )
    case = forms.CharField(label=_("Case"), required=False)
    subject = forms.CharField(label=_("Subject reference"), required=False)
    actor = forms.CharField(label=_("Actor"), required=False)
    event = forms.ChoiceField(label=_("Event"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False, choices=[("", _("any")), *OUTCOMES.items()])
    compress = forms.ChoiceField(label=_("Packed with"), choices=COMPRESSIONS, initial="gzip")

    FILTER = ("case", "subject", "actor", "event", "outcome")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event = self.fields["event"]
        if isinstance(event, forms.ChoiceField):
            event.choices = [("", _("any")), *((name, name) for name in registry.names())]

    def clean(self) -> dict[str, Any]:
        """Read the filter by the rules that exports have."""
        found = super().clean() or {}
        try:
            found["wanted"] = Filter.parse({name: found.get(name) for name in self.FILTER})
        except FilterError as error:
            for field, rule in error.faults.items():
                self.add_error(field, rule)
        return found

    @property
    def asked(self) -> dict[str, Any]:
        """Return what `make_schedule` takes of a valid form."""
        return {name: self.cleaned_data[name] for name in ("name", "wanted", "every", "place", "compress")}
