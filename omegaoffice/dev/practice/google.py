"""Google's sign-in endpoints in Google's shapes: code and refresh grants, certificates, revocation."""

import secrets
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from flask import Blueprint, Response, jsonify, make_response, request

from . import endpoints
from .client import SECRET_METHODS, Client
from .consent import add_sign_in
from .faults import Faults
from .google_claims import DATA, IDENTITY, IdToken, SigningKey, allow_scopes, claims_about
from .grants import Grants, Token
from .oauth import CodeGrant, ProviderServer, S256Challenge
from .people import People, Person


class GoogleCodeGrant(CodeGrant):
    """Google adds the granted scopes and what it did to the address it sends the browser back to."""

    def generate_authorization_code(self) -> str:
        """Make a code that looks like Google's and says that it is not."""
        return f"4/0A-practice-{secrets.token_urlsafe(32)}"

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> tuple[int, Any, Any]:
        status, body, headers = super().create_authorization_response(redirect_uri, grant_user)
        if self.saved is not None:
            prompt = self.request.payload.data.get("prompt") or "none"
            extra = [("scope", self.saved.scope), ("authuser", "0"), ("prompt", prompt)]
            headers = [("Location", add_params_to_uri(dict(headers)["Location"], extra))]
        return status, body, headers


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

    def granted_scope(self, request: Any, person: Person) -> str:
        """Return identity scopes, the data scopes ticked, and with include_granted_scopes those of before."""
        asked = set(str(request.scope).split())
        granted = {scope for scope in asked if scope in IDENTITY or scope in request.form.getlist("granted")}
        if request.payload.data.get("include_granted_scopes") == "true":
            granted |= self.grants.consented(request.client.get_client_id(), person)
        return " ".join(sorted(granted))

    def is_offline(self, request: Any, person: Person) -> bool:
        """Give a refresh token for offline access at the first consent, or when consent is prompted for."""
        data = request.payload.data
        first = not self.grants.consented(request.client.get_client_id(), person)
        return data.get("access_type") == "offline" and (first or "consent" in (data.get("prompt") or "").split())

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Answer 401 to a client that is not known or has the wrong secret."""
        if error.error == "invalid_client" and not error.redirect_uri:
            error.status_code = 401
        return super().handle_error_response(request, error)


def build(
    people: People, faults: Faults, *, base_url: str, issuer: str, origins: frozenset[str]
) -> tuple[Blueprint, Grants]:
    """Make Google's blueprint (mounted at /google) and the grants behind it."""
    key = SigningKey()
    client = Client(
        endpoints.GOOGLE_CLIENT_ID,
        endpoints.GOOGLE_CLIENT_SECRET,
        endpoints.CALLBACK_PATHS["google"],
        origins,
        allow_scopes,
    )
    server = GoogleServer(client)
    id_token = IdToken(key, issuer, base_url)
    server.register_grant(GoogleCodeGrant, [S256Challenge(required=True), id_token])
    server.register_grant(GoogleRefreshGrant, [id_token])
    google = Blueprint("google", __name__, url_prefix="/google")
    add_sign_in(google, server, people, authorize="/o/oauth2/v2/auth", token="/token")  # noqa: S106  an address
    _add_resources(google, server.grants, key, base_url)
    google.before_request(faults.before_request(_failure))
    return google, server.grants


def _add_resources(google: Blueprint, grants: Grants, key: SigningKey, base_url: str) -> None:
    @google.get("/certs")
    def certs() -> Response:
        return jsonify({key.kid: key.pem})

    @google.get("/userinfo")
    def userinfo() -> Response:
        found = grants.authorized("bearer")
        if found is None:
            text = "Request had invalid authentication credentials."
            error = {"code": 401, "message": text, "status": "UNAUTHENTICATED"}
            return make_response({"error": error}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        claims = claims_about(found.person, found.scope, base_url)
        other_names = {"sub": "id", "email_verified": "verified_email"}
        return jsonify({other_names.get(name, name): value for name, value in claims.items()})

    @google.post("/revoke")
    def revoke() -> Response:
        value = request.values.get("token", "")
        with grants.lock:
            found = grants.live_access(value) or grants.live_refresh(value)
            if found is None:
                return _failure(400)
            # Google knows no revocation of one scope or one token: the whole grant of the project ends.
            grants.end_grant(found.client_id, found.person)
        return jsonify({})


def _failure(status: int) -> Response:
    """Answer with an error in the shape of Google's token endpoints."""
    bodies = {
        400: {"error": "invalid_token", "error_description": "Token expired or revoked"},
        401: {"error": "invalid_client", "error_description": "Unauthorized"},
        429: {"error": "rate_limit_exceeded", "error_description": "Too many requests"},
    }
    other = {"error": "internal_failure", "error_description": "Backend error"}
    return make_response(bodies.get(status, other), status)
