"""Receivers: signing in with GitHub, and the erasure of a person; each calls a service."""

from typing import Any

from allauth.account import signals as account
from allauth.socialaccount import signals as social
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib import messages
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.erasure.participants import register_erasure_participant
from core import db

from .models import Provider, WipeReason
from .selectors import is_ending
from .services import ForgetTokens, keep_github_token, wipe_github_grants

register_erasure_participant(ForgetTokens())


@receiver(account.user_logged_in, dispatch_uid="connections.signed_in")
def _signed_in(user: User, sociallogin: SocialLogin | None = None, **_facts: Any) -> None:
    """Keep the token of a sign-in that is complete; one that waited for a second factor carries none."""
    if sociallogin is not None:
        _keep(user, sociallogin)


@receiver(social.social_account_added, dispatch_uid="connections.provider_added")
def _connected(sociallogin: SocialLogin, **_facts: Any) -> None:
    _keep(sociallogin.user, sociallogin)


@receiver(social.social_account_updated, dispatch_uid="connections.provider_updated")
def _connected_again(request: HttpRequest, sociallogin: SocialLogin, **_facts: Any) -> None:
    """Keep the token of an account that its owner, signed in, connects once more; at a sign-in it is too early."""
    if sociallogin.state.get("process") == "connect" and request.user == sociallogin.user:
        _keep(sociallogin.user, sociallogin)


def _keep(user: User, sociallogin: SocialLogin) -> None:
    token = sociallogin.token.token if sociallogin.token else ""
    if sociallogin.account.provider == Provider.GITHUB and token:
        keep_github_token(user, sociallogin.account.uid, token, now=timezone.now())


@receiver(post_delete, sender=SocialAccount, dispatch_uid="connections.provider_gone")
def _wipe(instance: SocialAccount, **_facts: Any) -> None:
    """Wipe what rests on the account, in the transaction in which it goes."""
    if instance.provider == Provider.GITHUB:
        now, user = timezone.now(), instance.user
        wipe_github_grants(
            user.reference, instance.uid, reason=WipeReason.USER, actor=actor_of(user), asked_at=now, now=now
        )


@receiver(social.social_account_removed, dispatch_uid="connections.provider_removed")
def _disconnected(request: HttpRequest, socialaccount: SocialAccount, **_facts: Any) -> None:
    """Tell the person whether GitHub is being told."""
    if socialaccount.provider != Provider.GITHUB:
        return
    reference = socialaccount.user.reference
    with db.row_security_for(reference):
        is_told = is_ending(reference, Provider.GITHUB)
    if is_told:
        messages.info(request, _("GitHub is being told to end our authorisation; Connections shows its confirmation."))
    else:
        messages.warning(request, _("No token of GitHub was kept: end our authorisation in your settings there."))
