"""Some records of everybody who filed a request, so that figures on all people are of enough, and a few answers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from io import BytesIO

from django.utils import timezone

from accounts.identity.models import User
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from audit.log.append import append
from audit.log.models import Entry
from core import db
from humanaccess.aggregates import QUERIES, RUN_EVENT, weeks_of
from humanaccess.events import AGGREGATE_SAMPLED
from humanaccess.models import Sample
from humanaccess.services import run_aggregate
from humanaccess.states import SampleKind

from .stream_data import MadeUpPlatform

_LINES, _SEED = 4160, 2
_WEEKS = 3


def add_figures(names: Iterable[str], officer: User, now: datetime) -> None:
    """Have the platform send lines about these people; then have an officer run each query on the last weeks."""
    with db.use_role("staff"):
        accounts = list(User.objects.filter(username__in=names).order_by("username").values_list("pk", flat=True))
    with db.use_role("ingest"):
        platform = MadeUpPlatform(lines=_LINES, seed=_SEED, accounts=accounts, until=now - timedelta(days=1))
        lines = BytesIO(b"".join(platform.lines()))
        ingest_stream(lines, actor=machine("demo"), source="file", clock=timezone.now)
    with db.use_role("staff"):
        for query in QUERIES:
            for week in weeks_of(7 * _WEEKS, now):
                run_aggregate(query=query, week=week, actor=officer, now=timezone.now())
        run = Entry.objects.filter(event=RUN_EVENT).earliest("id").pk
    # Have chance have drawn one: of the few of a demonstration it might draw none.
    with db.use_role("owner"):
        Sample.objects.create(pk=run, kind=SampleKind.RUN, drawn=True, drawn_at=timezone.now())
    with db.use_role("worker"), db.atomic():
        payload = {"run": str(run), "drawn": True}
        append(AGGREGATE_SAMPLED, actor=machine("demo"), subject=None, now=timezone.now(), payload=payload)
