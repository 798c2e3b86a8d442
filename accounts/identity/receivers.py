"""Receivers of allauth's signals: each calls a service."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_init, pre_save
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.utils import timezone

from audit.erasure.participants import register_erasure_participant
from core import db
from vault.ports import SecretHolder, register_secret_holder

from . import encrypted_factors
from .models import User
from .services import (
    ForgetPerson,
    end_sessions,
    record_account_created,
    record_email,
    record_factor,
    record_password,
    record_provider,
    record_sign_in,
    record_step_up,
    reencrypt_factors,
    reencrypt_sessions,
    refuse_sign_in,
)
from .session_store import row_key
from .step_up.recent_step_up import Method, record_reauthentication, used_second_factor
from .visitors import visitor_of

register_erasure_participant(ForgetPerson())
register_secret_holder(SecretHolder("second factors", reencrypt_factors))
register_secret_holder(SecretHolder("sessions", reencrypt_sessions))


@receiver(account.authentication_step_completed, dispatch_uid="identity.step_up")
def _stepped_up(request: HttpRequest, user: User, method: str, **facts: Any) -> None:
    """Record a step-up, on our page or on allauth's page for passkeys."""
    if not facts.get("reauthenticated") or request.user != user:
        return
    now = timezone.now()
    proof = Method.MAIL if method == "mail" else Method.PASSWORD
    if method == "mfa":
        proof = Method.PASSKEY if facts.get("type") == Authenticator.Type.WEBAUTHN else Method.AUTHENTICATOR
    record_step_up(user, method=proof.value, visitor=visitor_of(request), now=now)
    record_reauthentication(request)


@receiver(account.user_signed_up, dispatch_uid="identity.signed_up")
def _signed_up(request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_facts: Any) -> None:
    method = sociallogin.account.provider if sociallogin else "password"
    record_account_created(user, method=method, visitor=visitor_of(request), now=timezone.now())


@receiver(account.user_logged_in, dispatch_uid="identity.signed_in")
def _signed_in(request: HttpRequest, user: User, **_facts: Any) -> None:
    records = get_authentication_records(request, user)
    first = next((record for record in records if record.get("method") != "mfa"), {"method": "passkey"})
    if request.session.session_key is None:
        request.session.save()
    record_sign_in(
        user,
        session=row_key(request.session.session_key),
        method=str(first.get("provider") or first["method"]),
        second_factor=used_second_factor(request),
        visitor=visitor_of(request),
        now=timezone.now(),
    )


@receiver(user_logged_out, dispatch_uid="identity.signed_out")
def _signed_out(request: HttpRequest, user: User | None, **_facts: Any) -> None:
    key = row_key(request.session.session_key)
    # Sessions belong to the role `default`, also when a member of staff signs out on a staff page.
    with db.use_role("default"):
        if user is not None and UserSession.objects.filter(session_key=key).exists():
            end_sessions(user, keys=[key], reason="signed out", now=timezone.now())


@receiver(mfa.authentication_failed, dispatch_uid="identity.factor_failed")
def _factor_failed(request: HttpRequest, user: User, reauthentication: bool = False, **_facts: Any) -> None:  # noqa: FBT001, FBT002  allauth's signature
    if not reauthentication:
        _refuse(request, user, "authenticator")


@receiver(account.login_code_rejected, dispatch_uid="identity.code_rejected")
def _code_rejected(request: HttpRequest, user: User, **_facts: Any) -> None:
    _refuse(request, user, "code")


def _refuse(request: HttpRequest, user: User, method: str) -> None:
    refuse_sign_in(
        user, method=method, reason="wrong", email=user.email, visitor=visitor_of(request), now=timezone.now()
    )


@receiver([mfa.authenticator_added, mfa.authenticator_reset, mfa.authenticator_removed], dispatch_uid="identity.factor")
def _factor_changed(signal: Signal, user: User, authenticator: Authenticator, **_facts: Any) -> None:
    added = signal is not mfa.authenticator_removed
    record_factor(user, kind=str(authenticator.type), added=added, now=timezone.now())


@receiver(social.social_account_added, dispatch_uid="identity.provider_added")
def _provider_added(sociallogin: SocialLogin, **_facts: Any) -> None:
    record_provider(sociallogin.user, provider=sociallogin.account.provider, connected=True, now=timezone.now())


@receiver(social.social_account_removed, dispatch_uid="identity.provider_removed")
def _provider_removed(socialaccount: SocialAccount, **_facts: Any) -> None:
    record_provider(socialaccount.user, provider=socialaccount.provider, connected=False, now=timezone.now())


@receiver([account.password_set, account.password_changed, account.password_reset], dispatch_uid="identity.password")
def _password_changed(signal: Signal, user: User, **_facts: Any) -> None:
    how = {account.password_set: "set", account.password_changed: "changed", account.password_reset: "reset"}
    record_password(user, how=how[signal], now=timezone.now())


@receiver(account.email_changed, dispatch_uid="identity.email_changed")
def _email_changed(
    user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_facts: Any
) -> None:
    old = from_email_address.email if from_email_address else ""
    record_email(user, old=old, new=to_email_address.email, now=timezone.now())


@receiver(pre_save, sender=SocialAccount, dispatch_uid="identity.no_profile")
def _keep_no_profile(instance: SocialAccount, **_facts: Any) -> None:
    """Empty the profile before every write: only the provider's id is stored."""
    instance.extra_data = {}


@receiver(pre_save, sender=Authenticator, dispatch_uid="identity.bind_factor")
def _bind_factor(instance: Authenticator, **_facts: Any) -> None:
    encrypted_factors.bind(instance.data, instance.user_id)


@receiver(post_init, sender=Authenticator, dispatch_uid="identity.check_factor")
def _check_factor(instance: Authenticator, **_facts: Any) -> None:
    if isinstance(instance.__dict__.get("data"), dict):
        encrypted_factors.check_owner(instance.data, instance.user_id)
