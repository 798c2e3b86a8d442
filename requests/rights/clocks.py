"""Deadlines of rights requests, each with its derivation in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rights.regimes import ExtensionReason, PauseReason, Regime, Span
from rights.sentences import ClockError, Sentence, says

__all__ = [
    "DUE_SOON",
    "ClockError",
    "ClockState",
    "Deadline",
    "ExtensionReason",
    "Pause",
    "PauseReason",
    "Sentence",
    "days_left",
    "deadline",
    "extend",
    "standing",
    "state_of",
]

#: days left from which a deadline is due soon
DUE_SOON = 7


class ClockState(StrEnum):
    """How a deadline stands at some moment."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which the clock stands still; open while `ended_at` is None.

    Times are aware. `letter` is the reference of the letter that asked the user.
    """

    reason: PauseReason
    started_at: datetime
    ended_at: datetime | None
    letter: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a request is answered, why, and what it was worked out from.

    Dates are local to `zone`. `due_at` and `latest_extension_notice_at` are aware and the last microsecond
    of their day there; the latter is None where the regime knows no extension. `paused_since` is the start
    of a pause still open: its days are not yet in `due_on`. `derivation` ends with the due date.
    """

    regime: Regime
    country: str | None
    zone: str
    received_at: datetime
    received_on: date
    acknowledge_by: date | None
    due_on: date
    due_at: datetime
    latest_extension_notice_at: datetime | None
    extended_at: datetime | None
    extension_reason: ExtensionReason | None
    pauses: tuple[Pause, ...]
    paused_since: datetime | None
    derivation: tuple[Sentence, ...]


def deadline(
    regime: Regime,
    received_at: datetime,
    *,
    country: str | None = None,
    extended_at: datetime | None = None,
    extension_reason: ExtensionReason | str | None = None,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """Work out a deadline from what was recorded: receipt, the notice of extension, the pauses.

    Takes aware times of any zone; `country` is an ISO 3166 code such as `DE` or `GB-SCT`. Raises ClockError
    on a naive time, a country foreign to the regime, an extension or pause that the regime does not allow.
    """
    _need_aware("received_at", received_at)
    local = regime.localised(country)
    if local is None:
        refusal = says("refused.country", country=str(country), regime=regime.name)
        raise ClockError("country", refusal)
    reason = _allowed_extension(local, received_at, extended_at, extension_reason)
    ordered = _allowed_pauses(local, received_at, pauses)
    course = _Course(local, received_at, ordered, extended_at)
    course.refuse_late()

    said = [says("received", received_on=course.received_on, zone=local.zone)]
    first_due_on = course.first_due_on()
    if extended_at is not None:
        noticed_on = course.day(extended_at)
        said.append(says(f"extended.{reason}", notice_on=noticed_on, first_due_on=first_due_on))
    end_on = course.end(course.span, course.pauses, said)
    due_on = course.roll(end_on, said)
    acknowledge_by = None
    if local.acknowledge is not None:
        acknowledge_by = local.calendar.add_working(course.received_on, local.acknowledge)
        said.append(says("acknowledge", count=local.acknowledge, acknowledge_on=acknowledge_by))
    said.append(says("due", due_on=due_on, zone=local.zone))
    return Deadline(
        regime=regime,
        country=country,
        zone=local.zone,
        received_at=received_at,
        received_on=course.received_on,
        acknowledge_by=acknowledge_by,
        due_on=due_on,
        due_at=course.end_of(due_on),
        latest_extension_notice_at=course.end_of(first_due_on) if local.extended else None,
        extended_at=extended_at,
        extension_reason=reason,
        pauses=ordered,
        paused_since=next((pause.started_at for pause in ordered if pause.ended_at is None), None),
        derivation=tuple(said),
    )


def extend(current: Deadline, *, at: datetime, reason: ExtensionReason | str) -> Deadline:
    """Extend a deadline, once, by a notice sent at that aware time; raises ClockError when it may not be."""
    if current.extended_at is not None:
        extended_on = current.extended_at.astimezone(ZoneInfo(current.zone)).date()
        raise ClockError("extended_at", says("refused.extension.twice", extended_on=extended_on))
    return deadline(
        current.regime,
        current.received_at,
        country=current.country,
        extended_at=at,
        extension_reason=reason,
        pauses=current.pauses,
    )


def days_left(due_on: date, zone: str, at: datetime) -> int:
    """Return the days from an aware `at` to a due date, on the calendar of the regime's zone; negative once overdue.

    The only count of days in the project: lists, pages and filters that counted each by its own day would differ
    for some hours of each day.
    """
    _need_aware("at", at)
    return (due_on - at.astimezone(ZoneInfo(zone)).date()).days


def standing(left: int) -> ClockState:
    """Return how a deadline stands with so many days left."""
    if left < 0:
        return ClockState.OVERDUE
    return ClockState.DUE_SOON if left <= DUE_SOON else ClockState.ON_TIME


def state_of(deadline: Deadline, now: datetime) -> ClockState:
    """Return how a deadline stands at an aware `now`; while the clock is stopped, as it stood when it stopped."""
    _need_aware("now", now)
    return standing(days_left(deadline.due_on, deadline.zone, min(now, deadline.paused_since or now)))


@dataclass(frozen=True, slots=True)
class _Course:
    """The days of one request, counted in its regime's zone."""

    regime: Regime
    received_at: datetime
    pauses: tuple[Pause, ...]
    extended_at: datetime | None

    @property
    def received_on(self) -> date:
        return self.day(self.received_at)

    @property
    def span(self) -> Span:
        extended = self.regime.extended if self.extended_at is not None else None
        return extended or self.regime.answer

    def day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.regime.zone)).date()

    def end_of(self, day: date) -> datetime:
        zone = ZoneInfo(self.regime.zone)
        midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        return (midnight.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)

    def end(self, span: Span, pauses: Sequence[Pause], said: list[Sentence]) -> date:
        """Find the period's last day, paused days added, not yet moved to a working day."""
        end_on = span.after(self.received_on)
        short = span.unit == "months" and end_on.day != self.received_on.day
        code = f"period.{span.unit}.short" if short else f"period.{span.unit}"
        said.append(says(code, count=span.count, end_on=end_on, day=self.received_on.day))
        counted_to = self.received_on
        for pause in pauses:
            started_on = self.day(pause.started_at)
            if pause.ended_at is None:
                said.append(says(f"pausing.{pause.reason}", started_on=started_on))
                continue
            ended_on = self.day(pause.ended_at)
            # Pauses may overlap (identity and clarification are both awaited): a day is added once.
            count = max(0, (ended_on - max(started_on, counted_to)).days)
            counted_to = max(counted_to, ended_on)
            # Between a last day that is not worked and the working day that stands for it, the latter counts.
            base = self.roll(end_on, []) if started_on > end_on else end_on
            end_on = base + timedelta(days=count)
            said.append(
                says(
                    f"paused.{pause.reason}",
                    started_on=started_on,
                    ended_on=ended_on,
                    count=count,
                    end_on=end_on,
                )
            )
        return end_on

    def roll(self, end_on: date, said: list[Sentence]) -> date:
        """Keep that day, or take the next working day where the regime says so (Reg. 1182/71 art. 3(4))."""
        calendar = self.regime.calendar
        if not self.regime.rolls:
            return end_on
        if calendar.place is None:
            said.append(says("weekends_only"))
        due_on = end_on
        while not calendar.works(due_on):
            name = calendar.holiday(due_on)
            if due_on.weekday() in calendar.weekend or name is None:
                said.append(says("closed.weekend", closed_on=due_on))
            else:
                said.append(says("closed.holiday", closed_on=due_on, name=name, place=calendar.place or ""))
            due_on += timedelta(days=1)
        if due_on != end_on:
            said.append(says("rolled", end_on=due_on))
        return due_on

    def due_on(self, span: Span, pauses: Sequence[Pause]) -> date:
        return self.roll(self.end(span, pauses, []), [])

    def first_due_on(self) -> date:
        """Find the due date before any extension, by which its notice must be out."""
        return self.due_on(self.regime.answer, self._before(self.extended_at))

    def refuse_late(self) -> None:
        """Neither a pause nor an extension revives a period that had ended; a stopped clock has not."""
        for index, pause in enumerate(self.pauses):
            earlier = self.pauses[:index]
            extended = self.extended_at is not None and self.extended_at <= pause.started_at
            due_on = self.due_on(self.span if extended else self.regime.answer, earlier)
            if pause.started_at > self.end_of(due_on) and not _stopped(earlier):
                raise ClockError("pauses", says("refused.pause.late", due_on=due_on))
        if self.extended_at is not None:
            due_on = self.first_due_on()
            if self.extended_at > self.end_of(due_on) and not _stopped(self._before(self.extended_at)):
                raise ClockError("extended_at", says("refused.extension.late", due_on=due_on))

    def _before(self, at: datetime | None) -> tuple[Pause, ...]:
        return self.pauses if at is None else tuple(one for one in self.pauses if one.started_at < at)


def _stopped(pauses: Sequence[Pause]) -> bool:
    return any(pause.ended_at is None for pause in pauses)


def _allowed_extension(
    regime: Regime, received_at: datetime, at: datetime | None, reason: ExtensionReason | str | None
) -> ExtensionReason | None:
    if at is None and reason is None:
        return None
    if regime.extended is None:
        raise ClockError("extended_at", says("refused.extension.none", regime=regime.name))
    if at is None or reason not in tuple(ExtensionReason):
        raise ClockError("extension_reason", says("refused.extension.reason"))
    _need_aware("extended_at", at)
    if at < received_at:
        raise ClockError("extended_at", says("refused.extension.early"))
    return ExtensionReason(reason)


def _allowed_pauses(regime: Regime, received_at: datetime, pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    for pause in pauses:
        _need_aware("pauses", pause.started_at)
        if pause.reason not in regime.pauses:
            raise ClockError("pauses", says("refused.pause.none", regime=regime.name))
        if not pause.letter:
            raise ClockError("pauses", says("refused.pause.letter"))
        if pause.started_at < received_at:
            raise ClockError("pauses", says("refused.pause.early"))
        if pause.ended_at is not None:
            _need_aware("pauses", pause.ended_at)
            if pause.ended_at < pause.started_at:
                raise ClockError("pauses", says("refused.pause.order"))
    return tuple(sorted(pauses, key=lambda pause: pause.started_at))


def _need_aware(field: str, at: datetime) -> None:
    if at.utcoffset() is None:
        raise ClockError(field, says("refused.naive"))
