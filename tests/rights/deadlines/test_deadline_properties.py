"""Deadlines: what holds for every regime, country and moment."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings, strategies as st

from rights.deadlines.calculate import Pause, deadline, extend
from rights.deadlines.explanations import Explanation
from rights.deadlines.regimes import CALIFORNIA, EU, EU_ZONES, POLICY, REGIMES, UK, ExtensionReason, PauseReason, Regime

# The first request of a country loads its calendar, which is slow once.
unhurried = settings(deadline=None)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
regimes = st.sampled_from(sorted(REGIMES.values(), key=lambda regime: regime.code))
extendable = regimes.filter(lambda regime: regime.extended is not None)
places = st.one_of(regimes.map(lambda regime: (regime, None)), st.sampled_from(sorted(EU_ZONES)).map(lambda c: (EU, c)))


@st.composite
def paused_requests(draw: st.DrawFn) -> tuple[datetime, list[Pause]]:
    received = draw(moments)
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        start = received + timedelta(hours=draw(st.integers(0, 27 * 24)))
        hours = draw(st.none() | st.integers(0, 40 * 24))
        end = None if hours is None else start + timedelta(hours=hours)
        pauses.append(Pause(draw(st.sampled_from(PauseReason)), start, end, letter="L"))
    return received, pauses


@unhurried
@given(places, moments)
def test_due_is_a_working_day_wherever_the_regime_rolls(place: tuple[Regime, str | None], received: datetime) -> None:
    regime, country = place
    one = deadline(regime, received, country=country)
    local = regime.localised(country)
    assert local is not None
    if regime.rolls:
        assert one.due_on.weekday() < 5
        assert local.calendar.holiday(one.due_on) is None
    else:
        assert one.due_on == one.received_on + timedelta(days=45)


@unhurried
@given(places, moments)
def test_due_is_never_before_the_month_rule_says(place: tuple[Regime, str | None], received: datetime) -> None:
    regime, country = place
    assume(regime.answer.unit == "months")
    one = deadline(regime, received, country=country)
    year, month = divmod(one.received_on.year * 12 + one.received_on.month - 1 + regime.answer.count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    earliest = date(year, month + 1, min(one.received_on.day, last))
    assert earliest <= one.due_on <= earliest + timedelta(days=10)


@unhurried
@given(extendable, moments, st.floats(0, 1), st.sampled_from(ExtensionReason))
def test_extension_never_shortens(regime: Regime, received: datetime, share: float, reason: ExtensionReason) -> None:
    first = deadline(regime, received)
    longer = extend(first, at=received + (first.due_at - received) * share, reason=reason)
    assert longer.due_at > first.due_at
    assert longer.latest_extension_notice_at == first.due_at
    if regime is CALIFORNIA:
        assert longer.due_on - longer.received_on == timedelta(days=90)


@unhurried
@given(places, moments)
def test_derivation_ends_in_the_due_date_and_survives_json(
    place: tuple[Regime, str | None], received: datetime
) -> None:
    regime, country = place
    one = deadline(regime, received, country=country)
    assert one.derivation[0].code == "received"
    assert one.derivation[-1] == Explanation("due", {"due_on": one.due_on.isoformat(), "zone": one.zone})
    assert one.due_on.isoformat() in one.derivation[-1].text()
    for sentence in one.derivation:
        kept = json.loads(json.dumps({"code": sentence.code, "params": dict(sentence.params)}))
        assert Explanation(**kept).text() == sentence.text()


@unhurried
@given(places, moments)
def test_due_at_is_the_last_moment_of_the_due_day(place: tuple[Regime, str | None], received: datetime) -> None:
    regime, country = place
    one = deadline(regime, received, country=country)
    zone = ZoneInfo(one.zone)
    after = (one.due_at.astimezone(UTC) + timedelta(microseconds=1)).astimezone(zone)
    assert one.due_at.astimezone(zone).date() == one.due_on
    assert after.date() == one.due_on + timedelta(days=1)
    assert one.due_at > received


@unhurried
@given(paused_requests())
def test_pauses_never_shorten_and_their_order_does_not_matter(request_: tuple[datetime, list[Pause]]) -> None:
    received, pauses = request_
    plain = deadline(UK, received)
    one = deadline(UK, received, pauses=pauses)
    assert one.due_on >= plain.due_on
    assert one.due_on == deadline(UK, received, pauses=pauses[::-1]).due_on
    assert one.due_on.weekday() < 5


@unhurried
@given(st.sampled_from([CALIFORNIA, POLICY]), moments)
def test_acknowledgement_is_that_many_working_days_away(regime: Regime, received: datetime) -> None:
    one = deadline(regime, received)
    assert one.acknowledge_by is not None
    days = (one.acknowledge_by - one.received_on).days
    between = [one.received_on + timedelta(days=n) for n in range(1, days + 1)]
    assert sum(regime.calendar.works(day) for day in between) == regime.acknowledge
    assert regime.calendar.works(one.acknowledge_by)
