"""Signing people in without walking through the pages; tests/accounts/identity walks."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.test import Client

from accounts.identity.models import User
from core import db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def set_up_totp(user: User) -> Authenticator:
    """Return the person's authenticator app, set up if there was none."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return found or TOTP.activate(user, generate_totp_secret()).instance


def totp_code(user: User, *, ahead: int = 0) -> str:
    """Return the code that the person's app shows now, or `ahead` periods later (a code works once)."""
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return format_hotp_value(hotp_value(decrypt(kept.data["secret"]), int(time.time()) // 30 + ahead))


def sign_in(client: Client, user: User, *, mfa: bool = False, fresh: bool = False) -> Client:
    """Sign the person in; `mfa` with a second factor (staff need it), `fresh` with a step-up just passed."""
    with db.use_role("default"):
        client.force_login(user, backend=BACKEND)
        session = client.session
        records = [{"method": "password", "at": time.time(), "email": user.email}]
        if fresh:
            records.append({"method": "mail", "at": time.time(), "reauthenticated": True, "purpose": "act"})
        if mfa:
            kept = set_up_totp(user)
            records.append({"method": "mfa", "at": time.time(), "id": kept.pk, "type": kept.type})
        session["account_authentication_methods"] = records
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    return client
