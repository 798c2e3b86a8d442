"""Google's sign-in endpoints in Google's shapes: code and refresh grants, id tokens, certificates, revocation."""

import datetime as dt
import secrets
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from authlib.oidc.core.grants import OpenIDCode
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask import Blueprint, Response, jsonify, make_response, request, url_for
from joserfc.jwk import RSAKey

from .consent import add_sign_in
from .endpoints import CALLBACK_PATHS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET
from .grants import Grants, Token
from .oauth import SECRET_METHODS, Client, CodeGrant, ProviderServer, S256Challenge
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


def allow_scopes(requested: str) -> str | None:
    """Spell scopes as Google grants them; None when nothing or something unknown is requested."""
    wanted = {SHORT.get(scope, scope) for scope in requested.split()}
    if wanted & {EMAIL, PROFILE}:
        wanted.add("openid")
    if not wanted or not wanted <= IDENTITY.keys() | DATA.keys():
        return None
    return " ".join(sorted(wanted))


def claims_about(person: Person, scope: str) -> dict[str, Any]:
    """Return the claims about a person that the granted scopes allow."""
    granted = scope.split()
    claims: dict[str, Any] = {"sub": person.sub}
    if EMAIL in granted:
        claims |= {"email": person.email, "email_verified": person.email_verified}
    if PROFILE in granted:
        given_name, _, family_name = person.name.partition(" ")
        claims |= {
            "name": person.name,
            "picture": url_for("picture", sub=person.sub, _external=True),
            "given_name": given_name,
            "family_name": family_name,
        }
    return claims


class IdToken(OpenIDCode):
    """Google's id token: RS256, `azp` beside `aud`, `at_hash`, and the claims that the scopes allow.

    Its key is made at start, with the self-signed certificate that `/certs` shows under the key's id.
    """

    def __init__(self) -> None:
        super().__init__()
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key = RSAKey.import_key(private)
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

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002  Authlib's signature
        """Leave nonces to the client, as Google does."""
        return False

    def resolve_client_private_key(self, client: Any) -> RSAKey:  # noqa: ARG002  Authlib's signature
        return self._key

    def get_encode_header(self, client: Any) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client), "kid": self.kid, "typ": "JWT"}

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        """Return issuer and audience; Google's `aud` is a text, not a list."""
        return {"iss": f"{request.host_url}google", "azp": client.client_id, "aud": client.client_id}

    def get_compatible_claims(self, request: Any) -> dict[str, Any]:
        """Drop `auth_time`, which Google sends only when it is asked for by `claims`."""
        claims: dict[str, Any] = super().get_compatible_claims(request)
        claims.pop("auth_time", None)
        return claims

    def generate_user_info(self, user: Person, scope: str) -> dict[str, Any]:
        return claims_about(user, scope)


class GoogleCodeGrant(CodeGrant):
    """Google adds the granted scopes and what it did to the address it sends the browser back to."""

    def generate_authorization_code(self) -> str:
        """Make a code that looks like Google's and says that it is not."""
        return f"4/0A-practice-{secrets.token_urlsafe(32)}"

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> tuple[int, Any, Any]:
        status, body, headers = super().create_authorization_response(redirect_uri, grant_user)
        prompt = self.request.payload.data.get("prompt") or "none"
        extra = [("scope", self.saved.scope), ("authuser", "0"), ("prompt", prompt)]
        return status, body, [("Location", add_params_to_uri(dict(headers)["Location"], extra))]


class GoogleRefreshGrant(RefreshTokenGrant):
    """A refresh gives a new access token; the refresh token stays the same."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_METHODS
    server: ProviderServer

    def authenticate_refresh_token(self, refresh_token: str) -> Token:
        """Return the token. Raises InvalidGrantError for one that is unknown or revoked."""
        token = self.server.grants.live_refresh(refresh_token)
        if token is None:
            raise InvalidGrantError("Token has been expired or revoked.")
        return token

    def authenticate_user(self, refresh_token: Token) -> Person:
        return refresh_token.person

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Keep the refresh token: Google does not rotate those of web clients."""


class GoogleServer(ProviderServer):
    """Google's consent rules: scopes may be unticked, earlier ones included, offline access asked for."""

    vendor = "Google"
    identity_scopes = IDENTITY
    data_scopes = DATA
    granular = True
    hint = "login_hint"
    access_prefix = "ya29.practice-"
    refresh_prefix = "1//practice-"
    lifetime = 3599  # as Google answers

    def granted_scope(self, request: Any) -> str:
        """Return identity scopes, the data scopes ticked, and with include_granted_scopes those of before."""
        granted = {
            scope for scope in request.scope.split() if scope in IDENTITY or scope in request.form.getlist("granted")
        }
        if request.payload.data.get("include_granted_scopes") == "true":
            granted |= self.grants.consents.get(request.user, set())
        return " ".join(sorted(granted))

    def is_offline(self, request: Any) -> bool:
        """Give a refresh token for offline access at the first consent, or when consent is prompted for."""
        data = request.payload.data
        is_due = not self.grants.consents.get(request.user) or "consent" in (data.get("prompt") or "").split()
        return is_due and data.get("access_type") == "offline"

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Answer 401 to a client that is not known or has the wrong secret."""
        if error.error == "invalid_client" and not error.redirect_uri:
            error.status_code = 401
        return super().handle_error_response(request, error)


def build(origins: frozenset[str]) -> tuple[Blueprint, Grants]:
    """Make Google's blueprint (mounted at /google) and the grants behind it."""
    client = Client(GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, CALLBACK_PATHS["google"], origins, allow_scopes)
    server, id_token = GoogleServer(client), IdToken()
    server.register_grant(GoogleCodeGrant, [S256Challenge(), id_token])
    server.register_grant(GoogleRefreshGrant, [id_token])
    google = Blueprint("google", __name__, url_prefix="/google")
    add_sign_in(google, server, "/o/oauth2/v2/auth", "/token")
    grants = server.grants

    @google.get("/certs")
    def certs() -> Response:
        return jsonify({id_token.kid: id_token.pem})

    @google.get("/userinfo")
    def userinfo() -> Response:
        found = grants.authorized("bearer")
        if found is None:
            text = "Request had invalid authentication credentials."
            error = {"code": 401, "message": text, "status": "UNAUTHENTICATED"}
            return make_response({"error": error}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        claims = claims_about(found.person, found.scope)
        other_names = {"sub": "id", "email_verified": "verified_email"}
        return jsonify({other_names.get(name, name): value for name, value in claims.items()})

    @google.post("/revoke")
    def revoke() -> Response:
        value = request.values.get("token", "")
        with grants.lock:
            found = grants.live_access(value) or grants.live_refresh(value)
            if found is None:
                return make_response({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)
            # Google knows no revocation of one scope or one token: the whole grant of the project ends.
            grants.end_grant(found.person)
        return jsonify({})

    return google, grants
