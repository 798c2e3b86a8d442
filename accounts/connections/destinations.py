"""Keyed digests of the destinations of automations: they tell two apart without naming one."""

import hashlib
from typing import Any

from django.conf import settings
from django.utils.translation import pgettext_lazy

from vault.aead import derived_key

#: what the platform says that a destination is
KIND_LABELS: dict[str, Any] = {
    "email": pgettext_lazy("destination", "mail"),
    "file": pgettext_lazy("destination", "file or sheet"),
    "web": pgettext_lazy("destination", "web address"),
    "message": pgettext_lazy("destination", "message"),
    "other": pgettext_lazy("destination", "something else"),
}
_PURPOSE = "destinations of automations"


def digest_destination(account: str, destination: str) -> str:
    """Return `<key>.<digest>` of a destination: one person's are comparable with each other, and with nobody else's.

    `<key>` tells which key-encryption key the digest was made with: digests of two keys cannot be compared.
    """
    key = derived_key(bytes.fromhex(settings.OFFICE_KEK), _PURPOSE)
    text = f"{account.lower()} {' '.join(destination.casefold().split())}".encode()
    return f"{hashlib.sha256(key).hexdigest()[:8]}.{hashlib.blake2b(text, key=key, digest_size=16).hexdigest()}"
