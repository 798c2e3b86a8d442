"""Forms of rights requests."""

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.forms import QueueForm

from .deadlines.regimes import ADGM, CALIFORNIA, EU, EU_ZONES, POLICY, UAE, UK
from .services.officer_acts import LONGEST_REASONS, SHORTEST_REASONS
from .states import ExclusionReason, Kind, RefusalGround, RequestState


def _regime_choices() -> list[tuple[str, Any]]:
    territories = Locale.parse(get_language() or "en").territories
    union = sorted(((code, territories.get(code, code)) for code in EU_ZONES), key=lambda place: place[1])
    return [
        ("EU", _("European Union, without naming a country")),
        *union,
        ("GB", _("United Kingdom")),
        ("US-CA", _("California")),
        ("AE", _("United Arab Emirates")),
        ("ADGM", _("Abu Dhabi Global Market")),
        ("other", _("Somewhere else, or I would rather not say")),
    ]


class FileRequestForm(forms.Form):
    """Where the person lives, which decides by which law's period the office answers."""

    place = forms.ChoiceField(
        label=_("Where do you live?"),
        choices=_regime_choices,
        initial="EU",
        help_text=_("The law of that place sets the date of our answer."),
    )

    def regime(self) -> dict[str, Any]:
        """Return `regime` and `country` as `receive_request` takes them."""
        place = self.cleaned_data["place"]
        regimes = {"EU": EU, "GB": UK, "US-CA": CALIFORNIA, "AE": UAE, "ADGM": ADGM, "other": POLICY}
        regime = regimes.get(place, EU)
        return {"regime": regime.code, "country": place if place in EU_ZONES else None}


class RefusalForm(forms.Form):
    """Ground and reasons of a refusal."""

    ground = forms.ChoiceField(label=_("Ground"), choices=RefusalGround.choices)
    reasons = forms.CharField(
        label=_("Reasons"),
        widget=forms.Textarea(attrs={"rows": 6}),
        min_length=SHORTEST_REASONS,
        max_length=LONGEST_REASONS,
        help_text=_("The user reads them word for word, with the ways of complaint."),
    )


class ExcludeForm(forms.Form):
    """Why a data category is left out of the package."""

    reason = forms.ChoiceField(label=_("Reason"), choices=ExclusionReason.choices)


class RequestFilterForm(QueueForm):
    """Filters of the queue of rights requests."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *RequestState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *Kind.choices])
