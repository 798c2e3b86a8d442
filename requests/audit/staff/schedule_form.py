"""The form of a scheduled export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.exports.models import PERIODS

from .export_forms import ExportForm


class ScheduleForm(ExportForm):
    """What is exported, how often, and where it is put; times come from the calendar."""

    after = before = disclose_staff = disclose_subject_case = None  # type: ignore[assignment]
    FILTER = ("case", "subject", "actor", "event", "outcome")

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

    field_order = ("name", "every", "place", *FILTER, "compress")

    def clean(self) -> dict[str, Any]:
        """Return what `make_schedule` takes."""
        found = super().clean()
        if self.errors:
            return found
        return {name: found[name] for name in ("name", "every", "place", "compress")} | {"wanted": self.wanted}
