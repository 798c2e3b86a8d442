"""Errors of reading encrypted data."""


class VaultError(Exception):
    """Base of the vault's errors; their messages never hold personal data."""


class DecryptionError(VaultError):
    """An encrypted value was changed, moved to another row, or encrypted under another key."""


class NotAuthorisedError(VaultError):
    """No committed log entry authorises this read."""
