"""Change what a person says of themself."""

from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import PROFILE_CHANGED
from accounts.identity.models import User
from audit import sides
from audit.services import append


def change_profile(user: User, *, username: str, language: str, time_zone: str, now: datetime) -> User:
    """Store user name, language and time zone; raises IdentityError when the name is taken.

    Nothing is written, and no entry made, when nothing is different.
    """
    try:
        with sides.atomic():
            kept = User.objects.select_for_update().get(pk=user.pk)
            wanted = {"username": username, "language": language, "time_zone": time_zone}
            changed = sorted(name for name, value in wanted.items() if getattr(kept, name) != value)
            if not changed:
                return kept
            names = {"old_username": kept.username, "new_username": username} if "username" in changed else {}
            for name in changed:
                setattr(kept, name, wanted[name])
            kept.save(update_fields=changed)
            append(
                PROFILE_CHANGED,
                actor=actor_of(kept),
                subject=kept.reference,
                now=now,
                payload={"fields": changed},
                personal=names,
            )
            return kept
    except IntegrityError:
        raise IdentityError("username", _("Somebody else has this user name.")) from None
