"""Deadlines: the regimes' rules, by literal tables and by refusals."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from rights.deadlines.calculate import Deadline, DeadlineState, Pause, days_left, deadline, extend, standing
from rights.deadlines.explanations import EXPLANATIONS, DeadlineError, Explanation
from rights.deadlines.regimes import (
    ADGM,
    CALIFORNIA,
    EU,
    EU_ZONES,
    POLICY,
    REGIMES,
    UAE,
    UK,
    Calendar,
    DateSpan,
    ExtensionReason,
    PauseReason,
    Regime,
)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def on(day: str) -> date:
    return date.fromisoformat(day)


def codes(one: Deadline) -> list[str]:
    return [sentence.code for sentence in one.derivation]


def texts(one: Deadline) -> list[str]:
    return [sentence.text() for sentence in one.derivation]


def identity_pause(start: str, end: str | None) -> Pause:
    return Pause(PauseReason.IDENTITY, noon(start), noon(end) if end else None, letter="L-1")


def clarification_pause(start: str, end: str | None) -> Pause:
    return Pause(PauseReason.CLARIFICATION, noon(start), noon(end) if end else None, letter="L-2")


# --- the table that the rules were agreed by ---


@pytest.mark.parametrize(
    ("received", "country", "due", "because"),
    [
        ("2026-01-31", None, "2026-03-02", ["no day 31", "Sat 2026-02-28 falls on the weekend"]),
        (
            "2026-03-05",
            "DE",
            "2026-04-07",
            ["Sun 2026-04-05 falls on the weekend", "Mon 2026-04-06 is a public holiday (Easter Monday, DE)"],
        ),
        ("2026-08-31", None, "2026-09-30", ["no day 31"]),
        ("2026-09-03", None, "2026-10-05", ["Sat 2026-10-03 falls on the weekend"]),
        ("2026-11-23", None, "2026-12-23", ["One month from receipt ends on Wed 2026-12-23"]),
    ],
)
def test_the_agreed_table(received: str, country: str | None, due: str, because: list[str]) -> None:
    result = deadline(EU, noon(received), country=country)
    assert result.due_on == on(due)
    told = "\n".join(texts(result))
    for part in because:
        assert part in told


def test_the_whole_derivation_reads_as_prose() -> None:
    assert texts(deadline(EU, noon("2026-01-31"))) == [
        "Received on Sat 2026-01-31 (Europe/Brussels); the day of receipt does not count.",
        "One month from receipt: the month has no day 31, so the period ends on its last, Sat 2026-02-28.",
        "The country is not known, so weekends are skipped and public holidays are not.",
        "Sat 2026-02-28 falls on the weekend.",
        "Sun 2026-03-01 falls on the weekend.",
        "The period therefore ends on the next working day, Mon 2026-03-02.",
        "To be answered by the end of Mon 2026-03-02 (Europe/Brussels).",
    ]


# --- months, leap years ---


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2028-01-29", "2028-02-29"),
        ("2028-01-31", "2028-02-29"),
        ("2027-01-29", "2027-03-01"),  # 28 February 2027 is a Sunday
        ("2028-02-29", "2028-03-29"),
        ("2026-12-31", "2027-02-01"),  # 31 January 2027 is a Sunday
        ("2026-04-30", "2026-06-01"),  # the 30th of May, a Saturday, not the month's last day
    ],
)
def test_month_ends_and_leap_years(received: str, due: str) -> None:
    assert deadline(EU, noon(received)).due_on == on(due)


def test_unknown_country_knows_no_holidays_and_a_known_one_does() -> None:
    christmas = noon("2026-11-25")
    assert deadline(EU, christmas).due_on == on("2026-12-25")
    assert deadline(EU, christmas, country="DE").due_on == on("2026-12-28")
    assert "weekends_only" in codes(deadline(EU, christmas))
    assert "weekends_only" not in codes(deadline(EU, christmas, country="DE"))


def test_regional_holidays_count_for_a_region() -> None:
    received = noon("2027-12-06")
    assert deadline(EU, received, country="DE").due_on == on("2028-01-06")
    assert deadline(EU, received, country="DE-BY").due_on == on("2028-01-07")
    assert deadline(EU, received, country="de-by").due_on == on("2028-01-07")


@pytest.mark.parametrize("country", sorted(EU_ZONES))
def test_every_country_of_the_union_has_a_calendar_and_a_zone(country: str) -> None:
    result = deadline(EU, noon("2026-11-25"), country=country)
    assert result.due_on > on("2026-12-25")
    assert result.due_at.tzinfo == ZoneInfo(EU_ZONES[country])


# --- zones and changes of the clock ---


def test_late_evening_utc_is_the_next_day_in_dubai() -> None:
    received = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)
    assert deadline(POLICY, received).received_on == on("2026-06-10")
    assert deadline(POLICY, received).due_on == on("2026-07-10")
    assert deadline(UK, received).received_on == on("2026-06-10")  # summer time: 00:30
    assert deadline(CALIFORNIA, received).received_on == on("2026-06-09")


def test_the_zone_of_the_given_time_does_not_matter() -> None:
    received = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)
    elsewhere = received.astimezone(timezone(timedelta(hours=-9)))
    assert deadline(EU, received).due_at == deadline(EU, elsewhere).due_at


def test_receipt_around_local_midnight_on_the_day_summer_time_begins() -> None:
    # Berlin goes from +1 to +2 on 29 March 2026: midnight of the 30th is 22:00 UTC.
    before = deadline(EU, datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), country="DE")
    after = deadline(EU, datetime(2026, 3, 29, 22, 0, tzinfo=UTC), country="DE")
    assert (before.received_on, after.received_on) == (on("2026-03-29"), on("2026-03-30"))


@pytest.mark.parametrize(
    ("received", "due_at"),
    [
        ("2026-02-27", "2026-03-27T22:59:59.999999+00:00"),  # winter in Brussels
        ("2026-03-02", "2026-04-02T21:59:59.999999+00:00"),  # received in winter, due in summer
        ("2026-10-02", "2026-11-02T22:59:59.999999+00:00"),
    ],
)
def test_due_at_is_the_end_of_the_local_day(received: str, due_at: str) -> None:
    result = deadline(EU, noon(received))
    assert result.due_at == datetime.fromisoformat(due_at)
    assert result.due_at.date() == result.due_on


def test_the_day_on_which_clocks_go_back_ends_at_its_own_midnight() -> None:
    # California does not roll: due on Sunday 1 November 2026, a day of 25 hours.
    result = deadline(CALIFORNIA, noon("2026-09-17"))
    assert result.due_on == on("2026-11-01")
    assert result.due_at == datetime(2026, 11, 2, 8, 0, tzinfo=UTC) - timedelta(microseconds=1)


# --- each regime ---


@pytest.mark.parametrize(
    ("regime", "received", "acknowledge_by", "due", "notice"),
    [
        (EU, "2026-06-10", None, "2026-07-10", "2026-07-10"),
        (UK, "2026-06-10", None, "2026-07-10", "2026-07-10"),
        (UK, "2026-11-25", None, "2026-12-29", "2026-12-29"),  # Boxing Day is observed on the 28th
        (CALIFORNIA, "2026-06-10", "2026-06-25", "2026-07-25", "2026-07-25"),  # Juneteenth; a Saturday stays
        (UAE, "2026-06-10", None, "2026-07-10", None),
        (UAE, "2026-11-02", None, "2026-12-04", None),  # National Day, 2 and 3 December
        (ADGM, "2026-06-10", None, "2026-08-10", "2026-08-10"),
        (ADGM, "2026-12-31", None, "2027-03-01", "2027-03-01"),  # no 31 February, and the 28th is a Sunday
        (POLICY, "2026-06-10", "2026-06-16", "2026-07-10", "2026-07-10"),  # the 15th: Islamic New Year
        (POLICY, "2026-06-04", "2026-06-09", "2026-07-06", "2026-07-06"),
    ],
)
def test_each_regime(regime: Regime, received: str, acknowledge_by: str | None, due: str, notice: str | None) -> None:
    result = deadline(regime, noon(received))
    assert result.acknowledge_by == (on(acknowledge_by) if acknowledge_by else None)
    assert result.due_on == on(due)
    noticed = result.latest_extension_notice_at
    assert (noticed and noticed.date()) == (on(notice) if notice else None)


def test_the_list_of_regimes() -> None:
    assert list(REGIMES) == ["eu", "uk", "california", "uae", "adgm", "policy"]
    assert all(regime.code == code for code, regime in REGIMES.items())


def test_a_scottish_holiday_counts_in_scotland_only() -> None:
    received = noon("2026-10-30")  # due on St Andrew's Day
    assert deadline(UK, received).due_on == on("2026-11-30")
    assert deadline(UK, received, country="GB").due_on == on("2026-11-30")
    assert deadline(UK, received, country="GB-SCT").due_on == on("2026-12-01")


@pytest.mark.parametrize(
    ("regime", "country"),
    [(POLICY, "AE"), (UAE, "AE"), (CALIFORNIA, "US"), (CALIFORNIA, "US-CA"), (UK, "GB-ENG")],
)
def test_naming_the_regimes_own_place_changes_nothing(regime: Regime, country: str) -> None:
    received = noon("2026-11-02")
    named, unnamed = deadline(regime, received, country=country), deadline(regime, received)
    assert (named.due_at, named.acknowledge_by, named.derivation) == (
        unnamed.due_at,
        unnamed.acknowledge_by,
        unnamed.derivation,
    )


def test_operators_reading_of_the_uae_time_is_a_setting() -> None:
    counsel = replace(UAE, answer=DateSpan(2, "months"), extended=DateSpan(3, "months"), rolls=False)
    result = deadline(counsel, noon("2026-06-13"))
    assert result.due_on == on("2026-08-13")
    assert extend(result, at=noon("2026-08-01"), reason="number").due_on == on("2026-09-13")


def test_the_working_calendar_is_a_setting() -> None:
    friday_and_saturday = replace(POLICY, calendar=Calendar(place="AE", weekend=frozenset({4, 5})))
    result = deadline(friday_and_saturday, noon("2026-06-10"))
    assert result.due_on == on("2026-07-12")  # the 10th of July is a Friday
    assert deadline(POLICY, noon("2026-06-11")).due_on == on("2026-07-13")  # and the 11th a Saturday


def test_an_estimated_feast_postpones_nothing() -> None:
    # The feast of March 2027 waits for the moon; 9 March is a Tuesday.
    assert deadline(UAE, noon("2027-02-09")).due_on == on("2027-03-09")


# --- extension ---


@pytest.mark.parametrize(
    ("regime", "received", "noticed", "due"),
    [
        (EU, "2026-06-10", "2026-07-10", "2026-09-10"),
        (EU, "2026-01-31", "2026-03-02", "2026-04-30"),  # three months from receipt, not two from 2 March
        (EU, "2026-11-30", "2026-12-01", "2027-03-01"),  # 28 February 2027 is a Sunday
        (UK, "2026-06-10", "2026-06-11", "2026-09-10"),
        (CALIFORNIA, "2026-06-10", "2026-07-25", "2026-09-08"),
        (ADGM, "2026-06-10", "2026-08-10", "2026-09-10"),
        (POLICY, "2026-06-10", "2026-06-10", "2026-09-10"),
    ],
)
def test_extension_counts_from_receipt(regime: Regime, received: str, noticed: str, due: str) -> None:
    first = deadline(regime, noon(received))
    result = extend(first, at=noon(noticed), reason=ExtensionReason.COMPLEXITY)
    assert result.due_on == on(due)
    assert result.latest_extension_notice_at == first.latest_extension_notice_at
    assert result.acknowledge_by == first.acknowledge_by
    assert result.extension_reason is ExtensionReason.COMPLEXITY
    assert any("because the request is complex" in text for text in texts(result))


def test_extension_is_taken_until_the_last_moment_and_not_after() -> None:
    first = deadline(EU, noon("2026-06-10"))
    extend(first, at=first.due_at, reason="number")
    with pytest.raises(DeadlineError) as refused:
        extend(first, at=first.due_at + timedelta(microseconds=1), reason="number")
    assert refused.value.field == "extended_at"
    assert refused.value.sentence == Explanation("refused.extension.late", {"due_on": "2026-07-10"})


def test_extension_twice_is_refused() -> None:
    once = extend(deadline(EU, noon("2026-06-10")), at=noon("2026-06-20"), reason="complexity")
    with pytest.raises(DeadlineError, match="was extended on Sat 2026-06-20") as refused:
        extend(once, at=noon("2026-06-21"), reason="number")
    assert refused.value.field == "extended_at"


def test_recorded_extension_gives_the_same_deadline_as_extending() -> None:
    received, noticed = noon("2026-06-10"), noon("2026-06-20")
    recorded = deadline(EU, received, country="FR", extended_at=noticed, extension_reason="number")
    assert recorded == extend(deadline(EU, received, country="FR"), at=noticed, reason="number")


@pytest.mark.parametrize(
    ("regime", "at", "reason", "field", "code"),
    [
        (UAE, noon("2026-06-20"), "complexity", "extended_at", "refused.extension.none"),
        (EU, noon("2026-06-20"), "tired", "extension_reason", "refused.extension.reason"),
        (EU, noon("2026-06-20"), None, "extension_reason", "refused.extension.reason"),
        (EU, None, "complexity", "extension_reason", "refused.extension.reason"),
        (EU, noon("2026-06-09"), "complexity", "extended_at", "refused.extension.early"),
        (EU, datetime(2026, 6, 20), "complexity", "extended_at", "refused.naive"),  # noqa: DTZ001
    ],
)
def test_extension_refused(regime: Regime, at: datetime | None, reason: str | None, field: str, code: str) -> None:
    with pytest.raises(DeadlineError) as refused:
        deadline(regime, noon("2026-06-10"), extended_at=at, extension_reason=reason)
    assert (refused.value.field, refused.value.sentence.code) == (field, code)


# --- pauses ---


def test_pause_adds_its_days_and_says_so() -> None:
    result = deadline(UK, noon("2026-06-10"), pauses=[clarification_pause("2026-06-15", "2026-06-18")])
    assert result.due_on == on("2026-07-13")
    assert (
        "Clarification was awaited from Mon 2026-06-15 to Thu 2026-06-18: 3 days added, up to Mon 2026-07-13."
        in texts(result)
    )


def test_one_day_of_waiting_is_told_in_the_singular() -> None:
    result = deadline(UK, noon("2026-06-10"), pauses=[identity_pause("2026-06-15", "2026-06-16")])
    assert result.due_on == on("2026-07-13")  # the 11th is a Saturday
    assert any("one day added, up to Sat 2026-07-11" in text for text in texts(result))


def test_an_answer_on_the_same_day_adds_nothing() -> None:
    result = deadline(UK, noon("2026-06-10"), pauses=[identity_pause("2026-06-15", "2026-06-15")])
    assert result.due_on == on("2026-07-10")


def test_overlapping_pauses_add_each_day_once() -> None:
    both = [identity_pause("2026-06-15", "2026-06-18"), clarification_pause("2026-06-16", "2026-06-19")]
    inside = [identity_pause("2026-06-15", "2026-06-19"), clarification_pause("2026-06-16", "2026-06-17")]
    assert deadline(UK, noon("2026-06-10"), pauses=both).due_on == on("2026-07-14")
    assert deadline(UK, noon("2026-06-10"), pauses=inside).due_on == on("2026-07-14")
    assert deadline(UK, noon("2026-06-10"), pauses=both[::-1]).due_on == on("2026-07-14")


def test_a_pause_on_the_working_day_that_stands_for_a_weekend_counts_from_that_day() -> None:
    # One month ends on Saturday 11 July, so the request is due on Monday the 13th; asked on that Monday.
    result = deadline(UK, noon("2026-06-11"), pauses=[identity_pause("2026-07-13", "2026-07-14")])
    assert result.due_on == on("2026-07-14")


def test_a_pause_also_moves_the_extended_date_and_the_notice() -> None:
    pauses = [identity_pause("2026-06-15", "2026-06-20")]
    first = deadline(UK, noon("2026-06-10"), pauses=pauses)
    assert first.due_on == on("2026-07-15")
    result = extend(first, at=noon("2026-07-15"), reason="complexity")
    assert result.due_on == on("2026-09-15")


def test_a_pause_after_the_extension_is_allowed_until_the_extended_date() -> None:
    late = [identity_pause("2026-08-03", "2026-08-05")]
    with pytest.raises(DeadlineError, match="the clock can no longer stop"):
        deadline(UK, noon("2026-06-10"), pauses=late)
    result = deadline(UK, noon("2026-06-10"), extended_at=noon("2026-07-01"), extension_reason="number", pauses=late)
    assert result.due_on == on("2026-09-14")  # the 12th is a Saturday


def test_a_late_pause_does_not_make_a_late_extension_timely() -> None:
    late = [identity_pause("2026-07-11", "2026-07-20")]
    with pytest.raises(DeadlineError, match="ended on Fri 2026-07-10; the clock can no longer stop"):
        deadline(UK, noon("2026-06-10"), extended_at=noon("2026-07-15"), extension_reason="number", pauses=late)


def test_a_pause_after_the_extension_does_not_move_the_notice() -> None:
    received, noticed = noon("2026-06-10"), noon("2026-07-01")
    late = [identity_pause("2026-07-02", "2026-07-08")]
    result = deadline(UK, received, extended_at=noticed, extension_reason="number", pauses=late)
    assert result.latest_extension_notice_at == deadline(UK, received).due_at


def test_extending_during_a_pause_is_never_late() -> None:
    waiting = deadline(UK, noon("2026-06-10"), pauses=[identity_pause("2026-06-15", None)])
    extend(waiting, at=noon("2026-07-20"), reason="complexity")


def test_a_second_pause_within_an_open_one_is_never_late() -> None:
    pauses = [identity_pause("2026-06-15", None), clarification_pause("2026-07-20", "2026-07-21")]
    assert deadline(UK, noon("2026-06-10"), pauses=pauses).paused_since == noon("2026-06-15")


@pytest.mark.parametrize(
    ("regime", "pause", "code"),
    [
        (EU, identity_pause("2026-06-15", None), "refused.pause.none"),
        (CALIFORNIA, identity_pause("2026-06-15", None), "refused.pause.none"),
        (UAE, clarification_pause("2026-06-15", None), "refused.pause.none"),
        (ADGM, clarification_pause("2026-06-15", None), "refused.pause.none"),
        (POLICY, clarification_pause("2026-06-15", None), "refused.pause.none"),
        (UK, Pause("lunch", noon("2026-06-15"), None, "L-1"), "refused.pause.none"),  # type: ignore[arg-type]
        (UK, replace(identity_pause("2026-06-15", None), letter=""), "refused.pause.letter"),
        (UK, identity_pause("2026-06-09", "2026-06-12"), "refused.pause.early"),
        (UK, identity_pause("2026-06-15", "2026-06-14"), "refused.pause.order"),
        (UK, identity_pause("2026-07-11", "2026-07-12"), "refused.pause.late"),
        (UK, replace(identity_pause("2026-06-15", None), started_at=datetime(2026, 6, 15)), "refused.naive"),  # noqa: DTZ001
        (UK, replace(identity_pause("2026-06-15", None), ended_at=datetime(2026, 6, 16)), "refused.naive"),  # noqa: DTZ001
    ],
)
def test_pause_refused(regime: Regime, pause: Pause, code: str) -> None:
    with pytest.raises(DeadlineError) as refused:
        deadline(regime, noon("2026-06-10"), pauses=[pause])
    assert (refused.value.field, refused.value.sentence.code) == ("pauses", code)


# --- other refusals ---


@pytest.mark.parametrize(
    ("regime", "country"),
    [
        (EU, "US"),
        (EU, "XX"),
        (EU, "DE-XX"),
        (EU, "DE-"),
        (EU, "../DE"),
        (UK, "DE"),
        (CALIFORNIA, "US-NY"),
        (POLICY, "DE"),
    ],
)
def test_a_foreign_country_is_refused(regime: Regime, country: str) -> None:
    with pytest.raises(DeadlineError) as refused:
        deadline(regime, noon("2026-06-10"), country=country)
    assert refused.value.field == "country"
    assert str(refused.value) == refused.value.sentence.text()
    assert country in str(refused.value)


def state_of(one: Deadline, now: datetime) -> DeadlineState:
    """Return the state of a deadline; during a pause, its state when the pause began."""
    return standing(days_left(one.due_on, one.zone, one.paused_since or now))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(DeadlineError, match="time zone") as refused:
        deadline(EU, datetime(2026, 6, 10))  # noqa: DTZ001
    assert refused.value.field == "received_at"
    with pytest.raises(DeadlineError):
        state_of(deadline(EU, noon("2026-06-10")), datetime(2026, 6, 10))  # noqa: DTZ001


# --- state ---


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(days=20), DeadlineState.ON_TIME),
        (timedelta(days=8), DeadlineState.ON_TIME),
        (timedelta(days=8, microseconds=-1), DeadlineState.DUE_SOON),
        (timedelta(0), DeadlineState.DUE_SOON),
        (timedelta(microseconds=-1), DeadlineState.OVERDUE),
        (timedelta(days=-400), DeadlineState.OVERDUE),
    ],
)
def test_state(left: timedelta, state: DeadlineState) -> None:
    one = deadline(EU, noon("2026-06-10"))
    assert state_of(one, (one.due_at - left).astimezone(UTC)) is state


def test_a_paused_deadline_keeps_the_state_it_had() -> None:
    waiting = deadline(UK, noon("2026-06-10"), pauses=[clarification_pause("2026-06-15", None)])
    assert waiting.due_on == on("2026-07-10")
    assert waiting.paused_since == noon("2026-06-15")
    assert "pausing.clarification" in codes(waiting)
    assert state_of(waiting, noon("2026-08-30")) is DeadlineState.ON_TIME
    stopped_late = deadline(UK, noon("2026-06-10"), pauses=[identity_pause("2026-07-09", None)])
    assert state_of(stopped_late, noon("2026-08-30")) is DeadlineState.DUE_SOON
    answered = deadline(UK, noon("2026-06-10"), pauses=[identity_pause("2026-07-09", "2026-07-20")])
    assert state_of(answered, noon("2026-08-30")) is DeadlineState.OVERDUE


# --- explanations ---


def test_the_list_of_explanations() -> None:
    assert sorted(EXPLANATIONS) == [
        "acknowledge",
        "closed.holiday",
        "closed.weekend",
        "due",
        "extended.complexity",
        "extended.number",
        "paused.clarification",
        "paused.identity",
        "pausing.clarification",
        "pausing.identity",
        "period.days",
        "period.months",
        "period.months.short",
        "received",
        "refused.country",
        "refused.extension.early",
        "refused.extension.late",
        "refused.extension.none",
        "refused.extension.reason",
        "refused.extension.twice",
        "refused.naive",
        "refused.pause.early",
        "refused.pause.late",
        "refused.pause.letter",
        "refused.pause.none",
        "refused.pause.order",
        "rolled",
        "weekends_only",
    ]


def test_singular_and_plural_use_the_same_parameters() -> None:
    for template in EXPLANATIONS.values():
        if isinstance(template, tuple):
            one, many = ({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in template)
            assert one | {"count"} == many | {"count"}


# --- parts of a country, and other names of it ---


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        ("ES-CN", "Atlantic/Canary"), ("es-cn", "Atlantic/Canary"), ("ES-MD", "Europe/Madrid"),
        ("PT-20", "Atlantic/Azores"), ("PT-30", "Atlantic/Madeira"), ("PT-11", "Europe/Lisbon"),
        ("FR-971", "America/Guadeloupe"), ("FR-GP", "America/Guadeloupe"), ("FR-972", "America/Martinique"),
        ("FR-973", "America/Cayenne"), ("FR-974", "Indian/Reunion"), ("FR-976", "Indian/Mayotte"),
        ("FR-MF", "America/Marigot"), ("FR-57", "Europe/Paris"), ("EL", "Europe/Athens"),
    ],
)  # fmt: skip
def test_a_part_of_a_country_has_its_own_zone(place: str, zone: str) -> None:
    assert deadline(EU, noon("2026-03-05"), country=place).zone == zone


def test_the_day_of_receipt_is_that_of_the_islands() -> None:
    late = datetime.fromisoformat("2026-03-04T23:30:00+00:00")
    assert deadline(EU, late, country="ES").received_on == on("2026-03-05")
    assert deadline(EU, late, country="ES-CN").received_on == on("2026-03-04")


@pytest.mark.parametrize(("regime", "union", "iso"), [(EU, "EL", "GR"), (UK, "UK", "GB"), (UK, "UK-SCT", "GB-SCT")])
def test_the_unions_own_codes_mean_the_same_countries(regime: Regime, union: str, iso: str) -> None:
    one, other = (deadline(regime, noon("2026-03-24"), country=code) for code in (union, iso))
    assert (one.regime, one.zone, one.due_on, texts(one)) == (other.regime, other.zone, other.due_on, texts(other))


@pytest.mark.parametrize("place", ["ES-XX", "ES-", "EL-XX", "-", "-CN", "UK"])
def test_a_part_that_the_country_lacks_is_refused(place: str) -> None:
    with pytest.raises(DeadlineError):
        deadline(EU, noon("2026-03-05"), country=place)
