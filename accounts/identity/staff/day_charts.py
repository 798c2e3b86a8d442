"""Charts of one person's daily totals: bars by day, what adds up over days, and the table beside them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, ngettext

from accounts.identity.services import ShownTotal

#: sizes in the units of the drawing, whose width the page stretches
STEP, HEIGHT = 10, 40
_GAP, _LEAST, _FEW = 2, 1, 4


class Reading(Enum):
    """What a series of totals says."""

    #: how many records there were; what they measure is not shown
    COUNT = auto()
    #: the sum of what they measure, which days add up to a total of
    SUM = auto()
    #: the average of what they measure: percents and loads cannot be added
    AVERAGE = auto()

    def measure(self, row: ShownTotal) -> Decimal | None:
        """Return what a day's bar shows; None where the day is of few records."""
        if row.records is None or row.quantity is None:
            return None
        if self is Reading.COUNT:
            return Decimal(row.records)
        return row.quantity if self is Reading.SUM else row.quantity / row.records


def day_chart(
    rows: Sequence[ShownTotal],
    reading: Reading,
    *,
    title: str,
    unit: str,
    sizes: Mapping[date, str],
    start: date,
    end: date,
) -> dict[str, Any]:
    """Return the chart of one series, whose rows come newest first.

    `sizes` maps days to what stands for their amount where records are counted. `heading` names the amounts, empty
    where records are all there is to tell; no `records` stands for few.
    """
    values = {row.day: reading.measure(row) for row in rows}
    told = [value for value in values.values() if value is not None]
    highest = max(told, default=Decimal(0))
    peak = f"{in_digits(highest)} {unit if reading is not Reading.COUNT else ''}".strip() if told else ""
    if reading is Reading.COUNT:
        heading = _("Size") if sizes else ""
        amounts: Mapping[date, str] = sizes
    else:
        name = _("Total") if reading is Reading.SUM else _("Average")
        heading = f"{name} ({unit})" if unit else name
        amounts = {day: in_digits(value) for day, value in values.items() if value is not None}
    facts = {"title": title, "start": _text(start), "end": _text(end), "peak": peak or _("few")}
    return {
        "title": title,
        "heading": heading,
        "summary": _summary(reading, told, unit),
        "label": _("%(title)s by day, %(start)s to %(end)s. The most on one day: %(peak)s.") % facts,
        "highest": peak,
        "bars": _bars(values, highest, start),
        "rows": [
            {
                "day": row.day,
                "records": "" if row.records is None else in_digits(row.records),
                "amount": amounts.get(row.day, ""),
            }
            for row in rows
        ],
        "width": STEP * ((end - start).days + 1),
        "height": HEIGHT,
        "bar_width": STEP - _GAP,
    }


def in_digits(value: Decimal | int) -> str:
    """Return a number in the reader's digits, with two decimals at most."""
    rounded = round(Decimal(value), 2)
    return number_format(f"{rounded:f}".rstrip("0").rstrip(".") if rounded % 1 else int(rounded), force_grouping=True)


def _summary(reading: Reading, told: Sequence[Decimal], unit: str) -> str:
    """Return what the days come to together; of what cannot be added, what a day's bar is."""
    if reading is Reading.AVERAGE:
        return f"{_('average by day')} ({unit})" if unit else _("average by day")
    total = sum(told, Decimal(0))
    if reading is Reading.SUM:
        return f"{in_digits(total)} {unit}".strip() if told else ""
    records = ngettext("%(count)s record", "%(count)s records", int(total)) % {"count": in_digits(total)}
    return records if told else ""


def _bars(values: Mapping[date, Decimal | None], highest: Decimal, start: date) -> list[dict[str, int]]:
    """Return a bar for each day; `is_few` marks one without a number."""
    bars = []
    for day, value in sorted(values.items()):
        height = _FEW if value is None else max(int(value / highest * HEIGHT) if value > 0 else 0, _LEAST)
        x = (day - start).days * STEP + _GAP // 2
        bars.append({"x": x, "y": HEIGHT - height, "height": height, "is_few": value is None})
    return bars


def _text(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
