"""The forms of the steps to a new approval request: person, ground, items, reason."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.identity.policies import is_same_person
from accounts.personaldata.item_providers import check_period, item_providers, provider_of
from core.moments import time_zone
from humanaccess.errors import InvalidError
from humanaccess.forms import PAGE_LIFE
from humanaccess.grounds import RULES, Ground
from humanaccess.legal.models import LegalProcess
from humanaccess.legal.states import READABLE
from humanaccess.models import STAFF_GROUNDS
from humanaccess.selectors import find_subjects
from humanaccess.services import REASON_LENGTH, Bookmark
from humanaccess.texts import render_duration

_APPS_SALT, _PAGE_SALT = "humanaccess.apps", "humanaccess.page"


class PersonForm(forms.Form):
    """Whose items. Whether there is such an account is told only together with a listing, which is logged."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("The exact e-mail address, or the subject reference."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "dir": "ltr"}),
    )


def find_subject(person: str) -> User | None:
    """Return the account with exactly this address or reference."""
    return find_subjects(person).first()


def ground_choices(grounds: Sequence[Ground], asker: User, person: str) -> list[tuple[str, str]]:
    """Return what the ground's step offers: on the ground of law, each legal process of this person to read for.

    Counsel sees every process with its person: that there is one tells them nothing new, unless they are the person.
    """
    choices = []
    for ground in grounds:
        if not RULES[ground].needs_process:
            choices.append((ground.value, str(STAFF_GROUNDS[ground])))
        elif (account := find_subject(person)) is None or not is_same_person(asker, account):
            found = LegalProcess.objects.filter(subject=account.reference if account else person, state=READABLE[0])
            references = found.order_by("due_at").values_list("reference", flat=True)
            choices += [(f"{ground}:{one}", f"{STAFF_GROUNDS[ground]} · {one}") for one in references]
    return choices


class GroundForm(forms.Form):
    """On which of the grounds that this asker may use."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), widget=forms.RadioSelect)

    def __init__(self, choices: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = choices
        if not choices:
            field.error_messages["required"] = _("No legal process of this person has an agreed scope.")


def ground_note(ground: Ground) -> str:
    """Return who decides on this ground, and how long access lasts unless the request says otherwise."""
    rule = RULES[ground]
    sentence = (
        _("Another person with the right to approve decides, and a third reviews. Access lasts %(window)s.")
        if rule.approvers
        else _("The user decides, item by item. Access lasts %(window)s.")
    )
    return sentence % {"window": render_duration(rule.window_default)}


class LocalTimeField(forms.DateTimeField):
    """A time in the time zone of the person who types it, cleaned to UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        found = super().to_python(value)
        try:
            # PostgreSQL takes no offset beyond ±15:59.
            return found and found.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


def sign_apps(asker: User, person: str, apps: Sequence[tuple[UUID, str, str, datetime]]) -> str:
    """Return a person's listed apps as a token that is valid for this asker, for an hour."""
    listed = [(str(app), provider, region) for app, provider, region, _as_of in apps]
    return signing.dumps([asker.reference, person, listed], salt=_APPS_SALT, compress=True)


def open_apps(token: str, asker: User, person: str) -> list[tuple[str, str]] | None:
    """Return app → what tells it apart; None where none were listed for this asker and person within the hour."""
    try:
        of, whose, listed = signing.loads(token, salt=_APPS_SALT, max_age=PAGE_LIFE)
    except signing.BadSignature:
        return None
    if (of, whose) != (asker.reference, person):
        return None
    return [(app, f"{provider}, {region} · {app[:8]}") for app, provider, region in listed]


def sign_bookmark(asker: User, person: str, search: Sequence[str], bookmark: Bookmark | None) -> str:
    """Return where a page of a listing ended as a token that is valid for this asker and search, for an hour."""
    if bookmark is None:
        return ""
    at, kind, item = bookmark
    found = [asker.reference, person, list(search), at.isoformat(), kind, str(item)]
    return signing.dumps(found, salt=_PAGE_SALT, compress=True)


def open_bookmark(token: str, asker: User, person: str, search: Sequence[str]) -> Bookmark:
    """Return where the page before ended; raises InvalidError for a token of another search, too old or made up."""
    try:
        *whose, at, kind, item = signing.loads(token, salt=_PAGE_SALT, max_age=PAGE_LIFE)
    except (signing.BadSignature, ValueError):
        whose = []
    if whose != [asker.reference, person, list(search)]:
        raise InvalidError(
            _("This page belongs to another search, or is too old. List the items again."), field="page", rule="forged"
        )
    return datetime.fromisoformat(at), kind, UUID(item)


class FindItemsForm(forms.Form):
    """Which app or run, and from when until when, as far as the kinds of item take it."""

    app = forms.UUIDField(
        label=gettext_lazy("App"),
        help_text=gettext_lazy("The app's number, or list this person's apps and choose one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    run = forms.UUIDField(
        label=gettext_lazy("Run"),
        required=False,
        help_text=gettext_lazy("An automation run's number: what lies a quarter of an hour around it is listed."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    start = LocalTimeField(label=gettext_lazy("From"), required=False)
    end = LocalTimeField(label=gettext_lazy("Until"), required=False)

    def __init__(self, kinds: Sequence[str], apps: Sequence[tuple[str, str]] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.apps = apps
        providers = [provider_of(kind) for kind in kinds]
        self.takes_time = any("start" in each.takes for each in providers)
        app_error = next((each.app_error for each in providers if each.app_error), "")
        self.fields["app"].required = bool(app_error)
        self.fields["app"].error_messages["required"] = app_error
        self.fields["end"].help_text = _("Both times are in your time zone: %(zone)s.") % {"zone": time_zone()}
        typed = (self.data if self.is_bound else self.initial).get("app", "")
        if apps is not None:
            listed = apps if not typed or typed in dict(apps) else [*apps, (typed, typed)]
            every = [] if app_error or not listed else [("", _("All apps"))]
            self.fields["app"].widget = forms.RadioSelect(choices=[*every, *listed])
            self.fields["app"].help_text = "" if listed else _("This person has no apps.")

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        by_run = self.cleaned_data.get("run") and not (start and end)
        if self.takes_time and not by_run and not {"start", "end", "run"} & set(self.errors):
            try:
                check_period(start, end)
            except ValueError as error:
                self.add_error("end" if start else "start", str(error))
        return self.cleaned_data


def kind_titles() -> list[tuple[str, str]]:
    """Return the kinds of items that a request may name, with their titles."""
    return [(provider.kind, str(provider.title)) for provider in item_providers()]


#: beginnings of reasons by ground; what stands in brackets must be replaced
_TEMPLATES = {
    Ground.AGREEMENT: [
        gettext_lazy("You wrote on [day] that [what] fails. These items should say why."),
        gettext_lazy("You were charged for [what] on [day] and asked why. These items should show what was used."),
        gettext_lazy("Since [day] we see that [what] stops by itself. These items should say what it waits for."),
    ],
    Ground.LEGAL: [
        gettext_lazy("The process demands [what] of [which days]. These items should show what of it there is."),
    ],
    Ground.SECURITY: [
        gettext_lazy("A report says that this account sends [what]. These items should show whether it does."),
        gettext_lazy("On [day] [what] was attacked. These items should show whether data of this account was reached."),
    ],
}
_BLANK = re.compile(r"\[[^\]]+\]")
_HOURS = [
    (1, gettext_lazy("1 hour")),
    (4, gettext_lazy("4 hours")),
    (24, gettext_lazy("1 day")),
    (120, gettext_lazy("5 days")),
]


def reason_templates(ground: Ground) -> list[str]:
    """Return beginnings of reasons on this ground, in the active language."""
    return [str(template) for template in _TEMPLATES.get(ground, [])]


class ReasonForm(forms.Form):
    """Why, and for how long; only the fields of the chosen ground."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=REASON_LENGTH[0],
        max_length=REASON_LENGTH[1],
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=gettext_lazy(
            "The user reads exactly this. Say what is wrong, and why only these items can tell: in a sentence of at "
            "least five different words, and not your last reason again."
        ),
    )
    abuse_reference = forms.CharField(
        label=gettext_lazy("Bug or abuse report"),
        max_length=64,
        help_text=gettext_lazy("Its reference, as ABUSE-17: letters, digits and # / _ . - only, three to 64 of them."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    hours = forms.TypedChoiceField(label=gettext_lazy("Time for looking"), coerce=int)

    def __init__(self, ground: Ground, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule, hours = RULES[ground], self.fields["hours"]
        assert isinstance(hours, forms.ChoiceField)  # noqa: S101  declared above
        hours.choices = [(hour, name) for hour, name in _HOURS if timedelta(hours=hour) <= rule.window_max]
        hours.initial = int(rule.window_default.total_seconds() // 3600)
        self._blanks = set(_BLANK.findall(" ".join(reason_templates(ground))))
        if not rule.needs_abuse_reference:
            del self.fields["abuse_reference"]

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if left := [blank for blank in _BLANK.findall(reason) if blank in self._blanks]:
            raise ValidationError(_("Replace %(blank)s by what it stands for.") % {"blank": left[0]}, code="blank")
        return reason
