"""Encrypt second factors' secrets and sessions again when the key-encryption key changes."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from accounts.identity.encrypted_factors import reencrypt_factor
from accounts.identity.session_store import reencrypt_session
from core import db
from core.errors import DecryptionError


def reencrypt_factors() -> Iterator[bool | None]:
    """Re-encrypt every authenticator; yields as `vault.ports.SecretHolder` says."""
    with db.use_role("default"):
        rows = list(Authenticator.objects.order_by("pk").values_list("pk", "data"))
        for key, data in rows:
            try:
                reencrypted: dict[str, Any] = reencrypt_factor(data)
            except DecryptionError:
                yield None
                continue
            # If the row changed after we read it, it is already under the current key.
            yield reencrypted != data and bool(Authenticator.objects.filter(pk=key, data=data).update(data=reencrypted))


def reencrypt_sessions() -> Iterator[bool | None]:
    """Re-encrypt every stored session; yields as `vault.ports.SecretHolder` says."""
    with db.use_role("default"):
        keys = list(Session.objects.order_by("pk").values_list("pk", flat=True))
        for key in keys:
            encrypted = Session.objects.filter(pk=key).values_list("session_data", flat=True).first()
            if encrypted is None:
                continue
            try:
                reencrypted = reencrypt_session(key, encrypted)
            except DecryptionError:
                yield None
                continue
            unchanged = Session.objects.filter(pk=key, session_data=encrypted)
            yield reencrypted is not None and bool(unchanged.update(session_data=reencrypted))
