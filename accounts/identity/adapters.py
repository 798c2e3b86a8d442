"""Adapters of allauth: rules for names and addresses, what is stored of a provider's answer, what is logged."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import encrypted_factors
from .mailboxes import mailbox_of, normal_address
from .models import User
from .policies import roles_of, signed_in
from .services import end_sessions, refuse_sign_in
from .visitors import per_client, visitor_of

USERNAME_LENGTHS = (2, 40)
#: scripts that are written together (Unicode TR 39, "highly restrictive"), as names of characters begin
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)


def _mixes_scripts(name: str) -> bool:
    """Return whether letters of scripts that nobody writes together are mixed: one may look like another."""
    found = {unicodedata.name(mark, "").partition(" ")[0] for mark in name if mark.isalpha()}
    return len(found) > 1 and not any(found <= together for together in _TOGETHER)


def _address_in(credentials: Mapping[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Rules for e-mail addresses and user names; limits of sign-in; refused sign-ins go to the log."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_passwords": _("Too many wrong passwords. Have a code mailed to you, which works now, or wait."),
        "email_password_mismatch": _("The address or the password is not right."),
        "duplicate_email": _("This account has this address already."),
        "email_taken": _("There is an account with this address already."),
        "max_email_addresses": _("An account has at most %d addresses."),
        "username_blacklisted": _("This user name is reserved. Choose another one."),
        "incorrect_code": _("This code is not right, or was used already. Wait for the next one."),
        "too_many_mails": _("Too many mails to this address were asked for from here. Wait a while."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose templates get the address of the page where its reader can act on it."""
        link = settings.OFFICE_URL.rstrip("/") + reverse("identity:security")
        super().send_mail(template_prefix, email, {"security_link": link, **context})

    def clean_email(self, email: str) -> str:
        """Return the address in its normal form: two spellings of it are one account."""
        cleaned: str = super().clean_email(email)
        return normal_address(cleaned)

    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002  allauth's signature
        """Return the name in its composed form; raises ValidationError for one that misleads or is taken."""
        composed = unicodedata.normalize("NFKC", username).strip()
        if not USERNAME_LENGTHS[0] <= len(composed) <= USERNAME_LENGTHS[1]:
            raise ValidationError(_("A user name has 2 to 40 characters."), code="length")
        if "@" in composed:
            raise ValidationError(_("A user name must not look like an e-mail address."), code="email")
        if _mixes_scripts(composed):
            raise ValidationError(_("Write a user name in one script; this one mixes several."), code="scripts")
        cleaned: str = super().clean_username(composed, shallow=shallow)
        return cleaned

    def generate_unique_username(self, txts: Iterable[str | None], regex: str | None = None) -> str:
        """Return a free user name made of the e-mail address alone, never of a provider's profile."""
        address = next((text for text in txts if text and "@" in text), "user")
        free: str = super().generate_unique_username([address.partition("@")[0], "user"], regex)
        return free

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt by client and address, and by address alone; raises ValidationError above a limit.

        A stranger's attempts count against the owner's client only when there are very many of them.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise self.validation_error("too_many_passwords") from None
        key = mailbox_of(_address_in(credentials))
        used = ratelimit.consume(request, app="allauth.account", action="login_failed_address", key=key)
        if not used:
            raise self.validation_error("too_many_passwords")
        # allauth resets both counters after a right password.
        self._login_failed_rl_usage.usage.extend(used.usage)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return per_client(request, _address_in(credentials))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Reset the counters once the owner has a new password."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        key = mailbox_of(_address_in(credentials))
        ratelimit.clear(request, app="allauth.account", action="login_failed_address", key=key)

    def get_login_stages(self) -> list[str]:
        """Return allauth's stages, with our own for the code that verifies an address."""
        own = {"allauth.account.stages.EmailVerificationStage": "accounts.identity.sign_in_stages.VerifyAddressStage"}
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password, for known and unknown addresses alike."""
        email = str(credentials.get("email") or "")
        user = User.objects.with_address(email).first() if email else None
        visitor = visitor_of(request)
        refuse_sign_in(user, method="password", reason="wrong", email=email, visitor=visitor, now=timezone.now())

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead members of staff to what waits for them, and everybody else to their settings."""
        return reverse("admin:index") if roles_of(signed_in(request)) else str(super().get_login_redirect_url(request))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Refuse a suspended person who signed in correctly, and log it."""
        visitor = visitor_of(request)
        refuse_sign_in(user, method="any", reason="inactive", email=user.email, visitor=visitor, now=timezone.now())
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def is_safe_url(self, url: str) -> bool:
        """Allow addresses on this site; none of ours contains a backslash."""
        return "\\" not in url and bool(super().is_safe_url(url))


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Stores a provider's id of the person, and the e-mail address of a new account; nothing else."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _("There is an account with this address already. Sign in to it first, then connect %s."),
        "no_password": _("This is your only way to sign in. Set a password first."),
        "no_verified_email": _("Verify your e-mail address first."),
        "disconnect_last": _("This is your only way to sign in. Set a password first."),
        "connected_other": _("It is connected to another account already."),
    }

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        """Take only the e-mail address, and empty the profile before anything can store it."""
        sociallogin.account.extra_data = {}
        found = sociallogin.email_addresses
        # GitHub returns every address of a person; we need one and may not store the others.
        sociallogin.email_addresses = sorted(found, key=lambda row: (not row.primary, not row.verified))[:1]
        for row in sociallogin.email_addresses:
            row.email = normal_address(row.email)
        email = sociallogin.email_addresses[0].email if found else normal_address(str(data.get("email") or ""))
        user: User = super().populate_user(request, sociallogin, {"email": email})
        return user

    def list_apps(
        self,
        request: HttpRequest,  # noqa: ARG002  allauth's signature
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[SocialApp]:
        """Return the apps of the settings; allauth would query its table, too, for each account that is shown."""
        return [
            SocialApp(provider=name, **app)
            for name, parts in settings.SOCIALACCOUNT_PROVIDERS.items()
            for app in parts["APPS"]
            if provider in {None, name} and client_id in {None, app["client_id"]}
        ]

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """Return the app that this office has at the provider; without one the provider's pages do not exist."""
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def serialize_instance(self, instance: Model) -> dict[str, Any]:
        """Leave tokens out of the session while a sign-in waits for its second factor."""
        if isinstance(instance, SocialToken):
            return {}
        plain: dict[str, Any] = super().serialize_instance(instance)
        return plain

    def deserialize_instance(self, model: type[Model], data: Mapping[str, Any]) -> Model:
        """Restore the type of ids, so that the person compares equal to themself."""
        instance: Model = super().deserialize_instance(model, data)
        if isinstance(instance, User) and isinstance(instance.pk, str):
            instance.pk = UUID(instance.pk)
        return instance


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Encrypts the secrets of second factors."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("While a second step guards the account, no address can be added."),
        "cannot_delete_authenticator": _("This second step cannot be removed."),
        "cannot_generate_recovery_codes": _("Set up a second step first."),
        "incorrect_code": _("This code is not right, or was used already. Wait for the next one."),
        "unverified_email": _("Verify your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret encrypted; receivers.py binds it to its owner when the row is written."""
        return encrypted_factors.encrypt_new(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret, to check a code."""
        return encrypted_factors.decrypt_factor(encrypted_text)


class SessionsAdapter(DefaultUserSessionsAdapter):  # type: ignore[misc]  # allauth ships no types
    """Ends sessions through our own service, which logs it."""

    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        """End these sessions of the person who is signed in."""
        user = signed_in(self.request)
        end_sessions(user, keys=[row.session_key for row in sessions], reason="ended by the user", now=timezone.now())
