"""Interfaces that apps above the vault implement, so that the vault need not import them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.registry import Port, Registry


class AuthorisationCheck(Protocol):
    """Checks that a log entry authorises decrypting a subject's data; without one nothing is ever decrypted."""

    def __call__(self, entry_id: UUID, reference: str) -> None:
        """Raise NotAuthorisedError unless the entry is committed, of an event that authorises decryption, and names
        `reference`."""


_authorisation = Port[AuthorisationCheck]("authorisation check")
register_authorisation_check = _authorisation.register
authorisation_check = _authorisation.get


@dataclass(frozen=True)
class SecretHolder:
    """One kind of machine secrets at rest.

    `reencrypt()` goes through all of them and re-encrypts those that are not under the current key-encryption key, each
    only where the row still is what was read. It yields once a secret: True when it was re-encrypted, False when it
    was current already, None when no known key decrypts it.
    """

    name: str
    reencrypt: Callable[[], Iterator[bool | None]]


_holders = Registry[SecretHolder]("Secret holder")
register_secret_holder = _holders.register
secret_holders = _holders.listed
