"""The forms of an export and of a scheduled one."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.exports.models import COMPRESSIONS, PERIODS
from audit.search.filters import Filter

from .search_forms import LogFilter


class ExportForm(LogFilter):
    """What to export: the filter of the log's page, the personal data in it, the compression."""

    # Fields of the log's page that no export filters by.
    kind = routine = older = newer = end = None  # type: ignore[assignment]  # how Django forms drop a field
    CURSORS = ()  # type: ignore[assignment]
    FILTER: ClassVar[tuple[str, ...]] = ("after", "before", "case", "subject", "actor", "event", "outcome")

    disclose_staff = forms.BooleanField(
        label=_("With the names of staff"),
        required=False,
        help_text=_("Who acted, decrypted; each person whose details are opened gets an entry in the log."),
    )
    disclose_subject_case = forms.BooleanField(
        label=_("With what is personal in the case"),
        required=False,
        help_text=_("For the one case named above; that it was opened is in the log, and the person sees it."),
    )
    compress = forms.ChoiceField(label=_("Packed with"), choices=COMPRESSIONS, initial="gzip")

    field_order: tuple[str, ...] = (*FILTER, "disclose_staff", "disclose_subject_case", "compress")

    def clean(self) -> dict[str, Any]:
        """Refuse before the estimate what the request would be refused for."""
        found = super().clean()
        if found.get("disclose_subject_case") and not found.get("case"):
            self.add_error("case", _("Personal details are given for one case only: name it here."))
        return found

    @property
    def wanted(self) -> Filter:  # type: ignore[override]  # the log's page also searches by kind of actor
        """Return the filter of a valid form."""
        return Filter(**{name: self.cleaned_data[name] for name in self.FILTER if self.cleaned_data[name]})

    @property
    def choices(self) -> dict[str, Any]:
        """Return what `request_export` takes beside the filter."""
        names = ("disclose_staff", "disclose_subject_case", "compress")
        return {name: self.cleaned_data[name] for name in names}

    def written(self) -> list[tuple[str, str]]:
        """Return the fields as they were posted, to be posted again."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]


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
