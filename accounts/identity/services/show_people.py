"""Record that a member of staff looks at people's accounts."""

from collections.abc import Iterable
from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.events import PERSON_SHOWN
from accounts.identity.models import User
from audit import sides
from audit.services import append


def show_people(people: Iterable[User], *, by: User, page: str, now: datetime) -> None:
    """Write a line for each, and commit before anything is shown: where it cannot be written, nothing is."""
    with sides.atomic(durable=True):
        for person in people:
            append(PERSON_SHOWN, actor=actor_of(by), subject=person.reference, now=now, payload={"page": page})
