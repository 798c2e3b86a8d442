"""Secrets of second factors, encrypted for the row of one person: moved to another row they do not decrypt."""

from typing import Any
from uuid import UUID

from core.errors import DecryptionError
from vault.services import decrypt_secret, encrypt_secret, reencrypt_secret

#: the entries of an authenticator's data that are secrets
SECRET_FIELDS = ("secret", "seed")
_NEW = "new"


def _context(owner: str) -> str:
    return f"mfa_authenticator.data:{owner}"


def encrypt_new(text: str) -> str:
    """Return `text` encrypted without its owner, whom allauth does not tell at this point."""
    return f"{_NEW}:{encrypt_secret(_context(_NEW), text.encode()).hex()}"


def bind(data: dict[str, Any], user_id: UUID) -> None:
    """Encrypt for their owner, in place, what `encrypt_new` encrypted; called just before a row is written."""
    for name in SECRET_FIELDS:
        owner, _, stored = str(data.get(name, "")).partition(":")
        if owner == _NEW:
            clear = decrypt_secret(_context(_NEW), bytes.fromhex(stored))
            data[name] = f"{user_id}:{encrypt_secret(_context(str(user_id)), clear).hex()}"


def check_owner(data: dict[str, Any], user_id: UUID) -> None:
    """Replace, in place, secrets that were encrypted for somebody else's row; called when a row is read."""
    for name in SECRET_FIELDS:
        if name in data and str(data[name]).partition(":")[0] not in {_NEW, str(user_id)}:
            data[name] = "moved:"


def decrypt_factor(encrypted: str) -> str:
    """Return the secret; raises DecryptionError when it was changed or moved."""
    owner, _, stored = encrypted.partition(":")
    if owner == "moved":
        raise DecryptionError("The secret of this second factor was encrypted for another person.")
    return decrypt_secret(_context(owner), bytes.fromhex(stored)).decode()


def reencrypt_factor(data: dict[str, Any]) -> dict[str, Any]:
    """Return an authenticator's data with its secrets encrypted under the current key; raises DecryptionError."""
    reencrypted = dict(data)
    for name in SECRET_FIELDS:
        owner, _, stored = str(data.get(name, "")).partition(":")
        if stored and (again := reencrypt_secret(_context(owner), bytes.fromhex(stored))) is not None:
            reencrypted[name] = f"{owner}:{again.hex()}"
    return reencrypted
