"""Authenticated encryption of values and keys. Plain Python, no Django.

AES-256-GCM with random 96-bit nonces (NIST SP 800-38D allows 2**32 of them under one key, far above what one person's
data needs). The row, column and subject of a ciphertext are associated data: moved elsewhere it does not decrypt.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import DecryptionError

_NONCE = 12
_TAG = 16
_FORMAT = b"\x01"


def encrypt_bytes(cipher: AESGCM, associated: bytes, plaintext: bytes) -> bytes:
    """Return format byte, nonce and ciphertext with its tag."""
    nonce = os.urandom(_NONCE)
    return _FORMAT + nonce + cipher.encrypt(nonce, plaintext, associated)


def decrypt_bytes(cipher: AESGCM, associated: bytes, blob: bytes) -> bytes:
    """Return the plaintext of `blob`; raises DecryptionError if it was changed or moved."""
    if blob[:1] != _FORMAT or len(blob) < len(_FORMAT) + _NONCE + _TAG:
        raise DecryptionError("This encrypted value is in a format that the vault does not know.")
    try:
        return cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], associated)
    except InvalidTag:
        raise DecryptionError(
            "This value does not decrypt: it was changed, moved, or encrypted under another key."
        ) from None


def derived_key(master: bytes, purpose: str) -> bytes:
    """Return 32 bytes for `purpose` from a 32-byte master (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(master)
