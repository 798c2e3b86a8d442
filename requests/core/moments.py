"""Template tags for dates and times, which every template has: one shape on all pages, in the reader's time zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language, gettext as _, ngettext

register = template.Library()
_DAY = timedelta(days=1)


@register.simple_tag
def moment(value: datetime | None, *, relative: bool = False, seconds: bool = False) -> str:
    """Return a point in time as `28 Nov 2026, 18:59`; relative, as `3 minutes ago` where it is less than a day away.

    The exact time with its offset is the element's title, and follows a relative one in print.
    """
    if not value:
        return ""
    local = timezone.localtime(value)
    text = date_format(local, "DATETIME_FORMAT")
    exact = f"{text}:{local:%S} {offset(local)}"
    away = timezone.now() - value
    is_near = relative and abs(away) < _DAY
    return format_html(
        '<time{} datetime="{}" title="{}">{}</time>',
        format_html(' class="{}"', "relative") if is_near else "",
        local.isoformat(timespec="seconds"),
        exact,
        _from_now(away) if is_near else f"{text}:{local:%S}" if seconds else text,
    )


@register.simple_tag
def day(value: date | None) -> str:
    """Return a day as `28 Nov 2026`; of a point in time, the reader's day."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "DATE_FORMAT"))


@register.simple_tag
def time_zone() -> str:
    """Return the reader's time zone as `Dubai (UTC+04:00)`."""
    zone = timezone.get_current_timezone()
    now = timezone.localtime()
    return zone_label(zone.key, now) if isinstance(zone, ZoneInfo) else offset(now)


def zone_label(name: str, at: datetime) -> str:
    """Return the place that a time zone is named for, in the reader's language, and its offset at a time."""
    shift = offset(at.astimezone(ZoneInfo(name)))
    if "/" not in name or name.startswith("Etc/"):
        return name if name == shift else f"{name} ({shift})"
    city = get_timezone_location(name, locale=get_language() or "en", return_city=True)
    return f"{city.rpartition('/')[2]} ({shift})"


def offset(local: datetime) -> str:
    """Return a time's offset from UTC: `UTC+04:00`, or `UTC`."""
    hours = f"{local:%z}"
    return f"UTC{hours[:3]}:{hours[3:5]}" if int(hours) else "UTC"


def _from_now(away: timedelta) -> str:
    """Return how long ago something was or, where `away` is negative, in how long it will be."""
    minutes = int(abs(away).total_seconds()) // 60
    hours = minutes // 60
    if not minutes:
        return _("just now") if away >= timedelta() else _("in less than a minute")
    if away > timedelta():
        if hours:
            return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    if hours:
        return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}
