"""Deadlines of rights requests, each with an explanation of how it was calculated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .explanations import DeadlineError, Explanation, explain
from .regimes import DateSpan, ExtensionReason, PauseReason, Regime

#: days left from which a deadline is due soon
DUE_SOON = 7


class DeadlineState(StrEnum):
    """The state of a deadline at some time."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time during which the period does not run; open while `ended_at` is None.

    Times are aware. `letter` is the reference of the letter that asked the user.
    """

    reason: PauseReason
    started_at: datetime
    ended_at: datetime | None
    letter: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a request must be answered, why, and what it was calculated from.

    Dates are local to `zone`. `due_at` and `latest_extension_notice_at` are aware and the last microsecond
    of their day there; the latter is None where the regime allows no extension. `paused_since` is the start
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
    derivation: tuple[Explanation, ...]


def deadline(
    regime: Regime,
    received_at: datetime,
    *,
    country: str | None = None,
    extended_at: datetime | None = None,
    extension_reason: ExtensionReason | str | None = None,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """Calculate a deadline from what was recorded: receipt, the notice of extension, the pauses.

    Takes aware times of any zone; `country` is an ISO 3166 code such as `DE` or `GB-SCT`. Raises DeadlineError
    for a naive time, a country outside the regime, an extension or pause that the regime does not allow.
    """
    _need_aware("received_at", received_at)
    local = regime.localised(country)
    if local is None:
        refusal = explain("refused.country", country=str(country), regime=regime.name)
        raise DeadlineError("country", refusal)
    reason = _allowed_extension(local, received_at, extended_at, extension_reason)
    ordered = _allowed_pauses(local, received_at, pauses)
    course = _Course(local, received_at, ordered, extended_at)
    course.refuse_late()

    derivation = [explain("received", received_on=course.received_on, zone=local.zone)]
    first_due_on = course.first_due_on()
    if extended_at is not None:
        noticed_on = course.day(extended_at)
        derivation.append(explain(f"extended.{reason}", notice_on=noticed_on, first_due_on=first_due_on))
    end_on = course.end(course.span, course.pauses, derivation)
    due_on = course.roll(end_on, derivation)
    acknowledge_by = None
    if local.acknowledge is not None:
        acknowledge_by = local.calendar.add_working(course.received_on, local.acknowledge)
        derivation.append(explain("acknowledge", count=local.acknowledge, acknowledge_on=acknowledge_by))
    derivation.append(explain("due", due_on=due_on, zone=local.zone))
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
        derivation=tuple(derivation),
    )


def extend(current: Deadline, *, at: datetime, reason: ExtensionReason | str) -> Deadline:
    """Extend a deadline, once, by a notice sent at that aware time; raises DeadlineError when it may not be."""
    if current.extended_at is not None:
        extended_on = current.extended_at.astimezone(ZoneInfo(current.zone)).date()
        raise DeadlineError("extended_at", explain("refused.extension.twice", extended_on=extended_on))
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


def standing(left: int) -> DeadlineState:
    """Return the state of a deadline with so many days left."""
    if left < 0:
        return DeadlineState.OVERDUE
    return DeadlineState.DUE_SOON if left <= DUE_SOON else DeadlineState.ON_TIME


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
    def span(self) -> DateSpan:
        extended = self.regime.extended if self.extended_at is not None else None
        return extended or self.regime.answer

    def day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.regime.zone)).date()

    def end_of(self, day: date) -> datetime:
        zone = ZoneInfo(self.regime.zone)
        midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        return (midnight.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)

    def end(self, span: DateSpan, pauses: Sequence[Pause], derivation: list[Explanation]) -> date:
        """Return the period's last day, paused days added, not yet moved to a working day."""
        end_on = span.after(self.received_on)
        short = span.unit == "months" and end_on.day != self.received_on.day
        code = f"period.{span.unit}.short" if short else f"period.{span.unit}"
        derivation.append(explain(code, count=span.count, end_on=end_on, day=self.received_on.day))
        counted_to = self.received_on
        for pause in pauses:
            started_on = self.day(pause.started_at)
            if pause.ended_at is None:
                derivation.append(explain(f"pausing.{pause.reason}", started_on=started_on))
                continue
            ended_on = self.day(pause.ended_at)
            # Pauses may overlap (identity and clarification are both awaited): a day is added once.
            count = max(0, (ended_on - max(started_on, counted_to)).days)
            counted_to = max(counted_to, ended_on)
            # A pause that starts between a last day that is no working day and the working day in its place counts from
            # the latter.
            base = self.roll(end_on, []) if started_on > end_on else end_on
            end_on = base + timedelta(days=count)
            derivation.append(
                explain(
                    f"paused.{pause.reason}",
                    started_on=started_on,
                    ended_on=ended_on,
                    count=count,
                    end_on=end_on,
                )
            )
        return end_on

    def roll(self, end_on: date, derivation: list[Explanation]) -> date:
        """Return that day, or the next working day where the regime says so (Reg. 1182/71 art. 3(4))."""
        calendar = self.regime.calendar
        if not self.regime.rolls:
            return end_on
        if calendar.place is None:
            derivation.append(explain("weekends_only"))
        due_on = end_on
        while not calendar.works(due_on):
            name = calendar.holiday(due_on)
            if due_on.weekday() in calendar.weekend or name is None:
                derivation.append(explain("closed.weekend", closed_on=due_on))
            else:
                derivation.append(explain("closed.holiday", closed_on=due_on, name=name, place=calendar.place or ""))
            due_on += timedelta(days=1)
        if due_on != end_on:
            derivation.append(explain("rolled", end_on=due_on))
        return due_on

    def due_on(self, span: DateSpan, pauses: Sequence[Pause]) -> date:
        return self.roll(self.end(span, pauses, []), [])

    def first_due_on(self) -> date:
        """Return the due date before any extension, by which its notice must be sent."""
        return self.due_on(self.regime.answer, self._before(self.extended_at))

    def refuse_late(self) -> None:
        """Refuse a pause or an extension after the period had ended; a paused period has not."""
        for index, pause in enumerate(self.pauses):
            earlier = self.pauses[:index]
            extended = self.extended_at is not None and self.extended_at <= pause.started_at
            due_on = self.due_on(self.span if extended else self.regime.answer, earlier)
            if pause.started_at > self.end_of(due_on) and not _stopped(earlier):
                raise DeadlineError("pauses", explain("refused.pause.late", due_on=due_on))
        if self.extended_at is not None:
            due_on = self.first_due_on()
            if self.extended_at > self.end_of(due_on) and not _stopped(self._before(self.extended_at)):
                raise DeadlineError("extended_at", explain("refused.extension.late", due_on=due_on))

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
        raise DeadlineError("extended_at", explain("refused.extension.none", regime=regime.name))
    if at is None or reason not in tuple(ExtensionReason):
        raise DeadlineError("extension_reason", explain("refused.extension.reason"))
    _need_aware("extended_at", at)
    if at < received_at:
        raise DeadlineError("extended_at", explain("refused.extension.early"))
    return ExtensionReason(reason)


def _allowed_pauses(regime: Regime, received_at: datetime, pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    for pause in pauses:
        _need_aware("pauses", pause.started_at)
        if pause.reason not in regime.pauses:
            raise DeadlineError("pauses", explain("refused.pause.none", regime=regime.name))
        if not pause.letter:
            raise DeadlineError("pauses", explain("refused.pause.letter"))
        if pause.started_at < received_at:
            raise DeadlineError("pauses", explain("refused.pause.early"))
        if pause.ended_at is not None:
            _need_aware("pauses", pause.ended_at)
            if pause.ended_at < pause.started_at:
                raise DeadlineError("pauses", explain("refused.pause.order"))
    return tuple(sorted(pauses, key=lambda pause: pause.started_at))


def _need_aware(field: str, at: datetime) -> None:
    if at.utcoffset() is None:
        raise DeadlineError(field, explain("refused.naive"))
