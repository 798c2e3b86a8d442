"""Seal second factors' secrets and sessions anew when the key-encryption key changes."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from accounts.identity.sealed_factors import reseal_factor
from accounts.identity.session_store import reseal_session
from audit import sides
from vault.errors import SealBrokenError


def reseal_factors() -> Iterator[bool | None]:
    """Go through every authenticator; yields as `vault.ports.SecretHolder` says."""
    with sides.acting("default"):
        rows = list(Authenticator.objects.order_by("pk").values_list("pk", "data"))
        for key, data in rows:
            try:
                fresh: dict[str, Any] = reseal_factor(data)
            except SealBrokenError:
                yield None
                continue
            # A row that was changed since it was read was sealed by a process of today.
            yield fresh != data and bool(Authenticator.objects.filter(pk=key, data=data).update(data=fresh))


def reseal_sessions() -> Iterator[bool | None]:
    """Go through every session that is kept; yields as `vault.ports.SecretHolder` says."""
    with sides.acting("default"):
        keys = list(Session.objects.order_by("pk").values_list("pk", flat=True))
        for key in keys:
            sealed = Session.objects.filter(pk=key).values_list("session_data", flat=True).first()
            if sealed is None:
                continue
            try:
                fresh = reseal_session(key, sealed)
            except SealBrokenError:
                yield None
                continue
            kept = Session.objects.filter(pk=key, session_data=sealed)
            yield fresh is not None and bool(kept.update(session_data=fresh))
