"""A signed-in person as the log names them."""

from typing import TYPE_CHECKING, Union

from audit.log.actors import ANONYMOUS, Actor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .models import User


def actor_of(user: Union["User", "AnonymousUser"]) -> Actor:
    """Return the actor of a request's user: staff for a member of staff, else user."""
    if not user.is_authenticated:
        return ANONYMOUS
    return Actor("staff" if user.is_staff else "user", user.reference)
