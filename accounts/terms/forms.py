"""Forms of the policy and of the register; what is typed is checked by the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .countries import country_choices


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
    since_on = _day(_("Receives data since"))
    privacy_url = forms.URLField(
        label=_("Its privacy policy"), max_length=200, assume_scheme="https", help_text=_("An https address.")
    )


class NewProcessorForm(ProcessorForm):
    """The same, with the name that the log keeps."""

    slug = forms.CharField(
        label=_("Name in code and in the log"), max_length=63, help_text=_("Small letters, digits and hyphens.")
    )

    field_order = ("slug",)


class ProcessorReviewForm(forms.Form):
    """When a processor was looked into, and when this is due again."""

    due_diligence_on = _day(_("Due diligence on"))
    review_due_on = _day(_("Next review due on"))


def _text(label: Any, language: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 24, "lang": language, "dir": "rtl" if language == "ar" else "ltr"})
    return forms.CharField(label=label, widget=widget, help_text=_("Markdown: # begins a heading, - a list item."))


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
    text_en = _text(_("Text in English"), "en")
    text_ar = _text(_("Text in Arabic"), "ar")
