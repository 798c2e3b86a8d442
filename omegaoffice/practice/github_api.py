"""GitHub's REST API, as far as sign-in and its end need it, in GitHub's shapes."""

import base64
import binascii
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from .book import Book, Token
from .client import Client
from .people import Person


def add(github: Blueprint, client: Client, book: Book, base_url: str) -> None:
    """Add the API's addresses, below /api/v3, to GitHub's blueprint."""

    @github.get("/api/v3/user")
    def user() -> Response:
        token = _bearer(book)
        if token is None:
            return message(401)
        person = token.person
        return _with_scopes(token, jsonify(_profile(person, base_url)))

    @github.get("/api/v3/user/emails")
    def emails() -> Response:
        token = _bearer(book)
        if token is None:
            return message(401)
        if not {"user", "user:email"} & set(token.scope.split()):
            return _with_scopes(token, message(404))
        person = token.person
        mine = {
            "email": person.email,
            "primary": True,
            "verified": person.email_verified,
            "visibility": "private",
        }
        hidden = f"{person.github_id}+{person.login}@users.noreply.example.org"
        alias = {"email": hidden, "primary": False, "verified": True, "visibility": None}
        return _with_scopes(token, jsonify([mine, alias]))

    @github.delete("/api/v3/applications/<client_id>/grant")
    def grant(client_id: str) -> Response:
        return _take_back(client, book, client_id, whole=True)

    @github.delete("/api/v3/applications/<client_id>/token")
    def grant_token(client_id: str) -> Response:
        return _take_back(client, book, client_id, whole=False)


def _take_back(client: Client, book: Book, client_id: str, *, whole: bool) -> Response:
    if not _is_client(client, client_id):
        return message(404)  # GitHub does not tell a stranger which applications exist.
    body = request.get_json(silent=True)
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        return message(422)
    with book.lock:
        token = book.live_access(value)
        if token is None or token.client_id != client_id:
            return message(404)
        if whole:
            book.end_grant(client_id, token.person)
        else:
            token.revoked = True
    return make_response("", 204)


def _is_client(client: Client, client_id: str) -> bool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return name == client_id == client.client_id and client.check_client_secret(secret)


def _bearer(book: Book) -> Token | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    with book.lock:
        return book.live_access(value) if scheme.lower() in {"token", "bearer"} else None


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
    answer = jsonify(body)
    answer.status_code = status
    return answer
