"""Secrets of second factors, sealed for the row of one person: moved to another row they do not open."""

from typing import Any
from uuid import UUID

from vault.errors import SealBrokenError
from vault.services import open_secret, reseal_secret, seal_secret

#: the entries of an authenticator's data that are secrets
SECRET_FIELDS = ("secret", "seed")
_NEW = "new"


def _context(owner: str) -> str:
    return f"mfa_authenticator.data:{owner}"


def seal_new(text: str) -> str:
    """Return `text` sealed, before it is known whose it will be: allauth does not say so at this point."""
    return f"{_NEW}:{seal_secret(_context(_NEW), text.encode()).hex()}"


def bind(data: dict[str, Any], user_id: UUID) -> None:
    """Seal anew for their owner what `seal_new` has sealed, in place; done just before a row is written."""
    for name in SECRET_FIELDS:
        owner, _, kept = str(data.get(name, "")).partition(":")
        if owner == _NEW:
            clear = open_secret(_context(_NEW), bytes.fromhex(kept))
            data[name] = f"{user_id}:{seal_secret(_context(str(user_id)), clear).hex()}"


def check_owner(data: dict[str, Any], user_id: UUID) -> None:
    """Spoil, in place, secrets that were sealed for somebody else's row; done when a row is read."""
    for name in SECRET_FIELDS:
        if name in data and str(data[name]).partition(":")[0] not in {_NEW, str(user_id)}:
            data[name] = "moved:"


def open_factor(sealed: str) -> str:
    """Return the secret; raises SealBrokenError when it was changed or moved."""
    owner, _, kept = sealed.partition(":")
    if owner == "moved":
        raise SealBrokenError("The secret of this second factor was sealed for another person.")
    return open_secret(_context(owner), bytes.fromhex(kept)).decode()


def reseal_factor(data: dict[str, Any]) -> dict[str, Any]:
    """Return an authenticator's data with its secrets sealed under the current key; raises SealBrokenError."""
    fresh = dict(data)
    for name in SECRET_FIELDS:
        owner, _, kept = str(data.get(name, "")).partition(":")
        if kept and (anew := reseal_secret(_context(owner), bytes.fromhex(kept))) is not None:
            fresh[name] = f"{owner}:{anew.hex()}"
    return fresh
