"""The filter of the log's page."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from datetime import timezone as dt_timezone
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from . import registry
from .filters import READ, check_time
from .lines import ACTORS, OUTCOMES
from .shown import zone_label
from .walks import Search


def _by(read: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Return the filter's own rule as a form's validator."""

    def check(value: Any) -> None:
        try:
            read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    return check


_LOCAL = "%Y-%m-%dT%H:%M:%S"
#: marks a time that was written without a zone; equal to UTC, and not the object that a written zone becomes
_NAIVE = dt_timezone(timedelta(0), "as written")


class _Plain:
    """Renders a widget as a string: Django's templates take longer for one list of events than a page for its rows."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002  Django's signature
        """Return the widget's HTML."""
        widget = self.get_context(name, value, attrs)["widget"]  # type: ignore[attr-defined]
        shown = {key: text for key, text in widget["attrs"].items() if text is not None and text is not False}
        written = format_html_join(
            "", ' {}="{}"', ((key, key if text is True else text) for key, text in shown.items())
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
        """Return nothing: `render` writes the choices itself."""
        return []


class LocalTime(_Plain, forms.DateTimeInput):
    """A browser's own field for a moment in the reader's time zone; a moment given with a zone is moved there."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "1"}, format=_LOCAL)

    def format_value(self, value: Any) -> str | None:
        """Return what the field shows."""
        if isinstance(value, str):
            try:
                given = parse_datetime(value)
                if given is not None and timezone.is_aware(given):
                    return timezone.localtime(given).strftime(_LOCAL)
            except (ValueError, OverflowError):
                return value
        return super().format_value(value)


class Edge(forms.DateTimeField):
    """An end of a range of time, in the reader's time zone.

    A local time that the clocks show twice, or skip, stands for two instants: `choose` is `min` for the beginning
    and `max` for the end, so that nothing of what was meant is left out.
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
    """Where a page begins: at the entries older or newer than an id, or at the oldest; else at the newest."""

    older = forms.UUIDField(required=False, widget=forms.HiddenInput)
    newer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    end = forms.ChoiceField(
        required=False, choices=[("", ""), ("oldest", "oldest")], widget=forms.HiddenInput, initial=""
    )

    #: says where a page begins, not what is looked for
    CURSORS = ("older", "newer", "end")

    def clean(self) -> dict[str, Any]:
        """Check that a page begins in one place."""
        found = super().clean() or {}
        if sum(bool(found.get(name)) for name in self.CURSORS) > 1:
            self.add_error(None, _("The address of this page is damaged. Start from the first page."))
        return found

    @property
    def cursor(self) -> dict[str, Any]:
        """Return where the page begins, as `selectors.find` takes it."""
        found = self.cleaned_data
        return {"older": found["older"], "newer": found["newer"], "oldest": found["end"] == "oldest"}


def read_cursor(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a timeline's page begins, from its address; a damaged one leads nowhere (Http404)."""
    form = Cursor(asked)
    if not form.is_valid():
        raise Http404
    return form.cursor


class LogFilter(Cursor):
    """Every field is matched exactly, by an index or within a budget; nothing scans free text."""

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
    after = Edge(choose=min, label=_("From"), required=False, widget=LocalTime, validators=[_by(check_time)])
    before = Edge(choose=max, label=_("Before"), required=False, widget=LocalTime, validators=[_by(check_time)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event = self.fields["event"]
        if isinstance(event, forms.ChoiceField):
            event.choices = [("", _("any")), *((name, name) for name in registry.names())]
        for name in ("after", "before"):
            self.fields[name].help_text = _("Your time: %(zone)s") % {"zone": zone_label()}

    def clean(self) -> dict[str, Any]:
        """Check what the fields say together."""
        found = super().clean()
        after, before = found.get("after"), found.get("before")
        if after and before and after >= before:
            self.add_error("before", _("This must be later than the beginning."))
        return found

    @property
    def wanted(self) -> Search:
        """Return what a valid form asks for."""
        return Search(**{name: value for name, value in self.cleaned_data.items() if name not in self.CURSORS})

    @property
    def asked(self) -> dict[str, str]:
        """Return what was asked for, as it was written, without the cursors."""
        return {
            name: self.data[name]
            for name in self.fields
            if name not in self.CURSORS and self.data.get(name, "").strip()
        }


class OpenForm(forms.Form):
    """Why something sealed is opened; for who is no member of staff also in which case of theirs."""

    reason = forms.CharField(label=_("Reason"), min_length=10, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    case = forms.CharField(label=_("Case"), validators=[_by(READ["case"])])

    def __init__(self, *args: Any, staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if staff:
            del self.fields["case"]
            self.fields["reason"].required = False
