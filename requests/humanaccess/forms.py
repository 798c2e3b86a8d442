"""Forms of human access: an answer, the items that a request may name, a decision, a review."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core import signing
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime, parse_duration
from django.utils.duration import duration_string
from django.utils.translation import gettext as _, gettext_lazy

from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem
from cases.forms import QueueForm

from .aggregates import QUERIES, weeks_of
from .errors import InvalidError
from .grounds import SHORTER
from .models import STAFF_GROUNDS, ApprovalRequest
from .selectors import list_not_agreed
from .states import ApprovalState, Finding, FollowUpKind
from .texts import ShownText, render_duration

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
    whose = {"asker": asker.reference, "subject": subject.reference}
    tokens = [
        signing.dumps(
            {**whose, "kind": item.kind, "id": str(item.id), "facts": item.facts}, salt=_ITEM_SALT, compress=True
        )
        for item in items
    ]
    return _marked(subject, items, tokens)


def offer_again(asker: User, subject: User | None, tokens: Sequence[str]) -> list[OfferedItem]:
    """Return the items of tokens that were offered before, each once; their hour goes on. Raises like `open_items`."""
    reference, items = open_items(tokens, asker)
    if subject is None or reference != subject.reference:
        raise InvalidError(
            _("The items that you ticked are another person's. Search for the items again."),
            field="items",
            rule="person",
        )
    once = {(item.kind, item.id): (item, token) for item, token in zip(items, tokens, strict=True)}
    return _marked(subject, *zip(*once.values(), strict=True))


def _marked(subject: User, items: Sequence[NamedItem], tokens: Sequence[str]) -> list[OfferedItem]:
    marked = {named for _row, named in list_not_agreed(subject.reference, [(item.kind, item.id) for item in items])}
    return [OfferedItem(item, token, item.id in marked) for item, token in zip(items, tokens, strict=True)]


def open_items(tokens: Sequence[str], asker: User) -> tuple[str, list[NamedItem]]:
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
    """A second person's approval, of access that was requested for `window`; `has_refused` says that the user did not
    agree to one of these items before."""

    window = forms.TypedChoiceField(
        label=gettext_lazy("Access lasts"), coerce=parse_duration, required=False, empty_value=None
    )
    has_seen_refusal = forms.BooleanField(
        label=gettext_lazy("I have seen that the user did not agree to one of these items"), required=False
    )

    def __init__(self, *args: Any, window: timedelta, has_refused: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["window", "note", "has_seen_refusal"])
        field = cast("forms.TypedChoiceField", self.fields["window"])
        field.choices, field.initial = duration_choices(window), duration_string(window)
        field.help_text = _("As long as was asked for, or shorter. The shortest that anybody chose holds.")
        field.error_messages["invalid_choice"] = _("Choose a time of the list: nobody makes it longer than was asked.")
        if not has_refused:
            del self.fields["has_seen_refusal"]


def duration_choices(longest: timedelta) -> list[tuple[str, str]]:
    """Return the durations that whoever decides may choose: the one that was requested, and shorter ones."""
    shorter = [found for minutes in SHORTER if (found := timedelta(minutes=minutes)) < longest]
    return [(duration_string(found), render_duration(found)) for found in (*shorter, longest)]


class ReviewForm(forms.Form):
    """What a review found."""

    finding = forms.ChoiceField(
        label=gettext_lazy("Finding"),
        choices=[
            ("", "—"),
            (Finding.IN_ORDER.value, gettext_lazy("In order")),
            (Finding.CONCERN.value, gettext_lazy("A concern, to be followed up")),
        ],
    )
    note = _note()
    follow_up = forms.ChoiceField(
        label=gettext_lazy("What is to follow"),
        required=False,
        choices=[("", "—"), *FollowUpKind.choices],
        help_text=gettext_lazy("With a concern these three are needed; a privacy officer settles it then."),
    )
    todo = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    due_on = forms.DateField(
        label=gettext_lazy("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class SettleForm(forms.Form):
    """What was done about a concern."""

    outcome = forms.CharField(
        label=gettext_lazy("What was done"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RunReviewForm(forms.Form):
    """What an auditor found of a run."""

    finding = forms.ChoiceField(label=gettext_lazy("Finding"), choices=[("", "—"), *Finding.choices])


def _week_choices() -> list[tuple[str, str]]:
    longest = max(query.days for query in QUERIES.values())
    return [(week.isoformat(), name_week(week)) for week in weeks_of(longest, timezone.now())]


def name_week(week: date) -> str:
    """Return a week by its Monday and Sunday."""
    days = {"first": formats.date_format(week), "last": formats.date_format(week + timedelta(days=6))}
    return _("%(first)s to %(last)s") % days


class AggregateForm(forms.Form):
    """Which query, on which week: nothing else can be chosen."""

    query = forms.ChoiceField(
        label=gettext_lazy("Query"), choices=[(query.name, query.title) for query in QUERIES.values()]
    )
    week = forms.TypedChoiceField(
        label=gettext_lazy("Week"),
        choices=_week_choices,
        coerce=date.fromisoformat,
        error_messages={"invalid_choice": gettext_lazy("Choose a week of the list: others are not answered.")},
    )
