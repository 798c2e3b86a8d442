"""GitHub's sign-in endpoints in GitHub's shapes: errors with status 200, answers as form or JSON."""

import secrets
from typing import Any, Final
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, make_response, request

from . import endpoints, github_api
from .client import Client
from .consent import add_sign_in
from .faults import Faults
from .grants import Grants
from .oauth import CodeGrant, ProviderServer, S256Challenge
from .people import People

DOCS: Final = "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps"
IDENTITY: Final = {
    "user:email": "See your e-mail addresses",
    "read:user": "See your profile",
    "user": "See and edit your profile and e-mail addresses",
}
DATA: Final = {
    "repo": "See and edit all your repositories",
    "public_repo": "See and edit your public repositories",
    "gist": "Write gists for you",
    "read:org": "See your organisations",
    "workflow": "Edit the workflows of your repositories",
}
# GitHub answers a failed exchange with status 200 and one of three names of its own.
NAMES: Final = {
    "invalid_client": (
        "incorrect_client_credentials",
        "The client_id and/or client_secret passed are incorrect.",
    ),
    "redirect_uri_mismatch": (
        "redirect_uri_mismatch",
        "The redirect_uri MUST match the registered callback URL for this application.",
    ),
}
BAD_CODE: Final = ("bad_verification_code", "The code passed is incorrect or expired.")


def allow_scopes(asked: str) -> str:
    """Keep the scopes that exist; GitHub passes over the others, and none at all is allowed."""
    known = IDENTITY.keys() | DATA.keys()
    return " ".join(sorted({scope for scope in asked.replace(",", " ").split() if scope in known}))


class GitHubCodeGrant(CodeGrant):
    """The code grant without `grant_type`, which GitHub does not ask for."""

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
            kept = [(name, value) for name, value in headers if name.lower() != "content-type"]
            answer = make_response(urlencode(payload), status_code)
            answer.headers.extend(kept)
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
        return self.handle_response(
            200,
            {"error": name, "error_description": description, "error_uri": page},
            [("Cache-Control", "no-store")],
        )


def build(people: People, faults: Faults, *, base_url: str, origins: frozenset[str]) -> tuple[Blueprint, Grants]:
    """Make GitHub's blueprint (mounted at /github, its API below /github/api/v3) and the grants behind it."""
    client = Client(
        endpoints.GITHUB_CLIENT_ID,
        endpoints.GITHUB_CLIENT_SECRET,
        endpoints.CALLBACK_PATHS["github"],
        origins,
        allow_scopes,
        response_types=frozenset({"code", None}),  # GitHub does not ask for it
    )
    server = GitHubServer(client)
    server.register_grant(GitHubCodeGrant, [S256Challenge(required=True)])
    github = Blueprint("github", __name__, url_prefix="/github")
    add_sign_in(
        github,
        server,
        people,
        authorize="/login/oauth/authorize",
        token="/login/oauth/access_token",  # noqa: S106
    )
    github_api.add_resources(github, client, server.grants, base_url)
    github.before_request(faults.before_request(github_api.message))
    return github, server.grants
