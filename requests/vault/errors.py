"""Errors of the vault."""

from core.errors import DecryptionError, VaultError


class KeyDestroyedError(VaultError):
    """The subject's key was destroyed: nothing encrypted under it can be read, and no new key is made."""


class KekMissingError(DecryptionError):
    """A key is wrapped by a key-encryption key that is not configured here; the message names its id."""
