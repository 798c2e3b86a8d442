"""Forms of the policy and of the register; what is typed is checked by the services."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from .countries import country_choices
from .models import WRITTEN_KINDS


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class ProcessorForm(forms.Form):
    """What the register says of a processor."""

    name = forms.CharField(label=_("Name"), max_length=100)
    purpose = forms.CharField(
        label=_("Purpose"), max_length=200, help_text=_("What it does for us. Users read it on the public list.")
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, help_text=_("Where the company is established.")
    )
    contract = forms.CharField(
        label=_("Contract"),
        required=False,
        max_length=200,
        help_text=_("Such as: data processing agreement, version 3."),
    )
    contract_on = _day(_("Signed on"), required=False)
    privacy_url = forms.URLField(
        label=_("Its privacy policy"), max_length=200, assume_scheme="https", help_text=_("An https address.")
    )


class NewProcessorForm(ProcessorForm):
    """The same, with the name that the log keeps, and its first day."""

    slug = forms.CharField(
        label=_("Name in code and in the log"), max_length=63, help_text=_("Small letters, digits and hyphens.")
    )
    since_on = _day(
        _("Receives data since"), help_text=_("At least 14 days ahead: everybody is told before, by letter.")
    )

    field_order = ("slug",)


class ProcessorReviewForm(forms.Form):
    """When a processor was looked into, and when this is due again."""

    due_diligence_on = _day(_("Due diligence on"))
    review_due_on = _day(_("Next review due on"))


def _text(label: Any, language: str, rows: int, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "lang": language, "dir": "rtl" if language == "ar" else "ltr"})
    return forms.CharField(label=label, widget=widget, help_text=help_text)


_MARKDOWN = _("Markdown: # begins a heading, - a list item.")
_LETTER = _("Plain text. The letter greets its reader and ends with our address.")


class ReadForm(forms.Form):
    """In which state a draft was read by whoever lets it out."""

    read = forms.CharField(widget=forms.HiddenInput)


class PolicyVersionForm(forms.Form):
    """One version of the policy in both languages."""

    effective_on = _day(_("Takes effect on"), help_text=_("A day in the future: people are told before."))
    summary_en = forms.CharField(label=_("What is new, in English"), max_length=500)
    summary_ar = forms.CharField(label=_("What is new, in Arabic"), max_length=500)
    must_accept = forms.BooleanField(
        label=_("Everybody must accept it"),
        required=False,
        help_text=_("Going on is then no acceptance: each person is asked, and asked first."),
    )
    text_en = _text(_("Text in English"), "en", 24, _MARKDOWN)
    text_ar = _text(_("Text in Arabic"), "ar", 24, _MARKDOWN)


class AnnouncementForm(forms.Form):
    """An announcement in both languages, and to whom."""

    kind = forms.ChoiceField(label=_("Kind"))
    title_en = forms.CharField(label=_("Title in English"), max_length=150)
    title_ar = forms.CharField(label=_("Title in Arabic"), max_length=150)
    text_en = _text(_("Text in English"), "en", 12, _LETTER)
    text_ar = _text(_("Text in Arabic"), "ar", 12, _LETTER)
    apps = forms.CharField(
        label=_("Only the people of these apps"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr"}),
        help_text=_("Numbers of apps, one on each line. Empty: everybody."),
    )

    def __init__(self, *args: Any, only_security: bool = False, **facts: Any) -> None:
        super().__init__(*args, **facts)
        kinds = WRITTEN_KINDS[:1] if only_security else WRITTEN_KINDS
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean_apps(self) -> list[UUID]:
        """Return the numbers that were typed, each once."""
        found = []
        for number, line in enumerate(self.cleaned_data["apps"].splitlines(), 1):
            try:
                found += [UUID(line.strip())] if line.strip() else []
            except ValueError:
                raise forms.ValidationError(_("Line %(line)d is no number of an app.") % {"line": number}) from None
        return list(dict.fromkeys(found))
