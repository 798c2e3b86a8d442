"""Encrypt values under their subject's key; decrypt them with the authorisation of a log entry."""

from uuid import UUID

from django.utils.translation import gettext as _

from core.errors import DecryptionError, NotAuthorisedError
from vault.aead import decrypt_bytes, encrypt_bytes
from vault.errors import KekMissingError
from vault.ports import authorisation_check

from .subject_keys import cipher_of


def _associated(reference: str, version: int, context: str) -> bytes:
    return f"{reference}|{version}|{context}".encode()


def encrypt(reference: str, context: str, plaintext: bytes) -> bytes:
    """Return `plaintext` encrypted under the subject's key, bound to `context` (`<table>.<column>:<row id>`).

    Creates the key on first use. Raises KeyDestroyedError for a subject whose key was destroyed.
    """
    cipher, version = cipher_of(reference, create=True)
    return encrypt_bytes(cipher, _associated(reference, version, context), plaintext)


class Decryptor:
    """Decrypts values of one subject; made by `decryptor`, which checks the authorisation.

    It keeps no key: each value looks it up again, so a destroyed key is unusable within a minute, however long the
    read takes.
    """

    def __init__(self, reference: str) -> None:
        self.reference = reference

    def decrypt(self, context: str, blob: bytes | memoryview) -> bytes:
        """Return the plaintext; raises KeyDestroyedError, and DecryptionError if the value was changed or moved."""
        cipher, version = cipher_of(self.reference, create=False)
        return decrypt_bytes(cipher, _associated(self.reference, version, context), bytes(blob))

    def text(self, context: str, blob: bytes | memoryview) -> str:
        """Return a text for a page; a sentence where the stored value was changed or cut off.

        Raises KeyDestroyedError, and KekMissingError: then the stored value may be intact.
        """
        try:
            return self.decrypt(context, blob).decode()
        except KekMissingError:
            raise
        except DecryptionError:
            return _("This text does not open: what is stored was changed or cut off.")


def decryptor(reference: str, entry_id: UUID) -> Decryptor:
    """Return the decryptor of this subject's values, authorised by a committed log entry.

    Raises NotAuthorisedError without such an entry, KeyDestroyedError if the key was destroyed.
    """
    if not isinstance(entry_id, UUID):
        raise NotAuthorisedError("Reading needs the id of a log entry.")
    authorisation_check()(entry_id, reference)
    cipher_of(reference, create=False)
    return Decryptor(reference)
