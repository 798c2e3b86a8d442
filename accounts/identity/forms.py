"""Forms of the identity pages."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy as _, ngettext_lazy

from core.moments import zone_label

from .mailboxes import normal_address
from .models import User
from .roles import Role
from .services.user_tokens import DAYS, NOT_YOURS, STAFF_DAYS
from .token_scopes import STAFF_SCOPES, TokenScope
from .waiting import WaitingList

#: parts of the time zone database that hold places; the others are old names of the same
_REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}
_Zones = list[tuple[str, Any]]

PASSWORD_HELP = _("At least 12 characters; none of the common ones, not digits alone, not like your name or address.")


@lru_cache(maxsize=8)
def _zones(language: str, hour: datetime) -> _Zones:  # noqa: ARG001  the labels are in this language
    """Return UTC, then the places of each region by name, with their offsets; of two names for one place, one."""
    places: dict[str, dict[str, str]] = {region: {} for region in _REGIONS}
    for name in sorted(available_timezones()):
        region = name.partition("/")[0]
        if region in places and "/" in name:
            places[region][zone_label(name, hour)] = name
    grouped = [
        (str(_REGIONS[region]), [(found[label], label) for label in sorted(found)]) for region, found in places.items()
    ]
    return [("UTC", "UTC"), *sorted(grouped)]


def time_zones(present: str = "") -> _Zones:
    """Return the choices of a time zone, the present one among them under whatever name it has."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    found = _zones(get_language() or "en", hour)
    known = {name for _region, names in found[1:] for name, _label in names} | {"UTC"}
    return found if present in known or not present else [(present, zone_label(present, hour)), *found]


class PasswordStepUpForm(forms.Form):
    """The account's password, to step up."""

    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), max_length=4096
    )


class MailedCodeForm(forms.Form):
    """The six digits that were mailed."""

    code = forms.RegexField(
        r"^\s*\d{3}\s*\d{3}\s*$",
        label=_("Code from the mail"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input", "maxlength": 9}
        ),
    )


class ProfileForm(forms.Form):
    """User name, language, time zone. The e-mail address has another page, which verifies it."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Times on these pages are shown in it. Deadlines are counted in the time zone that the law names."),
    )

    def __init__(self, *args: Any, current: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._current = current.username
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = time_zones(current.time_zone)

    def clean_username(self) -> str:
        """Check a new name by the rules for new accounts; the present one may stay."""
        wanted: str = self.cleaned_data["username"]
        if wanted == self._current:
            return wanted
        same_but_for_case = wanted.casefold() == self._current.casefold()
        cleaned: str = get_adapter().clean_username(wanted, shallow=same_but_for_case)
        return cleaned


class JoinForm(forms.Form):
    """User name and password of somebody who joins the staff and has no account."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_username(self) -> str:
        """Check the name by the rules for new accounts."""
        cleaned: str = get_adapter().clean_username(self.cleaned_data["username"])
        return cleaned

    def clean_password(self) -> str:
        """Check the password by Django's validators; it must not be like the name or the address."""
        person = User(email=self._email, username=self.cleaned_data.get("username", ""))
        cleaned: str = get_adapter().clean_password(self.cleaned_data["password"], user=person)
        return cleaned


class InviteForm(forms.Form):
    """An invitation to the staff."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    roles = forms.TypedMultipleChoiceField(
        label=_("Roles"), choices=Role.choices, coerce=Role, widget=forms.CheckboxSelectMultiple
    )


class RoleForm(forms.Form):
    """One role to give."""

    role = forms.TypedChoiceField(label=_("Role"), choices=Role.choices, coerce=Role)


class PersonSearchForm(forms.Form):
    """A search for people. Posted, to keep e-mail addresses out of URLs."""

    query = forms.CharField(
        label=_("Beginning of the e-mail address, whole user name, or account id"),
        min_length=3,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    after = forms.CharField(required=False, max_length=254, widget=forms.HiddenInput)


class SumsForm(forms.Form):
    """A person, a stream and days, to read daily totals. Posted, since the access is logged.

    Without days, the last `DAYS` up to `today`, which is a day of UTC.
    """

    DAYS, MOST_DAYS = 30, 92

    person = forms.CharField(
        label=_("Person"),
        max_length=254,
        help_text=_("The exact e-mail address, or the subject reference."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    stream = forms.ChoiceField(label=_("Stream"), required=False)
    start = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, streams: Sequence[tuple[str, Any]], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self.initial = {**self.initial, "start": self._first(today), "end": today}
        field = self.fields["stream"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = [("", _("any")), *streams]

    def clean(self) -> dict[str, Any]:
        """Fill in the days that were not given, and refuse a range that is too long or ends before it begins."""
        found = super().clean() or {}
        if self.errors:
            return found
        found["end"] = end = found["end"] or self._today
        found["start"] = start = found["start"] or self._first(end)
        if end < start:
            self.add_error("end", _("This must not be before the first day."))
        elif (end - start).days >= self.MOST_DAYS:
            self.add_error("end", _("At most %(count)s days at once.") % {"count": self.MOST_DAYS})
        else:  # last: whether there is such a person is told together with an access, which is logged
            found["person"] = self._find_person(found["person"])
        return found

    def _first(self, end: date) -> date:
        """Return the first of `DAYS` days that end with `end`."""
        return date.fromordinal(max(end.toordinal() - self.DAYS + 1, 1))

    def _find_person(self, wanted: str) -> User | None:
        person = User.objects.filter(Q(email=normal_address(wanted)) | Q(reference=wanted)).first()
        if person is None:
            self.add_error("person", _("Nobody has exactly this address or reference."))
        return person


class WorkMailsForm(forms.Form):
    """Which lists of what waits a member of staff wants to be mailed about: a tick box each."""

    def __init__(self, lists: Sequence[WaitingList], muted: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        for each in lists:
            if each.is_listed:
                self.fields[each.name] = forms.BooleanField(
                    label=each.title, required=False, initial=each.name not in muted
                )

    @property
    def muted(self) -> list[str]:
        """Return the names of the lists that are not ticked."""
        return [name for name, wanted in self.cleaned_data.items() if not wanted]


class UserTokenForm(forms.Form):
    """A new token: `scopes` are those that it may have."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("What it is for, so that you know it again. Only you see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose as little as your program needs: whoever gets hold of the token can do the same."),
        error_messages={"invalid_choice": NOT_YOURS},
    )
    days = forms.TypedChoiceField(label=_("How long it works"), coerce=int, initial=30)

    def __init__(self, *args: Any, scopes: Sequence[TokenScope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = (*DAYS, STAFF_DAYS) if STAFF_SCOPES & {*scopes} else DAYS
        choices: dict[str, list[tuple[Any, Any]]] = {
            "scopes": [(scope.value, format_html("{} <code>{}</code>", scope.label, scope.value)) for scope in scopes],
            "days": [
                (count, ngettext_lazy("%(count)d day", "%(count)d days", count) % {"count": count})
                for count in sorted(days)
            ],
        }
        for name, found in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
            field.choices = found
        if STAFF_DAYS in days:
            self.fields["days"].help_text = _("A token with a scope of the staff works for one day.")
