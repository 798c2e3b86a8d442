"""The forms of the log's pages: the filter, the cursor of a page, the reason of a disclosure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone as dt_timezone
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy as _

from audit.log import event_types
from audit.search.entries import ACTORS, OUTCOMES, event_title
from audit.search.filters import READ, check_time
from audit.search.queries import Search
from core.foreign_text import visible_length
from core.moments import time_zone


def _by(read: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Return a parser of the filter as a form's validator."""

    def check(value: Any) -> None:
        try:
            read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    return check


def event_choices() -> list[tuple[str, str]]:
    """Return every event with its title and its name, by title."""
    return _titled(tuple(event_types.names()), get_language())


@lru_cache(maxsize=32)
def _titled(names: tuple[str, ...], _language: str | None) -> list[tuple[str, str]]:
    return sorted(((name, f"{event_title(name)} ({name})") for name in names), key=itemgetter(1))


_LOCAL = "%Y-%m-%dT%H:%M:%S"
#: marks a time that was written without an offset: equal to UTC, but another object than a parsed offset
_NAIVE = dt_timezone(timedelta(0), "as written")


class _Plain:
    """Renders a widget without a template: Django's take longer for one list of events than the page for its rows."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002  Django's signature
        widget = self.get_context(name, value, attrs)["widget"]  # type: ignore[attr-defined]
        attributes = {key: text for key, text in widget["attrs"].items() if text is not None and text is not False}
        written = format_html_join(
            "", ' {}="{}"', ((key, key if text is True else text) for key, text in attributes.items())
        )
        if "optgroups" not in widget:
            return format_html(
                '<input type="{}" name="{}" value="{}"{}>', widget["type"], name, widget["value"] or "", written
            )
        chosen = set(widget["value"])
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (each, mark_safe(" selected") if str(each) in chosen else "", label)
                for each, label in self.choices  # type: ignore[attr-defined]
            ),
        )
        return format_html('<select name="{}"{}>{}</select>', name, written, options)


class PlainInput(_Plain, forms.TextInput):
    """A text field."""


class PlainSelect(_Plain, forms.Select):
    """A list to choose one of."""

    def optgroups(self, _name: str, _value: Any, _attrs: Any = None) -> list[Any]:
        return []


class LocalTime(_Plain, forms.DateTimeInput):
    """A `datetime-local` field in the reader's time zone; a value with an offset is converted to it."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "1"}, format=_LOCAL)

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, str):
            try:
                given = parse_datetime(value)
                if given is not None and timezone.is_aware(given):
                    return timezone.localtime(given).strftime(_LOCAL)
            except (ValueError, OverflowError):
                return value
        return super().format_value(value)


class PeriodEdge(forms.DateTimeField):
    """An end of a time range, in the reader's time zone.

    A local time that occurs twice or never when clocks change stands for two instants: `choose` is `min` for the
    beginning and `max` for the end, so that the range covers both.
    """

    def __init__(self, *, choose: Callable[[datetime, datetime], datetime], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._choose = choose

    def to_python(self, value: Any) -> datetime | None:
        zone = timezone.get_current_timezone()
        with timezone.override(_NAIVE):
            found: datetime | None = super().to_python(value)
        if found is None:
            return None
        try:
            if found.tzinfo is not _NAIVE:
                return found.astimezone(UTC)
            both = (found.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
            return self._choose(*both)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class Cursor(forms.Form):
    """Where a page begins: older or newer than an id, at the oldest, else at the newest entry."""

    older = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    end = forms.ChoiceField(
        required=False, choices=[("", ""), ("oldest", "oldest")], widget=forms.HiddenInput, initial=""
    )

    CURSORS = ("older", "newer", "end")

    def clean(self) -> dict[str, Any]:
        """Allow one cursor; the field of a damaged one is hidden, so that the form says it."""
        found = super().clean() or {}
        if self.errors.keys() & {*self.CURSORS} or sum(bool(found.get(name)) for name in self.CURSORS) > 1:
            self.add_error(None, _("The address of this page is damaged. Start from the first page."))
        return found

    @property
    def cursor(self) -> dict[str, Any]:
        """Return the cursor as `selectors.find` takes it."""
        found = self.cleaned_data
        return {"older": found["older"], "newer": found["newer"], "oldest": found["end"] == "oldest"}


def read_cursor(criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cursor of a timeline's page; raises Http404 for a damaged one."""
    form = Cursor(criteria)
    if not form.is_valid():
        raise Http404
    return form.cursor


class LogFilter(Cursor):
    """Every field is matched exactly, by an index or within the scan limit; free text is never searched."""

    case = forms.CharField(label=_("Case"), required=False, validators=[_by(READ["case"])], widget=PlainInput)
    subject = forms.CharField(
        label=_("Subject reference"), required=False, validators=[_by(READ["subject"])], widget=PlainInput
    )
    actor = forms.CharField(label=_("Actor"), required=False, validators=[_by(READ["actor"])], widget=PlainInput)
    kind = forms.ChoiceField(
        label=_("By whom"), required=False, widget=PlainSelect, choices=[("", _("any")), *ACTORS.items()]
    )
    event = forms.ChoiceField(label=_("Event"), required=False, widget=PlainSelect)
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, widget=PlainSelect, choices=[("", _("any")), *OUTCOMES.items()]
    )
    routine = forms.ChoiceField(
        required=False, choices=[("", ""), ("shown", "shown")], widget=forms.HiddenInput, initial=""
    )
    after = PeriodEdge(choose=min, label=_("From"), required=False, widget=LocalTime, validators=[_by(check_time)])
    before = PeriodEdge(choose=max, label=_("Before"), required=False, widget=LocalTime, validators=[_by(check_time)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event = self.fields["event"]
        if isinstance(event, forms.ChoiceField):
            event.choices = [("", _("any")), *event_choices()]
        for name in {"after", "before"} & self.fields.keys():
            self.fields[name].help_text = _("Your time: %(zone)s") % {"zone": time_zone()}

    def clean(self) -> dict[str, Any]:
        """Check that the time range is not empty."""
        found = super().clean()
        after, before = found.get("after"), found.get("before")
        if after and before and after >= before:
            self.add_error("before", _("This must be later than the beginning."))
        return found

    @property
    def may_hold_routine(self) -> bool:
        """Return whether machines' routine may be among what was asked for: it is about nobody, and always "ok"."""
        asked = self.cleaned_data
        others = (asked["case"], asked["subject"], asked["event"])
        by_machine = asked["kind"] in {"", "machine"} and asked["actor"].partition(":")[0] in {"", "machine"}
        return by_machine and asked["outcome"] in {"", "ok"} and not any(others)

    @property
    def hides_routine(self) -> bool:
        """Return whether machines' routine is left out."""
        return self.may_hold_routine and not self.cleaned_data["routine"]

    @property
    def wanted(self) -> Search:
        """Return the query of a valid form."""
        others = {"routine", *self.CURSORS}
        return Search(
            **{name: value for name, value in self.cleaned_data.items() if name not in others},
            without=event_types.routine_names() if self.hides_routine else (),
        )

    @property
    def criteria(self) -> dict[str, str]:
        """Return the fields that were filled in, as they were written, without the cursors."""
        return {
            name: self.data[name]
            for name in self.fields
            if name not in self.CURSORS and self.data.get(name, "").strip()
        }


#: in characters
SHORTEST_REASON, LONGEST_REASON = 10, 500


class OpenForm(forms.Form):
    """Why something encrypted is disclosed; of a user who is not staff also in which case of theirs."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    case = forms.CharField(label=_("Case"), validators=[_by(READ["case"])])

    def __init__(self, *args: Any, staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if staff:
            del self.fields["case"]
            self.fields["reason"].required = False

    def clean_reason(self) -> str:
        """Return the reason; characters that nobody sees do not count."""
        reason: str = self.cleaned_data["reason"]
        if reason and visible_length(reason) < SHORTEST_REASON:
            raise forms.ValidationError(
                _("Say why in %(shortest)s to %(longest)s characters.")
                % {"shortest": SHORTEST_REASON, "longest": LONGEST_REASON}
            )
        return reason
