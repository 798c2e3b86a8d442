"""Forms of rights requests."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from babel import Locale
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.identity.mailboxes import normal_address
from accounts.identity.models import User
from accounts.personaldata.categories import DataCategory, category_named, data_categories
from cases.forms import QueueForm

from . import services
from .deadlines.regimes import ADGM, CALIFORNIA, EU, EU_ZONES, POLICY, UAE, UK
from .errors import RightsError
from .models import RightsRequest
from .services.attest_step import LARGEST_EVIDENCE, check_backups, check_evidence
from .services.file_correction import LONGEST_REASON as LONGEST_WHY
from .services.file_correction import SHORTEST_REASON as SHORTEST_WHY
from .services.file_correction import OwnValue
from .services.legal_holds import LONGEST_AUTHORITY, LONGEST_REASON, SHORTEST_REASON, check_end
from .services.officer_acts import LONGEST_REASONS, SHORTEST_REASONS
from .states import (
    FINDINGS,
    OFFICER_GROUNDS,
    REASONS,
    FieldDecision,
    Kind,
    RefusalGround,
    RequestState,
    Verb,
)


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


#: a value as it is, and as it is to be
_CHANGE = "<del><bdi>{}</bdi></del> <ins><bdi>{}</bdi></ins>"
#: places that are not a member state → the regime that they bring
_REGIMES = {"EU": EU, "GB": UK, "US-CA": CALIFORNIA, "AE": UAE, "ADGM": ADGM, "other": POLICY}


class FileRequestForm(forms.Form):
    """Where the person lives, which decides by which law's period the office answers.

    A kind of request adds its fields in a subclass, with what it stores of them and how that reads in words.
    """

    #: names of fields that are asked where the answers are checked: a file is not carried from page to page
    at_check: tuple[str, ...] = ()
    #: the template of the fields
    layout = "office/_form.html"

    place = forms.ChoiceField(
        label=_("Where do you live?"),
        choices=_regime_choices,
        initial="EU",
        help_text=_("The law of that place sets the date of our answer."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def prepare(self, now: datetime) -> None:
        """Read what the page needs of the person's own data."""

    def file(self, **asked: Any) -> RightsRequest:
        """File the request, asked as `receive_request` takes it; raises CaseError, which may name a field."""
        return services.receive_request(self.user, **asked)

    def regime(self) -> dict[str, Any]:
        """Return `regime` and `country` as `receive_request` takes them."""
        place = self.cleaned_data["place"]
        return {"regime": _REGIMES.get(place, EU).code, "country": place if place in EU_ZONES else None}

    def details(self) -> dict[str, Any]:
        """Return what the request stores of the other fields: codes alone."""
        return {}

    def answers(self, request: RightsRequest) -> list[tuple[Any, Any]]:
        """Return label and text of each thing asked, of a draft to be checked or of a request that is filed."""
        codes = {regime.code: place for place, regime in _REGIMES.items()}
        place = dict(_regime_choices())[request.country or codes[request.regime]]
        return [(self.fields["place"].label, place)]


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


class DeletionForm(FileRequestForm):
    """The place, and the user name, typed to show that closing the account is meant."""

    username = forms.CharField(
        label=_("Your user name"), max_length=150, help_text=_("Type it, to show that you mean it.")
    )

    def clean_username(self) -> str:
        """Return what was typed; it has to be the own user name."""
        typed: str = self.cleaned_data["username"].strip()
        if normalize("NFKC", typed) != normalize("NFKC", self.user.username):  # as keyboards write accents in two ways
            raise forms.ValidationError(_("This is not your user name."))
        return typed


class CorrectionForm(FileRequestForm):
    """A field for each value that may be corrected, with the value as it is; those that are filled in are filed."""

    at_check = ("evidence",)
    layout = "rights/_correction_form.html"

    reason = forms.CharField(
        label=_("Why is it wrong?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=SHORTEST_WHY,
        max_length=LONGEST_WHY,
        help_text=_("Our privacy officers read it, and decide about each value."),
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("What shows it: a PDF, PNG, JPEG or plain text of 5 MB at most. It is encrypted under your key."),
    )

    def prepare(self, now: datetime) -> None:
        """Show the person's own values, which is logged, with a field for the right one of each."""
        self.values = services.show_own_values(self.user, now=now)
        for own in self.values:
            if own.is_filed:
                label = own.category.fields[own.field]
                present = format_html('<span class="soft">{}</span> <bdi>{}</bdi>', _("We hold:"), own.value)
                self.fields[own.key] = forms.CharField(label=label, help_text=present, required=False)
        self.order_fields([own.key for own in self.values])

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
            is_open = len(found) == 1 or any(field.value() or field.errors for field in fields)
            at_once = [(own.category.fields[own.field], own.own_page) for own in values if own.own_page]
            groups.append({"of": values[0], "fields": fields, "at_once": at_once, "is_open": is_open})
        return groups

    def clean_evidence(self) -> bytes:
        """Return what is in the file; of one that is too large no more is read than shows it."""
        file: UploadedFile[bytes] | None = self.cleaned_data["evidence"]
        content = file.read(LARGEST_EVIDENCE + 1) if file else b""
        _check(check_evidence, "", content)
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
        """Return each field with what it is and is to be, of a draft or as it was filed, and why."""
        if self.is_bound:
            rows = [(own.category, own.field, own.value, self.cleaned_data[own.key]) for own, _text in self.wanted]
            reason = self.cleaned_data["reason"]
        else:
            filed = services.show_corrections(self.user, request.reference, now=timezone.now())
            rows = [
                (category_named(each["row"].category), each["row"].field, each["old"], each["new"]) for each in filed
            ]
            reason = filed[0]["reason"] if filed else ""
        changes = [
            (f"{category.title}: {category.fields[name]}", format_html(_CHANGE, old, new))
            for category, name, old, new in rows
        ]
        return [*changes, (self.fields["reason"].label, reason), *super().answers(request)]


#: kind → the form that files it
FORMS: Mapping[Kind, type[FileRequestForm]] = {
    Kind.ACCESS: FileRequestForm,
    Kind.PORTABILITY: FileRequestForm,
    Kind.CORRECTION: CorrectionForm,
    Kind.DELETION: DeletionForm,
}


class ExcludeForm(forms.Form):
    """Why the answer goes without a step, and for what a deletion keeps, until when."""

    reason = forms.ChoiceField(label=_("Reason"))
    until = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
        help_text=_("Needed where a law, a dispute or somebody else keeps it: the last day of that."),
    )

    def __init__(self, verb: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = REASONS[verb]
        self.fields["reason"].choices = [("", "—"), *((each.value, each.label) for each in reasons)]  # type: ignore[attr-defined]
        if verb not in {Verb.ERASE, Verb.ATTEST, Verb.ERASE_OUTSIDE}:
            del self.fields["until"]


def _check(check: Callable[..., object], *facts: Any) -> None:
    """Let a service check one field, so that its refusal is told together with those of other fields."""
    try:
        check(*facts)
    except RightsError as refusal:
        raise forms.ValidationError(refusal.sentence) from None


class AttestForm(forms.Form):
    """What was found outside, the evidence, and until when backups there may hold it."""

    finding = forms.ChoiceField(label=_("What you found"), widget=forms.RadioSelect)
    evidence = forms.FileField(
        label=_("Evidence"),
        label_suffix=_("(needed unless nothing was held there)"),  # type: ignore[arg-type]  # lazy, as the label
        required=False,
        help_text=_("A PDF, PNG, JPEG or plain text of 5 MB at most. It is encrypted, and goes with the person."),
    )
    backups_until = forms.DateField(
        label=_("Backups there expire on"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )

    def __init__(self, verb: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [(each.value, each.label) for each in FINDINGS[verb]]  # type: ignore[attr-defined]
        if verb == Verb.INFORM:
            del self.fields["backups_until"]

    def clean_evidence(self) -> "UploadedFile[bytes] | None":
        """Return the file; of one that is too large no more is read than shows it."""
        file: UploadedFile[bytes] | None = self.cleaned_data["evidence"]
        _check(check_evidence, self.cleaned_data.get("finding", ""), file.read(LARGEST_EVIDENCE + 1) if file else b"")
        return file

    def clean_backups_until(self) -> date | None:
        """Return the day, if it may be."""
        day: date | None = self.cleaned_data["backups_until"]
        _check(check_backups, day, timezone.now())
        return day


class FieldDecisionForm(forms.Form):
    """What is decided about one field of a correction."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[(FieldDecision.ACCEPTED, _("Accept it")), (FieldDecision.REFUSED, _("Refuse it"))],
        widget=forms.RadioSelect,
    )
    ground = forms.ChoiceField(
        label=_("Ground"),
        label_suffix=_("(if you refuse it)"),  # type: ignore[arg-type]  # lazy, as the label
        choices=[("", "—"), *((each.value, each.label) for each in OFFICER_GROUNDS)],
        required=False,
    )
    words = forms.CharField(
        label=_("Reasons"),
        label_suffix=_("(if you refuse it)"),  # type: ignore[arg-type]  # lazy, as the label
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_REASONS,
        required=False,
        help_text=_("The user reads them word for word, with the ways of complaint."),
    )


class RequestFilterForm(QueueForm):
    """Filters of the queue of rights requests."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *RequestState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *Kind.choices])


def _scope_choices() -> list[tuple[str, Any]]:
    return [("", _("everything on the person")), *((each.name, each.title) for each in data_categories())]


class NewHoldForm(forms.Form):
    """Whose data a legal hold keeps, what of it, who wants it and why, and until when."""

    subject = forms.CharField(
        label=_("Person"), max_length=254, help_text=_("Their reference of 32 digits, or their e-mail address.")
    )
    category = forms.ChoiceField(label=_("What it keeps"), label_suffix="", choices=_scope_choices, required=False)
    authority = forms.CharField(
        label=_("Authority"),
        max_length=LONGEST_AUTHORITY,
        help_text=_("Who asks for it, and under which number: a court, an authority, a dispute."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 5}),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        help_text=_("The person does not see it. It is erased with their key."),
    )
    ends_on = forms.DateField(
        label=_("Ends on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Give a day to come: a hold has an end.")},
        help_text=_("The last day, at most two years ahead. Whoever needs it longer places it again then."),
    )

    def clean_ends_on(self) -> date:
        """Return the day, if it may be."""
        day: date = self.cleaned_data["ends_on"]
        _check(check_end, day, timezone.now())
        return day

    def clean(self) -> dict[str, Any]:
        """Look up who was named by an address, last: whether there is such a person is told together with a hold."""
        given = super().clean() or {}
        typed = given.get("subject", "").strip()
        if self.errors or "@" not in typed:
            return {**given, "subject": typed.lower()}
        found = User.objects.filter(email=normal_address(typed)).values_list("reference", flat=True).first()
        if found is None:
            self.add_error("subject", _("Nobody has this address."))
        return {**given, "subject": found}
