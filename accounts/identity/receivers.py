"""What allauth announces, told to the services."""

from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from .models import User
from .services import pass_step_up
from .stepup import Way, mark_fresh
from .visitors import visitor_of


@receiver(authentication_step_completed, dispatch_uid="identity.step_up")
def _stepped_up(request: HttpRequest, user: User, method: str, **facts: Any) -> None:
    """A proof given again by somebody signed in, on our page or on allauth's passkey page."""
    if not facts.get("reauthenticated") or request.user != user:
        return
    now = timezone.now()
    way = Way.MAIL if method == "mail" else Way.PASSWORD
    if method == "mfa":
        way = Way.PASSKEY if facts.get("type") == Authenticator.Type.WEBAUTHN else Way.AUTHENTICATOR
    pass_step_up(user, method=way.value, visitor=visitor_of(request), now=now)
    mark_fresh(request, now)
