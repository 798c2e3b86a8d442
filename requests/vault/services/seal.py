"""Seal a value under its subject's key; open it under the ticket of a log entry."""

from uuid import UUID

from django.utils.translation import gettext as _

from vault.errors import KekMissingError, NoTicketError, SealBrokenError
from vault.ports import ticket_office
from vault.sealing import seal_bytes, unseal_bytes

from .keys import cipher_of


def _associated(reference: str, version: int, context: str) -> bytes:
    return f"{reference}|{version}|{context}".encode()


def seal(reference: str, context: str, plaintext: bytes) -> bytes:
    """Return `plaintext` sealed under the subject's key, bound to `context` (`<table>.<column>:<row id>`).

    Makes the key on first use. Raises ShreddedError for a subject whose key was destroyed.
    """
    cipher, version = cipher_of(reference, create=True)
    return seal_bytes(cipher, _associated(reference, version, context), plaintext)


class Unsealer:
    """Opens sealed values of one subject; made by `unsealer`, which checked the ticket.

    It holds no key: each value asks for it again, so a shred bites within a minute however long the reading lasts.
    """

    def __init__(self, reference: str) -> None:
        self.reference = reference

    def unseal(self, context: str, blob: bytes | memoryview) -> bytes:
        """Return the plaintext; raises SealBrokenError when the value was changed or moved, ShreddedError."""
        cipher, version = cipher_of(self.reference, create=False)
        return unseal_bytes(cipher, _associated(self.reference, version, context), bytes(blob))

    def text(self, context: str, blob: bytes | memoryview) -> str:
        """Return a text for a page; where what is stored was changed or cut off, a sentence that says so.

        Raises ShreddedError, and KekMissingError: then nothing is wrong with what is stored.
        """
        try:
            return self.unseal(context, blob).decode()
        except KekMissingError:
            raise
        except SealBrokenError:
            return _("This text does not open: what is stored was changed or cut off.")


def unsealer(reference: str, entry_id: UUID) -> Unsealer:
    """Return what opens this subject's values, on the ticket of a committed log entry.

    Raises NoTicketError without such an entry, ShreddedError when the key is gone.
    """
    if not isinstance(entry_id, UUID):
        raise NoTicketError("Reading needs the id of a log entry.")
    ticket_office()(entry_id, reference)
    cipher_of(reference, create=False)
    return Unsealer(reference)
