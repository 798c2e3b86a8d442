"""Google's signing keys: the one that signs id tokens and security event tokens, and those published with it."""

import datetime as dt
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey


class SigningKey:
    """An RSA key with the self-signed certificate that `/certs` shows under the key's id."""

    def __init__(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key = RSAKey.import_key(private)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "practice provider, not Google")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=3650))
            .sign(private, hashes.SHA256())
        )
        self.kid = certificate.fingerprint(hashes.SHA256()).hex()[:40]
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def public_jwk(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": "RS256"}


class SigningKeys:
    """The current key, the one before it, and all that are published."""

    def __init__(self) -> None:
        self.current = SigningKey()
        self.old: SigningKey | None = None
        self.published = [self.current]

    def rotate(self) -> None:
        """Sign with a new key; those before it stay published."""
        self.old, self.current = self.current, SigningKey()
        self.published = [*self.published, self.current]

    def drop_old(self) -> None:
        """Publish the current key alone."""
        self.published = [self.current]
