"""Record that a member of staff reads people's accounts."""

from collections.abc import Iterable
from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.events import PERSON_SHOWN
from accounts.identity.models import User
from audit.log.append import append
from core import db


def show_people(people: Iterable[User], *, by: User, page: str, now: datetime) -> None:
    """Log each access and commit before anything is shown: where it cannot be logged, nothing is shown."""
    with db.atomic(durable=True):
        for person in people:
            append(PERSON_SHOWN, actor=actor_of(by), subject=person.reference, now=now, payload={"page": page})
