"""Google's sign-in endpoints in Google's shapes: code and refresh grants, certificates, revocation."""

import secrets
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from flask import Blueprint, Response, jsonify, request

from . import endpoints
from .book import Book, Token
from .client import SECRET_METHODS, Client
from .consent import Desk, Style
from .faults import Faults
from .google_claims import DATA, EMAIL, IDENTITY, PROFILE, IdToken, SigningKey, allow_scopes, profile_claims
from .oauth import CodeGrant, ProviderServer, S256Challenge
from .people import People, Person

LIFETIME: Final = 3599  # seconds, as Google answers


class GoogleCodeGrant(CodeGrant):
    """Google adds the granted scopes and what it did to the address it sends the browser back to."""

    def generate_authorization_code(self) -> str:
        """Make a code that looks like Google's and says that it is not."""
        return f"4/0A-practice-{secrets.token_urlsafe(32)}"

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> tuple[int, Any, Any]:
        """Answer with the redirect, extended."""
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
        token = self.server.book.live_refresh(refresh_token)
        if token is None:
            raise InvalidGrantError("Token has been expired or revoked.")
        return token

    def authenticate_user(self, refresh_token: Token) -> Person:
        """Return whose token it is."""
        return refresh_token.person

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Keep the refresh token: Google does not rotate those of web clients."""


class GoogleServer(ProviderServer):
    """Google's consent rules: scopes may be unticked, earlier ones included, offline access asked for."""

    def granted_scope(self, request: Any, person: Person) -> str:
        """Return identity scopes, the data scopes ticked, and with include_granted_scopes those of before."""
        asked = set(str(request.scope).split())
        granted = {scope for scope in asked if scope in IDENTITY or scope in request.form.getlist("granted")}
        if request.payload.data.get("include_granted_scopes") == "true":
            granted |= self.book.consented(request.client.get_client_id(), person)
        return " ".join(sorted(granted))

    def is_offline(self, request: Any, person: Person) -> bool:
        """Give a refresh token for offline access at the first consent, or when consent is prompted for."""
        data = request.payload.data
        first = not self.book.consented(request.client.get_client_id(), person)
        return data.get("access_type") == "offline" and (first or "consent" in (data.get("prompt") or "").split())

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Answer 401 to a client that is not known or has the wrong secret."""
        if error.error == "invalid_client" and not error.redirect_uri:
            error.status_code = 401
        return super().handle_error_response(request, error)


def build(
    people: People, faults: Faults, *, base_url: str, issuer: str, origins: frozenset[str]
) -> tuple[Blueprint, Book]:
    """Make Google's blueprint (mounted at /google) and the book behind it."""
    book, key = Book(), SigningKey()
    client = Client(
        endpoints.GOOGLE_CLIENT_ID,
        endpoints.GOOGLE_CLIENT_SECRET,
        endpoints.CALLBACK_PATHS["google"],
        origins,
        allow_scopes,
    )
    server = GoogleServer(
        client,
        book,
        access=lambda: f"ya29.practice-{secrets.token_urlsafe(48)}",
        refresh=lambda: f"1//practice-{secrets.token_urlsafe(32)}",
        expires_in=LIFETIME,
    )
    id_token = IdToken(key, issuer, base_url)
    server.register_grant(GoogleCodeGrant, [S256Challenge(required=True), id_token])
    server.register_grant(GoogleRefreshGrant, [id_token])
    desk = Desk(server, people, Style("Google", IDENTITY, DATA, hint="login_hint", granular=True))
    google = Blueprint("google", __name__, url_prefix="/google")

    @google.route("/o/oauth2/v2/auth", methods=["GET", "POST"])
    def authorize() -> Response:
        return desk.serve()

    @google.post("/token")
    def token() -> Response:
        with book.lock:
            return server.create_token_response()

    _add_resources(google, book, key, base_url)
    google.before_request(faults.door(_failure))
    return google, book


def _add_resources(google: Blueprint, book: Book, key: SigningKey, base_url: str) -> None:
    @google.get("/certs")
    def certs() -> Response:
        return jsonify({key.kid: key.pem})

    @google.get("/userinfo")
    def userinfo() -> Response:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        with book.lock:
            found = book.live_access(value) if scheme.lower() == "bearer" else None
        if found is None:
            text = "Request had invalid authentication credentials."
            answer = jsonify({"error": {"code": 401, "message": text, "status": "UNAUTHENTICATED"}})
            answer.status_code = 401
            answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return answer
        person, granted = found.person, found.scope.split()
        body: dict[str, Any] = {"id": person.sub}
        if EMAIL in granted:
            body |= {"email": person.email, "verified_email": person.email_verified}
        if PROFILE in granted:
            body |= profile_claims(person, base_url)
        return jsonify(body)

    @google.post("/revoke")
    def revoke() -> Response:
        value = request.values.get("token", "")
        with book.lock:
            found = book.live_access(value) or book.live_refresh(value)
            if found is None:
                return _failure(400)
            # Google knows no revocation of one scope or one token: the whole grant of the project ends.
            book.end_grant(found.client_id, found.person)
        return jsonify({})


def _failure(status: int) -> Response:
    bodies = {
        400: {"error": "invalid_token", "error_description": "Token expired or revoked"},
        401: {"error": "invalid_client", "error_description": "Unauthorized"},
        429: {"error": "rate_limit_exceeded", "error_description": "Too many requests"},
    }
    answer = jsonify(bodies.get(status, {"error": "internal_failure", "error_description": "Backend error"}))
    answer.status_code = status
    return answer
