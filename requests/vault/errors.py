"""What the vault refuses."""


class VaultError(Exception):
    """Any refusal of the vault; its sentence never holds personal data."""


class ShreddedError(VaultError):
    """The subject's key was destroyed: nothing sealed under it can be read, and no new key is made."""


class SealBrokenError(VaultError):
    """A sealed value was changed, moved to another place, or sealed by another key."""


class NoTicketError(VaultError):
    """No committed log entry permits this reading."""


class KekMissingError(SealBrokenError):
    """A key is wrapped by a key-encryption key that this process was not given; the message names its id."""
