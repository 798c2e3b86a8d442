"""Create and end scheduled exports; their periods are days, weeks and months of UTC."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _

from audit.errors import ScheduleEndedError, ScheduleError
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.events import SCHEDULE_ENDED, SCHEDULE_MADE
from audit.search.filters import Filter
from core import db
from core.machine_names import logged_name, name_rule

from .models import COMPRESSIONS, PERIODS, ExportSchedule

_PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}(/[a-z0-9][a-z0-9-]{0,29}){0,2}")
_LENGTH = {"day": relativedelta(days=1), "week": relativedelta(weeks=1), "month": relativedelta(months=1)}
#: how long after the end of a period its export is requested: an entry carries the time at which its transaction
#: began, and is exported only once it has committed and is in the tree
SETTLES = timedelta(hours=1)


def make_schedule(
    name: str, wanted: Filter, *, every: str, place: str, compress: str = "gzip", actor: Actor, now: datetime
) -> ExportSchedule:
    """Schedule an export of the entries that match `wanted`, from the beginning of the current period on.

    `place` is a folder of the storage. Raises ScheduleError, which names the field that is wrong.
    """
    name = name.strip()
    if rule := name_rule(name):
        raise ScheduleError("name", rule)
    if every not in dict(PERIODS):
        raise ScheduleError("every", _("An export is made every day, week or month."))
    if not _PLACE.fullmatch(place):
        raise ScheduleError("place", _("A folder looks like siem or siem/daily: small letters, digits and hyphens."))
    if compress not in dict(COMPRESSIONS):
        raise ScheduleError("compress", _("The archive is compressed with gzip or zstd."))
    if wanted.after is not None or wanted.before is not None:
        raise ScheduleError("after", _("A scheduled export takes its times from the calendar."))
    start = boundary(every, now)
    with db.atomic():
        if ExportSchedule.objects.filter(name=name, ended_at__isnull=True).exists():
            raise ScheduleError("name", _("There is a scheduled export of that name."))
        schedule = ExportSchedule.objects.create(
            name=name,
            filter=wanted.as_text(),
            every=every,
            place=place,
            compress=compress,
            made_by=str(actor),
            made_at=now,
            next_at=due_after(every, start),
            covered_until=start,
        )
        payload = {
            "schedule": str(schedule.pk),
            "name": name,
            "every": every,
            "place": place,
            "filter": schedule.filter,
            "compress": compress,
        }
        append(SCHEDULE_MADE, actor=actor, subject=wanted.subject or None, now=now, payload=payload)
    return schedule


def end_schedule(schedule_id: UUID, *, actor: Actor, now: datetime) -> ExportSchedule:
    """End a scheduled export; what is stored stays. Raises ScheduleError when it does not exist or has ended."""
    with db.atomic():
        found = ExportSchedule.objects.select_for_update().filter(pk=schedule_id, ended_at__isnull=True).first()
        if found is None:
            raise ScheduleEndedError("name", _("That scheduled export is not there, or was ended before."))
        found.ended_at = now
        found.save(update_fields=["ended_at"])
        payload = {"schedule": str(found.pk), "name": logged_name(found.name, found.pk)}
        append(SCHEDULE_ENDED, actor=actor, subject=None, now=now, payload=payload)
    return found


def boundary(every: str, at: datetime) -> datetime:
    """Return the latest end of a period at or before `at` (UTC): a midnight, a Monday's, or a first's."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "week":
        return midnight - timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if every == "month" else midnight


def due_after(every: str, end: datetime) -> datetime:
    """Return when the export of the period that begins at `end` may be requested."""
    return end + _LENGTH[every] + SETTLES


def last_settled(every: str, now: datetime) -> datetime:
    """Return the end of the latest period whose entries have settled."""
    return boundary(every, now - SETTLES)
