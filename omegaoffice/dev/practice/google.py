"""Google's sign-in endpoints in Google's shapes: code and refresh grants, id tokens, certificates, revocation."""

import secrets
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from authlib.oidc.core.grants import OpenIDCode
from flask import Blueprint, Response, jsonify, make_response, request, url_for
from joserfc.jwk import RSAKey

from .consent import add_sign_in
from .endpoints import CALLBACK_PATHS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_DATA_CALLBACK_PATH
from .google_data import add_data, unauthenticated
from .google_scopes import DATA, EMAIL, IDENTITY, PROFILE, allow_scopes
from .grants import Grants, Token
from .keys import SigningKeys
from .oauth import SECRET_METHODS, Client, CodeGrant, ProviderServer, S256Challenge
from .people import Person
from .permissions import add_permissions
from .risc import SecurityEvents, add_risc


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
    """Google's id token: RS256, `azp` beside `aud`, `at_hash`, and the claims that the scopes allow."""

    def __init__(self, keys: SigningKeys) -> None:
        super().__init__()
        self._keys = keys

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002  Authlib's signature
        """Leave nonces to the client, as Google does."""
        return False

    def resolve_client_private_key(self, client: Any) -> RSAKey:  # noqa: ARG002  Authlib's signature
        return self._keys.current.key

    def get_encode_header(self, client: Any) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client), "kid": self._keys.current.kid, "typ": "JWT"}

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

    def issue_token(self, user: Person, refresh_token: Token) -> dict[str, Any]:
        """Give exactly the scopes asked for, where some are; Authlib has checked that they were granted."""
        token: dict[str, Any] = super().issue_token(user, refresh_token)
        if asked := self.request.payload.scope:
            token["scope"] = " ".join(sorted(set(asked.split())))  # without the `openid` that a consent adds
        return token

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
        """Answer 401 to a client that is not known or has the wrong secret; say of scopes only what Google says."""
        if error.error == "invalid_client" and not error.redirect_uri:
            error.status_code = 401
        if error.error == "invalid_scope" and not error.redirect_uri:
            error.description = "Bad Request"
        return super().handle_error_response(request, error)


def build(origins: frozenset[str]) -> tuple[Blueprint, Grants]:
    """Make Google's blueprint (mounted at /google) and the grants behind it."""
    paths = [CALLBACK_PATHS["google"], GOOGLE_DATA_CALLBACK_PATH]
    server = GoogleServer(Client(GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, paths, origins, allow_scopes))
    grants = server.grants
    events = SecurityEvents(grants)
    keys, id_token = events.keys, IdToken(events.keys)
    server.register_grant(GoogleCodeGrant, [S256Challenge(), id_token])
    server.register_grant(GoogleRefreshGrant, [id_token])
    google = Blueprint("google", __name__, url_prefix="/google")
    add_sign_in(google, server, "/o/oauth2/v2/auth", "/token")
    add_data(google, grants)
    add_risc(google, keys)
    add_permissions(google, events)
    google.record_once(lambda state: state.app.extensions.update(security_events=events))

    @google.get("/certs")
    def certs() -> Response:
        return jsonify({each.kid: each.pem for each in keys.published})

    @google.get("/userinfo")
    def userinfo() -> Response:
        found = grants.authorized("bearer")
        if found is None:
            return unauthenticated()
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
