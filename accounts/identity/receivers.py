"""What allauth announces, told to the services."""

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
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from audit import sides
from audit.ports import register_shred_answer
from vault.ports import SecretHolder, register_secret_holder

from . import sealed_factors
from .models import User
from .ports import tell_staff
from .selectors import list_rights_put_off
from .services import (
    ForgetPerson,
    end_sessions,
    note_account_created,
    note_email,
    note_factor,
    note_password,
    note_provider,
    note_sign_in,
    pass_step_up,
    refuse_sign_in,
    reseal_factors,
    reseal_sessions,
)
from .session_store import row_key
from .stepup import Way, mark_fresh, used_second_factor
from .visitors import visitor_of

register_shred_answer(ForgetPerson())
register_secret_holder(SecretHolder("second factors", reseal_factors))
register_secret_holder(SecretHolder("sessions", reseal_sessions))


@receiver(account.authentication_step_completed, dispatch_uid="identity.step_up")
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


@receiver(account.user_signed_up, dispatch_uid="identity.signed_up")
def _signed_up(request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_facts: Any) -> None:
    method = sociallogin.account.provider if sociallogin else "password"
    note_account_created(user, method=method, visitor=visitor_of(request), now=timezone.now())


@receiver(account.user_logged_in, dispatch_uid="identity.signed_in")
def _signed_in(request: HttpRequest, user: User, **_facts: Any) -> None:
    records = get_authentication_records(request, user)
    first = next((record for record in records if record.get("method") != "mfa"), {"method": "passkey"})
    if request.session.session_key is None:
        request.session.save()
    note_sign_in(
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
    # Sessions belong to the user's own side, also when a member of staff signs out on a staff page.
    with sides.acting("default"):
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


@receiver([mfa.authenticator_added, mfa.authenticator_reset], dispatch_uid="identity.factor_added")
def _factor_added(user: User, authenticator: Authenticator, **_facts: Any) -> None:
    note_factor(user, kind=str(authenticator.type), added=True, now=timezone.now())


@receiver(mfa.authenticator_removed, dispatch_uid="identity.factor_removed")
def _factor_removed(user: User, authenticator: Authenticator, **_facts: Any) -> None:
    note_factor(user, kind=str(authenticator.type), added=False, now=timezone.now())


@receiver(social.social_account_added, dispatch_uid="identity.provider_added")
def _provider_added(sociallogin: SocialLogin, **_facts: Any) -> None:
    note_provider(sociallogin.user, provider=sociallogin.account.provider, connected=True, now=timezone.now())


@receiver(social.social_account_removed, dispatch_uid="identity.provider_removed")
def _provider_removed(socialaccount: SocialAccount, **_facts: Any) -> None:
    note_provider(socialaccount.user, provider=socialaccount.provider, connected=False, now=timezone.now())


@receiver(account.password_set, dispatch_uid="identity.password_set")
def _password_set(user: User, **_facts: Any) -> None:
    note_password(user, how="set", now=timezone.now())


@receiver(account.password_changed, dispatch_uid="identity.password_changed")
def _password_changed(user: User, **_facts: Any) -> None:
    note_password(user, how="changed", now=timezone.now())


@receiver(account.password_reset, dispatch_uid="identity.password_reset")
def _password_reset(user: User, **_facts: Any) -> None:
    note_password(user, how="reset", now=timezone.now())


@receiver(account.email_changed, dispatch_uid="identity.email_changed")
def _email_changed(
    user: User, from_email_address: EmailAddress | None, to_email_address: EmailAddress, **_facts: Any
) -> None:
    old = from_email_address.email if from_email_address else ""
    now = timezone.now()
    with sides.atomic():
        note_email(user, old=old, new=to_email_address.email, now=now)
        # A trigger has put these rights off: who has just left a mailbox in common with somebody waits.
        for held in list_rights_put_off(user):
            assert held.effective_at is not None  # noqa: S101  the trigger has set it
            tell_staff("address_changed", about=user, role=held.role, effective_at=held.effective_at, now=now)


@receiver(pre_save, sender=SocialAccount, dispatch_uid="identity.no_profile")
def _keep_no_profile(instance: SocialAccount, **_facts: Any) -> None:
    """Whatever path leads here: the provider's id is kept, the profile is not."""
    instance.extra_data = {}


@receiver(pre_save, sender=Authenticator, dispatch_uid="identity.bind_factor")
def _bind_factor(instance: Authenticator, **_facts: Any) -> None:
    sealed_factors.bind(instance.data, instance.user_id)


@receiver(post_init, sender=Authenticator, dispatch_uid="identity.check_factor")
def _check_factor(instance: Authenticator, **_facts: Any) -> None:
    if isinstance(instance.__dict__.get("data"), dict):
        sealed_factors.check_owner(instance.data, instance.user_id)
