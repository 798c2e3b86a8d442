"""The laws' periods as data: how long, in which time zone, by which working days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Literal

import holidays
from dateutil.relativedelta import relativedelta


class PauseReason(StrEnum):
    """What the office waits for during a pause."""

    CLARIFICATION = "clarification"
    IDENTITY = "identity"


class ExtensionReason(StrEnum):
    """The two reasons that the law accepts for taking longer (GDPR 12(3); Cal. Civ. Code 1798.145(h))."""

    COMPLEXITY = "complexity"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A period counted from the day of receipt, in calendar months or in calendar days."""

    count: int
    unit: Literal["months", "days"]

    def after(self, day: date) -> date:
        """Return the period's last day; a day number that the month lacks becomes the month's last day."""
        if self.unit == "months":
            return day + relativedelta(months=self.count)
        return day + timedelta(days=self.count)


@lru_cache(maxsize=512)
def _holidays(place: str, year: int) -> Mapping[date, str]:
    # A table for each year: the library's dictionary grows lazily, which is not thread-safe.
    country, _, subdivision = place.partition("-")
    table = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
    # A holiday by the lunar calendar is an estimate until it is announced; an estimate postpones nothing.
    return {day: name for day, name in table.items() if "estimated" not in name}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked: a weekend (Monday is 0) and the public holidays of a place, if any.

    `place` is an ISO 3166 country (`DE`) or subdivision (`GB-SCT`); None counts no public holidays.
    """

    place: str | None
    weekend: frozenset[int] = frozenset({5, 6})

    def holiday(self, day: date) -> str | None:
        """Return the English name of that day's public holiday."""
        return _holidays(self.place, day.year).get(day) if self.place else None

    def works(self, day: date) -> bool:
        """Return whether that day is a working day."""
        return day.weekday() not in self.weekend and self.holiday(day) is None

    def next_working(self, day: date) -> date:
        """Return that day, or the first working day after it."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def add_working(self, day: date, count: int) -> date:
        """Return the day that is `count` working days after that day."""
        for _ in range(count):
            day = self.next_working(day + timedelta(days=1))
        return day


@dataclass(frozen=True, slots=True)
class Regime:
    """One law's periods. `answer` and `extended` both count from receipt; `acknowledge` is in working days.

    `zones` holds the places it covers with the zone of each; `zone` serves where none is named. An
    operator's own reading is a `dataclasses.replace` of one of the regimes below.
    """

    code: str
    name: str
    zone: str
    calendar: Calendar
    zones: Mapping[str, str]
    answer: DateSpan
    extended: DateSpan | None
    acknowledge: int | None = None
    rolls: bool = True
    pauses: frozenset[PauseReason] = frozenset()

    def localised(self, country: str | None) -> Regime | None:
        """Return the regime with the zone and holidays of a country or subdivision; None if it does not cover it.

        A nation without a subdivision means the regime's own part of it (California, England).
        """
        place = _canonical((country or "").upper())
        nation = place.partition("-")[0]
        if not country or (place and place == (self.calendar.place or "").partition("-")[0]):
            return self
        zone = self.zones.get(place) or self.zones.get(nation)
        if zone is None:
            return None
        return replace(self, zone=zone, calendar=replace(self.calendar, place=place))


#: codes of the Union's institutions for two countries, where ISO 3166 has others
_OTHER_CODES = {"EL": "GR", "UK": "GB"}


def _canonical(place: str) -> str:
    """Return a place by its ISO 3166 code; "" for a subdivision that the country does not have."""
    nation, dash, subdivision = place.partition("-")
    nation = _OTHER_CODES.get(nation, nation)
    if not dash:
        return nation
    try:
        table = holidays.country_holidays(nation, subdiv=subdivision)
    except NotImplementedError:
        return ""
    return f"{nation}-{table.subdivisions_aliases.get(subdivision, subdivision)}" if subdivision else ""


# The GDPR holds in the Union and, by the EEA agreement, in Iceland, Liechtenstein and Norway.
EU_ZONES: Mapping[str, str] = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GR": "Europe/Athens",
    "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IS": "Atlantic/Reykjavik",
    "IT": "Europe/Rome", "LI": "Europe/Vaduz", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga", "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw", "PT": "Europe/Lisbon", "RO": "Europe/Bucharest", "SE": "Europe/Stockholm",
    "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava",
}  # fmt: skip
#: parts of these countries in other time zones
_APART: Mapping[str, str] = {
    "ES-CN": "Atlantic/Canary", "PT-20": "Atlantic/Azores", "PT-30": "Atlantic/Madeira",
    "FR-971": "America/Guadeloupe", "FR-972": "America/Martinique", "FR-973": "America/Cayenne",
    "FR-974": "Indian/Reunion", "FR-976": "Indian/Mayotte", "FR-BL": "America/St_Barthelemy",
    "FR-MF": "America/Marigot", "FR-NC": "Pacific/Noumea", "FR-PF": "Pacific/Tahiti",
    "FR-PM": "America/Miquelon", "FR-TF": "Indian/Kerguelen", "FR-WF": "Pacific/Wallis",
}  # fmt: skip
_DUBAI = {"AE": "Asia/Dubai"}
# Saturday and Sunday: the federal weekend of the United Arab Emirates since 2022.
_EMIRATES = Calendar(place="AE")

# GDPR 12(3), counted by Regulation 1182/71 article 3. With no country known, weekends only.
EU = Regime(
    "eu", "European Union", "Europe/Brussels", Calendar(place=None), {**EU_ZONES, **_APART},
    answer=DateSpan(1, "months"), extended=DateSpan(3, "months"),
)  # fmt: skip
# UK GDPR 12 and 12A; "two further months" is three from receipt.
UK = Regime(
    "uk", "United Kingdom", "Europe/London", Calendar(place="GB-ENG"), {"GB": "Europe/London"},
    answer=DateSpan(1, "months"), extended=DateSpan(3, "months"), pauses=frozenset(PauseReason),
)  # fmt: skip
# Cal. Code Regs. tit. 11 § 7021: calendar days whatever verification takes, so nothing rolls or stops.
CALIFORNIA = Regime(
    "california", "California", "America/Los_Angeles", Calendar(place="US-CA"),
    {"US-CA": "America/Los_Angeles"},
    answer=DateSpan(45, "days"), extended=DateSpan(90, "days"), acknowledge=10, rolls=False,
)  # fmt: skip
# Federal Decree-Law 45/2021 leaves the time to its executive regulations: one month until counsel says
# otherwise, and no extension that no text gives.
UAE = Regime(
    "uae", "United Arab Emirates", "Asia/Dubai", _EMIRATES, _DUBAI,
    answer=DateSpan(1, "months"), extended=None,
)  # fmt: skip
# ADGM Data Protection Regulations 2021: two months, one more by notice.
ADGM = Regime(
    "adgm", "Abu Dhabi Global Market", "Asia/Dubai", _EMIRATES, _DUBAI,
    answer=DateSpan(2, "months"), extended=DateSpan(3, "months"),
)  # fmt: skip
# The office's own promise where no law applies: the Union's time, by the Emirates' working days.
POLICY = Regime(
    "policy", "our policy", "Asia/Dubai", _EMIRATES, _DUBAI,
    answer=DateSpan(1, "months"), extended=DateSpan(3, "months"), acknowledge=3,
)  # fmt: skip

REGIMES: Mapping[str, Regime] = {one.code: one for one in (EU, UK, CALIFORNIA, UAE, ADGM, POLICY)}
