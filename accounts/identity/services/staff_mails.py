"""Mail members of staff about what waits for them: no personal data, one link, one mail in ten minutes at most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.identity.models import StaffMail, User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.identity.selectors import role_holders
from accounts.identity.waiting import MOST_MAILED, WaitingItem, WaitingList, waiting_for
from accounts.identity.working_hours import working_time

#: at most one mail to one person in this time, unless something is urgent
PAUSE = timedelta(minutes=10)
#: how the key of something begins that waits with a colleague for too long
_COLLEAGUE = "colleague:"
_log = structlog.get_logger(__name__)
Found = dict[str, tuple[WaitingList, WaitingItem]]


def choose_work_mails(user: User, *, muted: Sequence[str]) -> None:
    """Store which lists this member of staff wants no mails about; call inside `db.row_security_for`."""
    StaffMail.objects.update_or_create(subject=user.reference, defaults={"muted": list(muted)})


def mail_staff(now: datetime) -> int:
    """Mail whoever has something new waiting for them; return how many mails were sent.

    Each person's row says what they were mailed about and when: a mail that was not sent is tried again, and one whose
    worker died between sending and noting it is sent once more, ten minutes later.
    """
    people = list(role_holders(*Role))
    waiting = {person.reference: _waiting(person, now) for person in people}
    rows = {row.subject: row for row in StaffMail.objects.filter(subject__in=list(waiting))}
    return sum(_mail_person(person, waiting, rows, now) for person in people)


def _waiting(person: User, now: datetime) -> Found:
    """Return what waits, by a key under which each thing is told once, and once more when its deadline is near."""
    found = waiting_for(person, now, most=MOST_MAILED, unlisted=True)
    return {
        f"{item.key}:soon" if item.is_due_soon(now) else item.key: (each, item)
        for each, items in found.items()
        for item in items
    }


def _mail_person(person: User, waiting: Mapping[str, Found], rows: Mapping[str, StaffMail], now: datetime) -> bool:
    row = rows.get(person.reference) or StaffMail.objects.get_or_create(subject=person.reference)[0]
    wanted = {**waiting[person.reference], **_escalated(person, waiting, rows, now)}
    told = {key: row.told.get(key, "") for key in wanted}
    if told != row.told:
        StaffMail.objects.filter(pk=row.pk).update(told=told)
    fresh = {
        key: found
        for key, found in wanted.items()
        if not told[key] and (found[1].is_urgent or found[0].name not in row.muted)
    }
    is_urgent = any(item.is_urgent for _list, item in fresh.values())
    if not fresh or (row.tried_at is not None and row.tried_at > now - PAUSE and not is_urgent):
        return False
    # Two workers at once: one of them changes the row.
    if not StaffMail.objects.filter(Q(tried_at=row.tried_at), pk=row.pk).update(tried_at=now):
        return False
    roles = roles_of(person)
    if not all(each.roles & roles for each, _item in fresh.values()):
        return False  # a role ended while this sweep ran: the next one sees what is left
    try:
        _send(person, fresh, now)
    except Exception as error:  # noqa: BLE001 - a mail server: the next sweep after the pause tries again
        _log.warning("staff_not_mailed", error=type(error).__name__)
        return False
    StaffMail.objects.filter(pk=row.pk).update(told=told | dict.fromkeys(fresh, now.isoformat()))
    return True


def _escalated(person: User, waiting: Mapping[str, Found], rows: Mapping[str, StaffMail], now: datetime) -> Found:
    """Return what waits with a colleague who was mailed hours ago, and which this person's roles let them take over."""
    limit, roles, found = timedelta(hours=settings.STAFF_ESCALATION_HOURS), roles_of(person), Found()
    for reference, theirs in waiting.items():
        told = rows[reference].told if reference in rows else {}
        for key, (each, item) in theirs.items():
            is_own = person.reference in (reference, item.subject)
            is_theirs = not is_own and key not in waiting[person.reference] and each.roles & roles
            if is_theirs and told.get(key) and item.may_escalate:
                passed = working_time(datetime.fromisoformat(told[key]), now, person.zone)
                if passed >= limit:
                    found[f"{_COLLEAGUE}{key}"] = (each, item)
    return found


def _send(person: User, fresh: Found, now: datetime) -> None:
    with translation.override(person.language), timezone.override(person.zone):
        own = Counter(str(found[0].title) for key, found in fresh.items() if not key.startswith(_COLLEAGUE))
        theirs = Counter(str(found[0].title) for key, found in fresh.items() if key.startswith(_COLLEAGUE))
        office = settings.OFFICE_URL.rstrip("/")
        context: dict[str, Any] = {
            "count": len(fresh),
            "due_soon": sum(item.is_due_soon(now) for _list, item in fresh.values()),
            "own": own.items(),
            "theirs": theirs.items(),
            "oldest": min(item.since for _list, item in fresh.values()),
            "now": now,
            "link": office + reverse("admin:index"),
            "settings_link": office + reverse("identity:work_mails"),
        }
        subject = render_to_string("identity/email/waiting_subject.txt", context)
        body = render_to_string("identity/email/waiting_message.txt", context)
    EmailMessage(subject=" ".join(subject.split()), body=body.strip(), to=[person.email]).send()
