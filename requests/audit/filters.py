"""Which entries: the one filter that exports, the API and the pages share, read strictly from text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.utils.translation import gettext as _

from . import ids, registry, times
from .erasure import REFERENCE
from .errors import FilterError

CASE = re.compile(r"[A-Z]{2}-[0-9]{4}-[0-9]{6}")
ACTOR = re.compile(r"(user|staff|machine|anonymous):[0-9a-z_.-]{0,40}")
OUTCOMES = ("ok", "refused", "failed")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(_DATE.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
#: conditions on the columns of audit_entry, each an exact match
_COLUMNS = {"actor": "actor", "event": "event", "subject": "subject", "outcome": "outcome", "case": "case_ref"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Entries from `after` on and earlier than `before`, that fit every other given field exactly; empty fits all."""

    after: datetime | None = None
    before: datetime | None = None
    actor: str = ""
    event: str = ""
    subject: str = ""
    outcome: str = ""
    case: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str | None]) -> Self:
        """Read a filter from text, as a command, a query or a stored row gives it; empty values count as not given.

        Times are RFC 3339, or a date, which means its first instant; without a zone they are in UTC. Raises
        FilterError, which names every field that is wrong and its rule.
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
        """Return the given fields as text, which `parse` reads again: what manifests and rows hold."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: times.write(value) if isinstance(value, datetime) else value for name, value in given.items() if value
        }

    def where(self, *, to_estimate: bool = False) -> tuple[str, list[Any]]:
        """Return SQL conditions on audit_entry as `e`, joined by AND (`true` for none), and their parameters.

        `to_estimate` leaves out what sharpens times from the millisecond to the microsecond: the planner takes two
        conditions for independent, and would halve a half.
        """
        conditions, parameters = ["true"], list[Any]()
        for name, column in _COLUMNS.items():
            if value := getattr(self, name):
                conditions.append(f"e.{column} = %s")
                parameters.append(value)
        # Ids rise with time, and are what partitions and indexes go by.
        if self.after is not None:
            conditions.append("e.id >= %s")
            parameters.append(ids.lowest(self.after))
        if self.before is not None:
            conditions.append("e.id < %s")
            parameters.append(ids.lowest(self.before + _MILLISECOND))
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
    """Return an aware instant that ids can express; raises ValueError with the rule for another."""
    if at < _EARLIEST or at > _LATEST:
        raise ValueError(_("A time lies between the years 1970 and 9998."))
    return at


def _read_event(text: str) -> str:
    if text not in registry.names():
        raise ValueError(_("There is no such event."))
    return text


def _read_outcome(text: str) -> str:
    if text not in OUTCOMES:
        raise ValueError(_("An outcome is ok, refused or failed."))
    return text


def _read_actor(text: str) -> str:
    if not ACTOR.fullmatch(text):
        raise ValueError(_("An actor looks like staff:… or machine:…"))
    return text


def _read_subject(text: str) -> str:
    if not REFERENCE.fullmatch(text):
        raise ValueError(_("A reference is 32 digits and letters a to f."))
    return text


def _read_case(text: str) -> str:
    if not CASE.fullmatch(text):
        raise ValueError(_("A case looks like RR-2026-000123 or HA-2026-000123."))
    return text


#: how each field is read from text; raises ValueError with the rule
READ = {
    "after": _read_time,
    "before": _read_time,
    "actor": _read_actor,
    "event": _read_event,
    "subject": _read_subject,
    "outcome": _read_outcome,
    "case": _read_case,
}
