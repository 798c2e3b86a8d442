"""Forms of rights requests."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from babel import Locale
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy as _

from accounts.identity.mailboxes import normal_address
from accounts.identity.models import User
from accounts.personaldata.categories import category_title, data_categories
from cases.forms import QueueForm
from core import db

from . import services
from .deadlines.regimes import ADGM, CALIFORNIA, EU, EU_ZONES, POLICY, UAE, UK
from .errors import RightsError
from .models import RightsRequest
from .policies import check_objection, check_restriction, restrictable
from .services.attest_step import LARGEST_EVIDENCE, check_backups, check_evidence
from .services.legal_holds import LONGEST_AUTHORITY, LONGEST_REASON, SHORTEST_REASON, check_end
from .services.officer_acts import LONGEST_REASONS, SHORTEST_REASONS
from .states import (
    FINDINGS,
    GROUND_OF,
    OFFICER_GROUNDS,
    REASONS,
    FieldDecision,
    Kind,
    ObjectionTo,
    RefusalGround,
    RequestState,
    RestrictionGround,
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


def _restrictable() -> list[tuple[str, Any]]:
    return [(each.name, each.title) for each in restrictable()]


#: places that are not a member state → the regime that they bring
_REGIMES = {"EU": EU, "GB": UK, "US-CA": CALIFORNIA, "AE": UAE, "ADGM": ADGM, "other": POLICY}


def check_field(check: Callable[..., object], *facts: Any) -> None:
    """Let a service check one field, so that its refusal is told together with those of other fields."""
    try:
        check(*facts)
    except RightsError as refusal:
        raise forms.ValidationError(refusal.sentence) from None


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

    def __init__(self, *args: Any, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user: Any = user  # None once an account is gone: what was asked is still told

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
    """Ground and reasons of a refusal of a request of that kind."""

    ground = forms.ChoiceField(label=_("Ground"))
    reasons = forms.CharField(
        label=_("Reasons"),
        widget=forms.Textarea(attrs={"rows": 6}),
        min_length=SHORTEST_REASONS,
        max_length=LONGEST_REASONS,
        help_text=_("The user reads them word for word, with the ways of complaint."),
    )

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = [each for each in RefusalGround if GROUND_OF.get(each, kind) == kind]
        self.fields["ground"].choices = [(each.value, each.label) for each in grounds]  # type: ignore[attr-defined]


class ReviewedForm(forms.Form):
    """That an officer has reviewed what machines found of other people."""

    reviewed = forms.BooleanField(
        label=_("I have reviewed what machines found of other people, and the package is to be delivered as it is")
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


class RestrictionForm(FileRequestForm):
    """What is to be restricted, and why (GDPR 18)."""

    categories = forms.MultipleChoiceField(
        label=_("What we may only store"), choices=_restrictable, widget=forms.CheckboxSelectMultiple
    )
    ground = forms.ChoiceField(label=_("Why"), choices=RestrictionGround.choices, widget=forms.RadioSelect)
    field_order = ("categories", "ground", "place")

    def clean_categories(self) -> list[str]:
        """Return what was ticked, of which nothing may be restricted already."""
        wanted = [*dict.fromkeys(self.cleaned_data["categories"])]
        with db.row_security_for(self.user.reference):
            check_field(check_restriction, self.user, wanted)
        return wanted

    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("categories", "ground")}

    def answers(self, request: RightsRequest) -> list[tuple[Any, Any]]:
        details = request.details
        told = [str(category_title(name) or name) for name in details.get("categories", ())]
        ground = dict(RestrictionGround.choices).get(details.get("ground", ""), "—")
        own = [(self.fields["categories"].label, "\n".join(told) or "—"), (self.fields["ground"].label, ground)]
        return own + super().answers(request)


class ObjectionForm(FileRequestForm):
    """What the person objects to (GDPR 21); to what the contract needs nobody can."""

    to = forms.ChoiceField(label=_("What you object to"), choices=ObjectionTo.choices, widget=forms.RadioSelect)
    field_order = ("to", "place")

    def clean_to(self) -> str:
        """Return what was chosen, if an objection applies to it and none is in force."""
        wanted: str = self.cleaned_data["to"]
        with db.row_security_for(self.user.reference):
            check_field(check_objection, self.user, wanted)
        return wanted

    def details(self) -> dict[str, Any]:
        return {"to": self.cleaned_data["to"]}

    def answers(self, request: RightsRequest) -> list[tuple[Any, Any]]:
        chosen = dict(ObjectionTo.choices).get(request.details.get("to", ""), "—")
        return [(self.fields["to"].label, chosen), *super().answers(request)]


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
        check_field(
            check_evidence, self.cleaned_data.get("finding", ""), file.read(LARGEST_EVIDENCE + 1) if file else b""
        )
        return file

    def clean_backups_until(self) -> date | None:
        """Return the day, if it may be."""
        day: date | None = self.cleaned_data["backups_until"]
        check_field(check_backups, day, timezone.now())
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
        check_field(check_end, day, timezone.now())
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
