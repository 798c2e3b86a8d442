"""Receivers: creating an account and signing in, activity that the platform sends; what the menu counts."""

from datetime import datetime
from typing import Any

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.identity.home import declare_badge
from accounts.identity.models import User
from accounts.workloads.announcements import records_taken

from . import services
from .middleware import note_request
from .selectors import find_notice


@receiver(account.user_signed_up, dispatch_uid="terms.signed_up")
def _signed_up(user: User, **_facts: Any) -> None:
    services.accept_at_sign_up(user, now=timezone.now())


@receiver(user_logged_in, dispatch_uid="terms.signed_in")
def _signed_in(request: HttpRequest, user: User, **_facts: Any) -> None:
    note_request(request, user)


records_taken.register(services.continue_by_activity)


def _count_notices(reference: str, now: datetime) -> int:
    return int(find_notice(reference, now) is not None)


declare_badge("policy", _count_notices)
