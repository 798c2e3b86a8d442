"""Answer one aggregate query on one closed week. The database computes and stores each answer once."""

from datetime import date, datetime

from django.db import Error as DatabaseError
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.errors import LogError
from audit.log.append import append
from core import db
from humanaccess import events
from humanaccess.aggregates import QUERIES, weeks_of
from humanaccess.errors import InvalidError, LogUnwritableError
from humanaccess.models import Aggregate
from humanaccess.policies import may_run_aggregates
from humanaccess.selectors import list_aggregates

from .progress import logged_refusals


def run_aggregate(*, query: str, week: date, actor: User, now: datetime) -> Aggregate:
    """Return the stored answer, after an entry that says who ran the query; the first run computes it.

    Raises InvalidError for what is not in the catalogue and for a week that is not closed or no longer complete,
    AccessDeniedError for whoever may not run queries, LogUnwritableError when no entry can be written.
    """
    if query not in QUERIES:
        raise InvalidError(_("There is no such query."), field="query", rule="unknown")
    if week not in (weeks := weeks_of(QUERIES[query].days, now)):
        first = formats.date_format(weeks[-1])
        raise InvalidError(
            _("Choose a week, Monday to Sunday, that ended at least a day ago; for this query not before %(day)s.")
            % {"day": first},
            field="week",
            rule="bounds",
        )
    try:
        with logged_refusals("aggregate", actor=actor, subject=None, now=now), db.atomic(durable=True):
            may_run_aggregates(actor)
            payload = {"query": query, "week": week.isoformat()}
            entry = append(events.AGGREGATE_RUN, actor=actor_of(actor), subject=None, now=now, payload=payload)
    except (DatabaseError, LogError) as error:
        raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error
    with db.atomic(durable=True):
        db.set_local(entry=str(entry))
        db.select_rows("SELECT humanaccess_run_aggregate(%s, %s)", [query, week])
    return list_aggregates().get(query=query, week=week)
