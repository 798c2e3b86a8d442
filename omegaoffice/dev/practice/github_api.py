"""GitHub's REST API, as far as sign-in and its end need it, in GitHub's shapes."""

import base64
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from .client import Client
from .grants import Grants, Token
from .people import Person


def add_resources(github: Blueprint, client: Client, grants: Grants, base_url: str) -> None:
    """Add the API's addresses, below /api/v3, to GitHub's blueprint."""

    @github.get("/api/v3/user")
    def user() -> Response:
        token = grants.authorized("token", "bearer")
        if token is None:
            return message(401)
        return _with_scopes(token, jsonify(_profile(token.person, base_url)))

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

    @github.delete("/api/v3/applications/<client_id>/grant")
    def grant(client_id: str) -> Response:
        return _revoke(client, grants, client_id, whole_grant=True)

    @github.delete("/api/v3/applications/<client_id>/token")
    def grant_token(client_id: str) -> Response:
        return _revoke(client, grants, client_id, whole_grant=False)


def _revoke(client: Client, grants: Grants, client_id: str, *, whole_grant: bool) -> Response:
    if not _is_client(client, client_id):
        return message(404)  # GitHub does not tell a stranger which applications exist.
    body = request.get_json(silent=True)
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        return message(422)
    with grants.lock:
        token = grants.live_access(value)
        if token is None or token.client_id != client_id:
            return message(404)
        if whole_grant:
            grants.end_grant(client_id, token.person)
        else:
            token.revoked = True
    return make_response("", 204)


def _is_client(client: Client, client_id: str) -> bool:
    given = request.authorization
    if given is None or given.type != "basic":
        return False
    return given.username == client_id == client.client_id and client.check_client_secret(given.password or "")


def _with_scopes(token: Token, answer: Response) -> Response:
    answer.headers["X-OAuth-Scopes"] = token.scope.replace(" ", ", ")
    return answer


def _profile(person: Person, base_url: str) -> dict[str, Any]:
    return {
        "login": person.login,
        "id": person.github_id,
        "node_id": base64.b64encode(f"04:User{person.github_id}".encode()).decode(),
        "avatar_url": f"{base_url}/picture/{person.sub}.svg",
        "url": f"{base_url}/github/api/v3/users/{person.login}",
        "html_url": f"{base_url}/github/{person.login}",
        "type": "User",
        "site_admin": False,
        "name": person.name,
        "email": None,  # as for everybody who keeps the address private
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
    }


def message(status: int) -> Response:
    """Answer with an error in the API's shape."""
    texts = {
        400: "Problems parsing JSON",
        401: "Bad credentials",
        404: "Not Found",
        422: "Validation Failed: access_token must be a text.",
        429: "API rate limit exceeded",
    }
    body = {
        "message": texts.get(status, "Server Error"),
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return make_response(body, status)
