"""Personal fields as salted disclosures (RFC 9901), of which the leaf has only the digests."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import orjson

from . import canonical_json

SALT_BYTES = 16
_PARTS = 3
_RESERVED = frozenset(("_sd", "..."))


class DisclosureError(ValueError):
    """A disclosure that RFC 9901 does not allow; the message never has its content."""


def make(name: str, value: object, salt: str | None = None) -> tuple[str, str]:
    """Return a disclosure of one field and its digest, in base64url; `salt` is 128 fresh random bits.

    The value must fit the leaf's schema (CanonicalError otherwise); RFC 9901 reserves the names `_sd` and `...`.
    """
    if name in _RESERVED:
        raise DisclosureError("the name is reserved by RFC 9901")
    if salt is None:
        salt = _text(secrets.token_bytes(SALT_BYTES))
    disclosure = _text(canonical_json.encode([salt, name, value]))
    return disclosure, digest(disclosure)


def digest(disclosure: str) -> str:
    """Hash the disclosure's own characters (SHA-256), in base64url without padding: 43 characters."""
    return _text(sha256(disclosure.encode("ascii")).digest())


def parse(disclosure: str) -> tuple[str, str, object]:
    """Return the salt, name and value inside a disclosure; DisclosureError when it is not one."""
    try:
        data = urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        parts = orjson.loads(data)
    except ValueError:
        raise DisclosureError("not base64url over JSON") from None
    # The decoder ignores foreign characters and loose last bits; comparing with the encoder does not.
    if _text(data) != disclosure:
        raise DisclosureError("not in canonical base64url")
    if type(parts) is not list or len(parts) != _PARTS:
        raise DisclosureError("not an array of salt, name and value")
    salt, name, value = parts
    if type(salt) is not str or type(name) is not str:
        raise DisclosureError("salt and name must be text")
    if name in _RESERVED:
        raise DisclosureError("the name is reserved by RFC 9901")
    return salt, name, value


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
