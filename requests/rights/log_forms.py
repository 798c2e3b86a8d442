"""The filter of a person's own entries in the log."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.search.queries import Search
from audit.staff.search_forms import Cursor

#: app whose events these are → what a person calls that
AREAS = {
    "identity": _("Sign-in & security"),
    "connections": _("Connections"),
    "workloads": _("Workloads"),
    "rights": _("Privacy"),
    "humanaccess": _("Who looked at your data"),
    "inbox": _("Letters"),
    "terms": _("Privacy policy"),
    "audit": _("The log itself"),
}
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 30)


def _day(label: Any) -> forms.DateField:
    """Return a field for a day that ids of entries can express, in whichever time zone."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=[MinValueValidator(_FIRST), MaxValueValidator(_LAST)],
    )


class OwnLogFilter(Cursor):
    """What it was about, who did it, and days in the reader's time zone."""

    app = forms.ChoiceField(label=_("About"), required=False, choices=[("", _("any")), *AREAS.items()])
    kind = forms.ChoiceField(
        label=_("By whom"),
        required=False,
        choices=[
            ("", _("any")),
            ("user", _("you")),
            ("staff", _("our staff")),
            ("machine", _("automatic")),
            ("anonymous", _("nobody signed in")),
        ],
    )
    since = _day(_("From"))
    until = _day(_("Until"))

    def clean(self) -> dict[str, Any]:
        """Check that the last day is not before the first."""
        found = super().clean()
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", _("This must not be before the first day."))
        return found

    @property
    def criteria(self) -> dict[str, str]:
        """Return what was asked for, as an address writes it."""
        return {name: str(found) for name in ("app", "kind", "since", "until") if (found := self.cleaned_data[name])}

    def wanted(self, subject: str) -> Search:
        """Return the query of a valid form about a person."""
        asked = self.cleaned_data
        return Search(
            subject=subject,
            app=asked["app"],
            kind=asked["kind"],
            after=_midnight(asked["since"]),
            before=_midnight(asked["until"] and asked["until"] + timedelta(days=1)),
        )


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time.min, timezone.get_current_timezone()).astimezone(UTC)
