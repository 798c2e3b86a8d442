"""Show whoever erases at a provider by hand under which pseudonym it knows the person."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.fulfilment.steps import log_step
from rights.models import Step


def show_pseudonym(step: Step, *, actor: User, now: datetime) -> str | None:
    """Return the pseudonym once an entry says who sees it, "" where none was made.

    None for whoever does not hold the case, and once the step is settled.
    """
    if step.request.assignee_id != actor.pk or not step.is_attestable:
        return None
    with db.atomic(durable=True):
        entry = log_step(events.PSEUDONYM_SHOWN, step, actor=actor_of(actor), now=now)
    with db.atomic():
        db.set_local(entry=str(entry))
        return db.select_value("SELECT rights_shown_pseudonym(%s)", [step.pk]) or ""
