"""Forms of human access: an answer, a search for items, an approval request, a decision, a review."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem, item_providers
from cases.forms import QueueForm

from .errors import InvalidError
from .grounds import RULES, Ground
from .models import STAFF_GROUNDS, ApprovalRequest, RequestedItem
from .selectors import list_not_agreed
from .states import ApprovalState, Finding
from .texts import ShownText

#: how long a page with a signed form may stay open before it must be loaded again
PAGE_LIFE = timedelta(hours=1)
_TEXT_SALT = "humanaccess.agreement"
_ITEM_SALT = "humanaccess.item"


def sign_text(approval_request: ApprovalRequest, user: User, shown: ShownText) -> str:
    """Return a token for the form, so that exactly the text that the page showed is stored with the answer."""
    return signing.dumps(
        {
            "ask": approval_request.reference,
            "user": user.reference,
            "text": shown.text,
            "version": shown.version,
            "language": shown.language,
            "shown_at": shown.shown_at.isoformat(),
        },
        salt=_TEXT_SALT,
        compress=True,
    )


def open_text(token: str, approval_request: ApprovalRequest, user: User) -> ShownText:
    """Return the text that the page showed; raises InvalidError for a token that is forged or expired."""
    try:
        found = signing.loads(token, salt=_TEXT_SALT, max_age=PAGE_LIFE)
    except signing.SignatureExpired:
        raise InvalidError(
            _("This page was open for more than an hour. Read it again, then answer."), field="text", rule="expired"
        ) from None
    except signing.BadSignature:
        found = {}
    shown_at = parse_datetime(found.get("shown_at", ""))
    if found.get("ask") != approval_request.reference or found.get("user") != user.reference or shown_at is None:
        raise InvalidError(
            _("This form does not belong to this page. Read the page, then answer."), field="text", rule="forged"
        )
    return ShownText(found["text"], found["version"], found["language"], shown_at)


def read_items(values: list[str]) -> set[UUID]:
    """Return the ticked items' ids; raises InvalidError for what is not an id."""
    try:
        return {UUID(value) for value in values}
    except ValueError:
        raise InvalidError(
            _("An item that you ticked is not part of this approval request."), field="items", rule="unknown"
        ) from None


@dataclass(frozen=True)
class OfferedItem:
    """One item as the request form offers it: `token` is signed, and posted when the item is ticked.

    `not_agreed` says that the user was asked for it, or for one beside it, and did not agree.
    """

    item: NamedItem
    token: str
    not_agreed: bool

    @property
    def field_id(self) -> str:
        """Return an id for its tick box."""
        return "item-" + hashlib.sha256(self.token.encode()).hexdigest()[:12]


def offer(asker: User, subject: User, items: Sequence[NamedItem]) -> list[OfferedItem]:
    """Return items with tokens that are valid for this asker, for an hour."""
    marked = {named for _row, named in list_not_agreed(subject.reference, [(item.kind, item.id) for item in items])}
    whose = {"asker": asker.reference, "subject": subject.reference}
    return [
        OfferedItem(
            item,
            signing.dumps(
                {**whose, "kind": item.kind, "id": str(item.id), "facts": item.facts}, salt=_ITEM_SALT, compress=True
            ),
            item.id in marked,
        )
        for item in items
    ]


def open_items(tokens: list[str], asker: User) -> tuple[str, list[NamedItem]]:
    """Return the subject's reference and the ticked items; raises InvalidError unless all were offered to this asker
    within the hour, and are one person's."""
    try:
        found = [signing.loads(token, salt=_ITEM_SALT, max_age=PAGE_LIFE) for token in tokens]
    except signing.BadSignature:
        found = [{}]
    if any(facts.get("asker") != asker.reference for facts in found):
        raise InvalidError(
            _("The list of items is damaged, too old or somebody else's. Search for the items again."),
            field="items",
            rule="forged",
        )
    subjects = {facts["subject"] for facts in found}
    if len(subjects) != 1:
        raise InvalidError(_("Name at least one item, all of one person."), field="items", rule="required")
    return subjects.pop(), [NamedItem(facts["kind"], UUID(facts["id"]), facts["facts"]) for facts in found]


class UtcField(forms.DateTimeField):
    """A time in UTC, as items show theirs, whatever the time zone of the person who types it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            found = super().to_python(value)
        try:
            # PostgreSQL takes no offset beyond ±15:59.
            return found and found.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


def _kinds() -> list[tuple[str, Any]]:
    return [(provider.kind, provider.title) for provider in item_providers()]


class FindItemsForm(forms.Form):
    """Whose items, of which kind, from when until when."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("The exact e-mail address, or the subject reference."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of item"), choices=_kinds)
    app = forms.UUIDField(
        label=gettext_lazy("App"), required=False, help_text=gettext_lazy("For log lines: which app's.")
    )
    start = UtcField(
        label=gettext_lazy("From (UTC)"),
        required=False,
        help_text=gettext_lazy("Log lines, commands and runs need a time from and until."),
    )
    end = UtcField(label=gettext_lazy("Until (UTC)"), required=False)


_HOURS = [
    (1, gettext_lazy("1 hour")),
    (4, gettext_lazy("4 hours")),
    (24, gettext_lazy("1 day")),
    (120, gettext_lazy("5 days")),
]


class ApprovalRequestForm(forms.Form):
    """On which ground, why, and for how long; only the choices that this asker's roles allow."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The user reads exactly this. Say what is wrong, and why only these items can tell."),
    )
    abuse_reference = forms.CharField(
        label=gettext_lazy("Bug or abuse report"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Needed on the security ground, as ABUSE-17."),
    )
    hours = forms.TypedChoiceField(label=gettext_lazy("Time for looking"), required=False, coerce=int, empty_value=None)

    def __init__(self, grounds: Sequence[Ground], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ground, hours = self.fields["ground"], self.fields["hours"]
        assert isinstance(ground, forms.ChoiceField)  # noqa: S101  declared above
        assert isinstance(hours, forms.ChoiceField)  # noqa: S101  declared above
        ground.choices = [(one.value, STAFF_GROUNDS[one]) for one in grounds]
        longest = max(RULES[one].window_max for one in grounds)
        offered = [(hour, name) for hour, name in _HOURS if timedelta(hours=hour) <= longest]
        hours.choices = [("", gettext_lazy("As usual on this ground")), *offered]
        if not any(RULES[one].needs_abuse_reference for one in grounds):
            del self.fields["abuse_reference"]


def _note() -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=gettext_lazy("Note"), max_length=1000, required=False, widget=area)


class ApprovalFilterForm(QueueForm):
    """Filters of the queue of approval requests."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("all")), *ApprovalState.choices]
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"), required=False, choices=[("", gettext_lazy("all")), *STAFF_GROUNDS.items()]
    )


class DeclineForm(forms.Form):
    """A second person's refusal."""

    note = _note()


class DecideForm(DeclineForm):
    """A second person's approval; `refused` are the items that the user did not agree to before, if any."""

    has_seen_refusal = forms.BooleanField(
        label=gettext_lazy("I have seen that the user did not agree to one of these items"), required=False
    )

    def __init__(self, *args: Any, refused: Sequence[RequestedItem] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not refused:
            del self.fields["has_seen_refusal"]
        else:
            named = [f"{item.title} ({item.approval_request.reference})" for item in refused]
            self.fields["has_seen_refusal"].help_text = "; ".join(named)


class ReviewForm(forms.Form):
    """What a review found."""

    finding = forms.ChoiceField(
        label=gettext_lazy("Finding"),
        choices=[
            (Finding.IN_ORDER.value, gettext_lazy("In order")),
            (Finding.CONCERN.value, gettext_lazy("A concern, to be followed up")),
        ],
    )
    note = _note()
