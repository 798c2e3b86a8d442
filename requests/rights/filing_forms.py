"""The form that files each kind of request, and that of a correction, whose fields are the person's own values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import DataCategory, data_categories

from . import services
from .errors import RightsError
from .forms import DeletionForm, FileRequestForm, ObjectionForm, RestrictionForm, check_field
from .models import Evidence, RightsRequest
from .services.attest_step import LARGEST_EVIDENCE, check_evidence
from .services.file_correction import LONGEST_REASON, SHORTEST_REASON, OwnValue
from .states import Kind

#: fields of records that are shown without a choice; records that are listed, and chosen, at once
MOST_FIELDS, MOST_LISTED, MOST_CHOSEN = 40, 50, 20
#: a value as it is, and as it is to be
_CHANGE = "<del><bdi>{}</bdi></del> <ins><bdi>{}</bdi></ins>"


class CorrectionForm(FileRequestForm):
    """A field for each value that may be corrected, with the value as it is; those that are filled in are filed.

    Of a person with many records, only those that they choose have fields; they are found by their names.
    """

    at_check = ("evidence",)
    layout = "rights/_correction_form.html"

    reason = forms.CharField(
        label=_("Why is it wrong?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        help_text=_("Our privacy officers read it, and decide about each value."),
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_(
            "What shows it: a PDF, PNG, JPEG or plain text of 5 MB at most. It is encrypted under your key. Choose it "
            "last: it is not kept when you change an answer."
        ),
    )

    def prepare(self, now: datetime) -> None:
        """Show the person's own values, which is logged, with a field for the right one of each."""
        values = services.show_own_values(self.user, now=now)
        self.values = sorted(values, key=lambda own: own.record is not None)
        self.chooses = sum(own.is_filed and own.record is not None for own in self.values) > MOST_FIELDS
        if self.chooses:
            self._choose()
        for own in self.values:
            if own.is_filed:
                label = capfirst(str(own.category.fields[own.field]))
                present = format_html('<span class="soft">{}</span> <bdi>{}</bdi>', _("We hold:"), own.value)
                self.fields[own.key] = forms.CharField(label=label, label_suffix="", help_text=present, required=False)
        self.order_fields(["find", "records", *(own.key for own in self.values), "reason", "place"])

    def _choose(self) -> None:
        """Offer the records that were searched for; show the values of those that are ticked or filled in."""
        given: Any = self.data if self.is_bound else self.initial
        ticked = {*(given.getlist("records") if self.is_bound else given.get("records", ()))}
        named: dict[str, OwnValue] = {}
        filled: set[str] = set()
        for own in self.values:
            if own.record_key:
                named[own.record_key] = own
                if given.get(own.key):
                    filled.add(own.record_key)
        #: what was typed comes first: it is never lost
        self.chosen = [*filled, *(key for key in named if key in ticked - filled)]
        find = str(given.get("find", "")).strip().casefold()
        found = [key for key, own in named.items() if find in own.of.casefold()]
        listed = {*found[:MOST_LISTED], *self.chosen}
        facts = {"shown": len(listed), "all": len(named), "most": MOST_CHOSEN}
        self.fields["find"] = forms.CharField(label=_("Find by name"), required=False)
        self.fields["records"] = forms.MultipleChoiceField(
            label=_("What is wrong?"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (key, format_html("{}: <bdi>{}</bdi>", own.category.title, own.of or own.record))
                for key, own in named.items()
                if key in listed
            ],
            help_text=format_lazy(
                _("{shown} of {all} are listed. Find the others by their names, and tick at most {most}."), **facts
            ),
        )
        if not self.is_bound:
            self.initial = {**self.initial, "records": self.chosen}
        shown = {"", *self.chosen[:MOST_CHOSEN]}
        self.values = [own for own in self.values if own.record_key in shown]

    def clean_records(self) -> list[str]:
        """Return what was ticked; of more than are shown at once nothing is dropped in silence."""
        if len(self.chosen) > MOST_CHOSEN:
            raise forms.ValidationError(_("Choose at most %(most)s at once.") % {"most": MOST_CHOSEN})
        ticked: list[str] = self.cleaned_data["records"]
        return ticked

    def fixed(self) -> list[DataCategory]:
        """Return the data categories that are not corrected."""
        return [category for category in data_categories() if category.correct.why_not]

    def groups(self) -> list[dict[str, Any]]:
        """Return the values of each record, with their fields and whether something was typed there."""
        found: dict[tuple[str, UUID | None], list[OwnValue]] = {}
        for own in self.values:
            found.setdefault((own.category.name, own.record), []).append(own)
        groups = []
        for values in found.values():
            fields = [self[own.key] for own in values if own.is_filed]
            is_open = len(found) == 1 or (self.chooses and values[0].record is not None)
            is_open = is_open or any(field.value() or field.errors for field in fields)
            at_once = [(own.category.fields[own.field], own.own_page) for own in values if own.own_page]
            groups.append({"of": values[0], "fields": fields, "at_once": at_once, "is_open": is_open})
        return groups

    def clean_evidence(self) -> bytes:
        """Return what is in the file; of one that is too large no more is read than shows it."""
        file: UploadedFile[bytes] | None = self.cleaned_data["evidence"]
        content = file.read(LARGEST_EVIDENCE + 1) if file else b""
        check_field(check_evidence, "", content)
        return content

    def clean(self) -> dict[str, Any]:
        """Check each value that was typed, and that there is one."""
        given = super().clean() or {}
        self.wanted = [(own, given[own.key]) for own in self.values if given.get(own.key)]
        for own, text in self.wanted:
            try:
                given[own.key] = own.clean(text)
            except RightsError as refusal:
                self.add_error(own.key, refusal.sentence)
        if not self.wanted and not self.errors:
            self.add_error(None, _("Give the right value of at least one field."))
        return given

    def file(self, **asked: Any) -> RightsRequest:
        wanted = [(own.key, text) for own, text in self.wanted]
        given = {name: self.cleaned_data[name] for name in ("reason", "evidence")}
        return services.file_correction(self.user, wanted=wanted, **given, **asked)

    def answers(self, request: RightsRequest) -> list[tuple[Any, Any]]:
        """Return of a draft each field with what it is and is to be, and why; what was filed stands in a table."""
        own: list[tuple[Any, Any]] = []
        if self.is_bound:
            for value, _text in self.wanted:
                of = format_html(" <bdi>{}</bdi>", value.of) if value.of else ""
                label = format_html("{}{}: {}", value.category.title, of, value.category.fields[value.field])
                own.append((label, format_html(_CHANGE, value.value, self.cleaned_data[value.key])))
            own.append((self.fields["reason"].label, self.cleaned_data["reason"]))
        elif Evidence.objects.filter(request=request).exists():
            own.append((self.fields["evidence"].label, _("a file, which our privacy officers open")))
        return own + super().answers(request)


#: kind → the form that files it
FORMS: Mapping[Kind, type[FileRequestForm]] = {
    Kind.ACCESS: FileRequestForm,
    Kind.PORTABILITY: FileRequestForm,
    Kind.CORRECTION: CorrectionForm,
    Kind.RESTRICTION: RestrictionForm,
    Kind.OBJECTION: ObjectionForm,
    Kind.DELETION: DeletionForm,
}


def answers_of(request: RightsRequest) -> list[tuple[Any, Any]]:
    """Return what was asked by a request that is filed, in words: label and text."""
    return FORMS[Kind(request.kind)](user=request.user).answers(request)
