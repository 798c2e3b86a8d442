"""Forms of legal processes: receipt, challenge, scope, production, notice."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.identity.models import User
from accounts.personaldata.categories import data_categories
from cases.errors import CaseError
from cases.forms import QueueForm
from humanaccess.selectors import find_subjects

from .documents import LARGEST_DOCUMENT, check_document
from .services.notice import check_delay
from .services.texts import LONGEST_NAME, LONGEST_TEXT
from .states import ChallengeOutcome, DelayGround, ProcessKind, ProcessState

#: bytes of a file that is handed over: its digest is taken, and nothing of it kept
LARGEST_PRODUCTION = 100_000_000


def _checked(check: Callable[..., Any], *facts: Any) -> Any:
    """Let a service check one field, so that its refusal is told together with those of other fields."""
    try:
        return check(*facts)
    except CaseError as refusal:
        raise forms.ValidationError(refusal.sentence) from None


def _text(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4, "dir": "auto"})
    return forms.CharField(label=label, help_text=help_text, widget=area, max_length=LONGEST_TEXT, required=required)


def _name(label: Any, help_text: Any = "") -> forms.CharField:
    field = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, widget=field, max_length=LONGEST_NAME)


def _day(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, widget=picker, required=required)


class ProcessFilterForm(QueueForm):
    """Filters of the queue of legal processes."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *ProcessState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *ProcessKind.choices])


class DelayForm(forms.Form):
    """A new end of a delay, and why."""

    ground = forms.ChoiceField(label=_("Why the person is told later"), choices=DelayGround.choices)
    until = _day(_("The delay ends on"), _("Within a year. From this day on the person sees everything by itself."))
    delay = _text(_("Reason for the delay"), _("The order's number, or what is to be feared. It is encrypted."))

    def clean_until(self) -> date | None:
        """Return the day, if a delay may end on it."""
        day: date | None = self.cleaned_data["until"]
        _checked(check_delay, day, timezone.now())
        return day


class ReceiptForm(forms.Form):
    """What was served, by whom, about whom, and when the person is told."""

    subject = forms.CharField(
        label=_("Person"), max_length=254, help_text=_("The exact e-mail address, or the subject reference.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=ProcessKind.choices)
    authority = _name(_("Authority"), _("The court, police or other authority that demands the data."))
    number = _name(_("The authority's reference"))
    country = forms.CharField(
        label=_("Country"), min_length=2, max_length=2, help_text=_("By its two letters, as DE."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )  # fmt: skip
    received_on = _day(_("Received on"))
    due_on = _day(_("Due on"))
    document = forms.FileField(
        label=_("Document"), help_text=_("A PDF, PNG, JPEG or plain text of 10 MB at most. It is encrypted.")
    )
    ground = forms.ChoiceField(
        label=_("Notice to the person"), required=False, choices=[("", _("now")), *DelayGround.choices]
    )
    until = _day(_("The delay ends on"), _("Needed for a delay, within a year."), required=False)
    delay = _text(_("Reason for the delay"), required=False)

    def clean_subject(self) -> User:
        """Return the account; who files a process names the person, so that there is one is no secret to them."""
        found = find_subjects(self.cleaned_data["subject"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has exactly this address or reference."))
        return found

    def clean_country(self) -> str:
        """Return the letters as capitals."""
        country: str = self.cleaned_data["country"].upper()
        return country

    def clean_document(self) -> "UploadedFile[bytes]":
        """Return the file; of one that is too large no more is read than shows it."""
        file: UploadedFile[bytes] = self.cleaned_data["document"]
        _checked(check_document, file.read(LARGEST_DOCUMENT + 1))
        file.seek(0)
        return file

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if found.get("ground"):
            try:
                check_delay(found.get("until"), timezone.now())
            except CaseError as refusal:
                self.add_error("until", refusal.sentence)
            if not found.get("delay"):
                self.add_error("delay", _("Say why the person is told later."))
        return found


class ChallengeForm(forms.Form):
    """Why the process is challenged."""

    challenge = _text(_("Reason for the challenge"))


class SettleChallengeForm(forms.Form):
    """How the challenge ended."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=ChallengeOutcome.choices, widget=forms.RadioSelect)


class ScopeForm(forms.Form):
    """Of which data categories and days data is handed over."""

    categories = forms.MultipleChoiceField(label=_("Data categories"), widget=forms.CheckboxSelectMultiple)
    period_from = _day(_("From"))
    period_until = _day(_("Until"))
    scope = _text(_("The scope in words"), _("The person reads it once they are told."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.name, each.title) for each in data_categories()]
        self.fields["categories"].choices = choices  # type: ignore[attr-defined]


class ProduceForm(forms.Form):
    """What was handed over, to whom, and when."""

    production = _text(_("What was handed over"), _("The person reads it once they are told."))
    recipient = _name(_("To whom"))
    handed_on = _day(_("Handed over on"))
    file = forms.FileField(
        label=_("File"), required=False,
        help_text=_("Its digest is kept, and nothing else of it. Without a file the description's digest is kept."),
    )  # fmt: skip

    def clean_file(self) -> bytes | None:
        """Return the content of the file."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST_PRODUCTION:
            raise forms.ValidationError(_("The file is larger than 100 MB."))
        return file.read() if file is not None else None


class RejectForm(forms.Form):
    """Why there is no valid process."""

    rejection = _text(_("Why it is not valid"))
