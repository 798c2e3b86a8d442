"""A signed-in person as the log names them."""

from django.contrib.auth.models import AnonymousUser

from audit.log.actors import ANONYMOUS, Actor

from .models import User


def actor_of(user: User | AnonymousUser) -> Actor:
    """Return the actor of a request's user: staff for a member of staff, else user."""
    if not user.is_authenticated:
        return ANONYMOUS
    return Actor("staff" if user.is_staff else "user", user.reference)
