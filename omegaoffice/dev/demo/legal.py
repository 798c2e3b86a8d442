"""Three legal processes: one whose notice is delayed, one with data handed over, one that is challenged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.identity.models import User
from core import db
from humanaccess import services as access
from humanaccess.grounds import Ground
from humanaccess.legal import services
from humanaccess.legal.models import LegalProcess

_DAY = timedelta(days=1)
_DOCUMENT = b"%PDF-1.7\n% A practice document of the demo.\n%%EOF\n"


def make_processes(people: Mapping[str, User], now: datetime) -> int:
    """File the processes as counsel would, and return how many."""
    layla, omar = people["layla"], people["omar"]

    def file(subject: User, days: int, *, kind: str, served: Sequence[str], **delay: Any) -> LegalProcess:
        at, (country, authority, number) = now - days * _DAY, served
        with db.use_role("staff"):
            return services.receive_process(
                actor=people["lena"],
                subject=subject,
                kind=kind,
                country=country,
                authority=authority,
                number=number,
                received_on=at.date(),
                due_on=at.date() + 30 * _DAY,
                document=[_DOCUMENT],
                now=at,
                **delay,
            )

    delay = {"ground": "order", "until": now.date() + 40 * _DAY, "delay": "Section 3 of the order forbids it."}
    paris = ("FR", "Tribunal judiciaire de Paris", "PQ 26/118")
    delayed = file(layla, 6, kind="search_warrant", served=paris, **delay)
    produced = file(omar, 20, kind="court_order", served=("DE", "Amtsgericht Hamburg", "162 Gs 40/26"))
    challenged = file(omar, 3, kind="subpoena", served=("US", "District Court of New Jersey", "26-cv-0417"))
    lena = people["lena"]
    with db.use_role("staff"):
        for process in (delayed, produced):
            services.agree_scope(
                process.reference,
                actor=lena,
                categories=["commands", "inbox.letters"],
                period_from=now.date() - 60 * _DAY,
                period_until=now.date(),
                scope="Commands and letters of these sixty days; nothing of the time before.",
                now=now - 2 * _DAY,
            )
        _read(people, delayed, layla)
        services.produce_data(
            produced.reference,
            actor=lena,
            production="Forty commands and three letters, as a sealed archive.",
            recipient="Amtsgericht Hamburg, by its electronic mailbox",
            handed_on=now.date() - _DAY,
            now=now - _DAY,
        )
        text = "It names no account and no time: what it demands cannot be told from what it does not."
        services.challenge_process(challenged.reference, actor=lena, challenge=text, now=now - _DAY)
    return 3


def _read(people: Mapping[str, User], process: LegalProcess, subject: User) -> None:
    """Ask for access to two commands, have it approved, and read one."""
    lena, now = people["lena"], timezone.now()
    where = {"start": now - 30 * _DAY, "end": now}
    items = access.list_items(
        asker=lena, subject=subject, kind="workloads.command", where=where, now=now, case=process.reference
    )[:2]
    filed = access.request_approval(
        asker=lena,
        subject=subject,
        ground=Ground.LEGAL,
        items=items,
        reason="The warrant demands the commands of October; these two should show what there is.",
        process=process.reference,
        now=now,
    )
    grant = access.approve_request(filed, actor=people["bilal"], has_seen_refusal=True, now=timezone.now())
    if grant is not None:
        now = timezone.now()
        access.read_item(grant.pk, item_id=items[0].id, reader=lena, mfa=True, stepped_up=True, now=now)
