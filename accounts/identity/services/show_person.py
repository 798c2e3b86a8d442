"""Record that a member of staff looks at a person's account."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.events import PERSON_SHOWN
from accounts.identity.models import User
from audit import sides
from audit.services import append


def show_person(user: User, *, by: User, page: str, now: datetime) -> None:
    """Write the line, and commit it before anything is shown: where it cannot be written, nothing is."""
    with sides.atomic(durable=True):
        append(PERSON_SHOWN, actor=actor_of(by), subject=user.reference, now=now, payload={"page": page})
