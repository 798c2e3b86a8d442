"""Change user name, language and time zone."""

from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import PROFILE_CHANGED
from accounts.identity.models import User
from audit.log.append import append
from core import db


def change_profile(user: User, *, username: str, language: str, time_zone: str, now: datetime) -> User:
    """Store user name, language and time zone; raises IdentityError when the name is taken.

    Without a difference nothing is written or logged.
    """
    try:
        with db.atomic():
            person = User.objects.select_for_update().get(pk=user.pk)
            wanted = {"username": username, "language": language, "time_zone": time_zone}
            changed = sorted(name for name, value in wanted.items() if getattr(person, name) != value)
            if not changed:
                return person
            names = {"old_username": person.username, "new_username": username} if "username" in changed else {}
            for name in changed:
                setattr(person, name, wanted[name])
            person.save(update_fields=changed)
            append(
                PROFILE_CHANGED,
                actor=actor_of(person),
                subject=person.reference,
                now=now,
                payload={"fields": changed},
                personal=names,
            )
            return person
    except IntegrityError:
        raise IdentityError("username", _("Somebody else has this user name.")) from None
