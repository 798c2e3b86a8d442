"""What Google tells about a person: scopes in words, id tokens, the certificate that they are checked with."""

import datetime as dt
from typing import Any, Final

from authlib.oidc.core.grants import OpenIDCode
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import RSAKey

from .people import Person

ROOT: Final = "https://www.googleapis.com/auth/"
EMAIL: Final = f"{ROOT}userinfo.email"
PROFILE: Final = f"{ROOT}userinfo.profile"
IDENTITY: Final = {
    "openid": "Know who you are",
    EMAIL: "See your e-mail address",
    PROFILE: "See your name and picture",
}
# The scopes that the office's automations may need, in words for the consent page.
DATA: Final = {
    f"{ROOT}gmail.readonly": "Read your e-mail",
    f"{ROOT}gmail.send": "Send e-mail for you",
    f"{ROOT}gmail.modify": "Read, write and send your e-mail",
    f"{ROOT}gmail.labels": "See and edit your e-mail labels",
    f"{ROOT}drive.file": "See and edit the Drive files you open with this app",
    f"{ROOT}drive.readonly": "See all your Drive files",
    f"{ROOT}drive": "See, edit and delete all your Drive files",
    f"{ROOT}documents.readonly": "See all your Docs documents",
    f"{ROOT}documents": "See, edit and delete all your Docs documents",
    f"{ROOT}spreadsheets.readonly": "See all your Sheets spreadsheets",
    f"{ROOT}spreadsheets": "See, edit and delete all your Sheets spreadsheets",
}
SHORT: Final = {"email": EMAIL, "profile": PROFILE}


def allow_scopes(asked: str) -> str | None:
    """Spell scopes as Google grants them; None when nothing or something unknown is asked for."""
    wanted = {SHORT.get(scope, scope) for scope in asked.split()}
    if wanted & {EMAIL, PROFILE}:
        wanted.add("openid")
    if not wanted or not wanted <= IDENTITY.keys() | DATA.keys():
        return None
    return " ".join(sorted(wanted))


class SigningKey:
    """A key made at start, with the self-signed certificate that `/certs` shows under the key's id."""

    def __init__(self) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
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
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.jwk = RSAKey.import_key(pem, {"kid": self.kid})


class IdToken(OpenIDCode):
    """Google's id token: RS256, `azp` beside `aud`, `at_hash`, and the claims that the scopes allow."""

    def __init__(self, key: SigningKey, issuer: str, base_url: str) -> None:
        super().__init__()
        self._key = key
        self._issuer = issuer
        self._base_url = base_url

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002  Authlib's signature
        """Leave nonces to the client, as Google does."""
        return False

    def resolve_client_private_key(self, client: Any) -> RSAKey:  # noqa: ARG002  Authlib's signature
        return self._key.jwk

    def get_encode_header(self, client: Any) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client), "kid": self._key.kid, "typ": "JWT"}

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        """Return issuer and audience; Google's `aud` is a text, not a list."""
        return {"iss": self._issuer, "azp": client.get_client_id(), "aud": client.get_client_id()}

    def get_compatible_claims(self, request: Any) -> dict[str, Any]:
        """Drop `auth_time`, which Google sends only when it is asked for by `claims`."""
        claims: dict[str, Any] = super().get_compatible_claims(request)
        claims.pop("auth_time", None)
        return claims

    def generate_user_info(self, user: Person, scope: str) -> dict[str, Any]:
        return claims_about(user, scope, self._base_url)


def claims_about(person: Person, scope: str, base_url: str) -> dict[str, Any]:
    """Return the claims about a person that the granted scopes allow."""
    granted = scope.split()
    claims: dict[str, Any] = {"sub": person.sub}
    if EMAIL in granted:
        claims |= {"email": person.email, "email_verified": person.email_verified}
    if PROFILE in granted:
        given_name, _, family_name = person.name.partition(" ")
        claims |= {
            "name": person.name,
            "picture": f"{base_url}/picture/{person.sub}.svg",
            "given_name": given_name,
            "family_name": family_name,
        }
    return claims
