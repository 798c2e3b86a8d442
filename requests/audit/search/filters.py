"""The filter of entries that exports, the API and the pages share, read strictly from text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext as _, gettext_lazy

from audit.errors import FilterError
from audit.log import event_types, rfc3339, uuid7
from audit.log.actors import REFERENCE

#: a reference of a case
CASE = re.compile(r"[A-Z]{2}-[0-9]{4}-[0-9]{6}")
_ACTOR = re.compile(r"(user|staff|machine|anonymous):[0-9a-z_.-]{0,40}")
_OUTCOME = re.compile("ok|refused|failed")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_DATE.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: field → column of audit_entry that it must equal, the fewest matches first
COLUMN_OF = {"case": "case_ref", "subject": "subject", "outcome": "outcome", "actor": "actor", "event": "event"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Entries from `after` on and earlier than `before` that equal every other given field; empty fits all."""

    after: datetime | None = None
    before: datetime | None = None
    actor: str = ""
    event: str = ""
    subject: str = ""
    outcome: str = ""
    case: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str | None]) -> Self:
        """Read a filter from text, as a command, a query or a stored row gives it; empty values are ignored.

        Times are RFC 3339, or a date, which means its first instant; without a zone they are in UTC. Raises
        FilterError, which names every wrong field and its rule.
        """
        known = {field.name for field in fields(cls)}
        faults = {str(name): _("There is no such filter.") for name in given if name not in known}
        values: dict[str, Any] = {}
        for name, text in given.items():
            if name in known and text:
                try:
                    values[name] = READ[name](text)
                except ValueError as error:
                    faults[name] = str(error)
        if "after" in values and "before" in values and values["after"] >= values["before"]:
            faults["before"] = _("The end must be later than the beginning.")
        if faults:
            raise FilterError(faults)
        return cls(**values)

    def as_text(self) -> dict[str, str]:
        """Return the given fields as text, which manifests and rows keep and `parse` reads."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: rfc3339.write(value) if isinstance(value, datetime) else value
            for name, value in given.items()
            if value
        }

    def where(self, *, to_estimate: bool = False) -> tuple[str, list[Any]]:
        """Return SQL conditions on audit_entry as `e`, joined by AND (`true` for none), and their parameters.

        `to_estimate` omits the conditions that are exact to the microsecond: the planner assumes that conditions are
        independent, and would estimate a half of a half.
        """
        conditions, parameters = ["true"], list[Any]()
        for name, column in COLUMN_OF.items():
            if value := getattr(self, name):
                conditions.append(f"e.{column} = %s")
                parameters.append(value)
        # Ids begin with the time, and are the key of partitions and indexes.
        if self.after is not None:
            conditions.append("e.id >= %s")
            parameters.append(uuid7.lowest(self.after))
        if self.before is not None:
            conditions.append("e.id < %s")
            parameters.append(uuid7.lowest(self.before + _MILLISECOND))
        for sign, time in ((">=", self.after), ("<", self.before)):
            if time is not None and not to_estimate:
                conditions.append(f"e.time {sign} %s")
                parameters.append(time)
        return " AND ".join(conditions), parameters


def _read_time(text: str) -> datetime:
    rule = _("A time is written 2026-11-23T09:30:00Z, a date 2026-11-23.")
    if not (_DATE.fullmatch(text) or _TIME.fullmatch(text)):
        raise ValueError(rule)
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(rule) from None
    return check_time(at)


def check_time(at: datetime) -> datetime:
    """Return an aware instant that ids can express; raises ValueError with the rule for others."""
    if at < _EARLIEST or at > _LATEST:
        raise ValueError(_("A time lies between the years 1970 and 9998."))
    return at


def _read_event(text: str) -> str:
    if text not in event_types.names():
        raise ValueError(_("There is no such event."))
    return text


def _matching(pattern: re.Pattern[str], rule: Any) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(str(rule))
        return text

    return read


#: how each field is read from text; raises ValueError with the rule
READ: dict[str, Callable[[str], Any]] = {
    "after": _read_time,
    "before": _read_time,
    "actor": _matching(_ACTOR, gettext_lazy("An actor looks like staff:… or machine:…")),
    "event": _read_event,
    "subject": _matching(REFERENCE, gettext_lazy("A reference is 32 digits and letters a to f.")),
    "outcome": _matching(_OUTCOME, gettext_lazy("An outcome is ok, refused or failed.")),
    "case": _matching(CASE, gettext_lazy("A case looks like RR-2026-000123 or HA-2026-000123.")),
}
