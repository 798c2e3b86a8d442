"""GitHub's sign-in and the end of a grant in GitHub's shapes: errors with status 200, answers as form or JSON."""

import secrets
from typing import Any, Final
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, jsonify, make_response, request, url_for

from .consent import add_sign_in
from .endpoints import CALLBACK_PATHS, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET
from .grants import Grants, Token
from .oauth import Client, CodeGrant, ProviderServer, S256Challenge
from .people import Person

DOCS: Final = "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps"
IDENTITY: Final = {
    "user:email": "See your e-mail addresses",
    "read:user": "See your profile",
    "user": "See and edit your profile and e-mail addresses",
}
DATA: Final = {"repo": "See and edit all your repositories"}
# GitHub answers a failed exchange with status 200 and one of three names of its own.
NAMES: Final = {
    "invalid_client": ("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect."),
    "redirect_uri_mismatch": (
        "redirect_uri_mismatch",
        "The redirect_uri MUST match the registered callback URL for this application.",
    ),
}
BAD_CODE: Final = ("bad_verification_code", "The code passed is incorrect or expired.")


def allow_scopes(requested: str) -> str:
    """Keep the scopes that exist; GitHub passes over the others, and none at all is allowed."""
    known = IDENTITY.keys() | DATA.keys()
    return " ".join(sorted({scope for scope in requested.replace(",", " ").split() if scope in known}))


class GitHubCodeGrant(CodeGrant):
    """The code grant without `response_type` and `grant_type`, which GitHub does not ask for."""

    RESPONSE_TYPES = {"code", None}

    @classmethod
    def check_token_endpoint(cls, request: Any) -> bool:
        return bool(request.method == "POST")

    def generate_authorization_code(self) -> str:
        return secrets.token_hex(10)

    def create_token_response(self) -> tuple[int, dict[str, str], Any]:
        """Answer with scopes joined by commas and no lifetime: tokens of OAuth apps do not expire."""
        status, token, headers = super().create_token_response()
        body = {
            "access_token": token["access_token"],
            "scope": token.get("scope", "").replace(" ", ","),
            "token_type": "bearer",
        }
        return status, body, headers


class GitHubServer(ProviderServer):
    """GitHub answers as a form unless JSON is asked for, errors included. Its tokens do not expire."""

    vendor = "GitHub"
    identity_scopes = IDENTITY
    data_scopes = DATA
    hint = "login"
    access_prefix = "gho_practice"

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:
        """Write a token or error in the format that `Accept` names."""
        if isinstance(payload, dict) and "application/json" not in request.headers.get("Accept", ""):
            answer = make_response(urlencode(payload), status_code, headers)
            answer.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            return answer
        return super().handle_response(status_code, payload, headers)

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        """Rename the error as GitHub does; a denial goes back to the client in GitHub's words."""
        if error.redirect_uri:
            if error.error == "access_denied":
                error.description = "The user has denied your application access."
                error.uri = f"{DOCS}/troubleshooting-authorization-request-errors/#access-denied"
            return super().handle_error_response(request, error)
        name, description = NAMES.get(error.error, BAD_CODE)
        page = f"{DOCS}/troubleshooting-oauth-app-access-token-request-errors/#{name.replace('_', '-')}"
        body = {"error": name, "error_description": description, "error_uri": page}
        return self.handle_response(200, body, [("Cache-Control", "no-store")])


def build(origins: frozenset[str]) -> tuple[Blueprint, Grants]:
    """Make GitHub's blueprint (mounted at /github, its API below /github/api/v3) and the grants behind it."""
    client = Client(GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, [CALLBACK_PATHS["github"]], origins, allow_scopes)
    server = GitHubServer(client)
    server.register_grant(GitHubCodeGrant, [S256Challenge()])
    github = Blueprint("github", __name__, url_prefix="/github")
    add_sign_in(github, server, "/login/oauth/authorize", "/login/oauth/access_token")
    grants = server.grants

    @github.get("/api/v3/user")
    def user() -> Response:
        token = grants.authorized("token", "bearer")
        return _with_scopes(token, jsonify(_profile(token.person))) if token else message(401)

    @github.get("/api/v3/user/emails")
    def emails() -> Response:
        token = grants.authorized("token", "bearer")
        if token is None:
            return message(401)
        if not {"user", "user:email"} & set(token.scope.split()):
            return _with_scopes(token, message(404))
        person = token.person
        own = {"email": person.email, "primary": True, "verified": person.email_verified, "visibility": "private"}
        hidden = f"{person.github_id}+{person.login}@users.noreply.example.org"
        alias = {"email": hidden, "primary": False, "verified": True, "visibility": None}
        return _with_scopes(token, jsonify([own, alias]))

    @github.delete("/api/v3/applications/<client_id>/grant", endpoint="grant", defaults={"whole_grant": True})
    @github.delete("/api/v3/applications/<client_id>/token", endpoint="grant_token", defaults={"whole_grant": False})
    def revoke(client_id: str, *, whole_grant: bool) -> Response:
        with grants.lock:
            token = _token_of_app(client_id, client, grants)
            if isinstance(token, int):
                return message(token)
            if whole_grant:
                grants.end_grant(token.person)
            else:
                token.revoked = True
        return make_response("", 204)

    @github.post("/api/v3/applications/<client_id>/token", endpoint="check_token")
    def check(client_id: str) -> Response:
        token = _token_of_app(client_id, client, grants)
        if isinstance(token, int):
            return message(token)
        app = {"name": "OmegaOffice", "url": request.host_url, "client_id": client_id}
        scopes, last = token.scope.split(), token.access_token[-8:]
        facts = {"token": "", "token_last_eight": last, "expires_at": None, "note": None, "fingerprint": None}
        return jsonify({"scopes": scopes, "app": app, "user": _profile(token.person), **facts})

    return github, grants


def _token_of_app(client_id: str, client: Client, grants: Grants) -> Token | int:
    """Return the live token that an app asks about by basic authentication, or the status of the refusal."""
    given = request.authorization
    name, secret = (given.username, given.password or "") if given and given.type == "basic" else (None, "")
    if not name == client_id == client.client_id or not client.check_client_secret(secret):
        return 404  # GitHub does not tell a stranger which applications exist.
    body = request.get_json(silent=True)
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        return 422
    return grants.live_access(value) or 404


def _with_scopes(token: Token, answer: Response) -> Response:
    answer.headers["X-OAuth-Scopes"] = token.scope.replace(" ", ", ")
    return answer


def _profile(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "id": person.github_id,
        "avatar_url": url_for("picture", sub=person.sub, _external=True),
        "html_url": f"{request.host_url}github/{person.login}",
        "name": person.name,
        "email": None,  # as for everybody who keeps the address private
    }


def message(status: int, text: str = "") -> Response:
    """Answer with an error in the shape of GitHub's API."""
    texts = {401: "Bad credentials", 404: "Not Found", 422: "Validation Failed: access_token must be a text."}
    documentation = "https://docs.github.com/rest"
    body = {"message": text or texts[status], "documentation_url": documentation, "status": str(status)}
    return make_response(body, status)
