"""Google's data endpoints, without content and open by scope alone, and tokeninfo.

Errors are those of https://cloud.google.com/apis/design/errors, with the reason that Google gives for a missing scope.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, make_response, request

from .endpoints import GOOGLE_CLIENT_ID
from .google_scopes import EMAIL, IDENTITY, OPENED_BY
from .grants import Grants

#: path and answer by endpoint; the answer repeats the id in the path, under Google's name for it
ANSWERS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "gmail_messages": ("/gmail/v1/users/me/messages", {"resultSizeEstimate": 0}),
    "gmail_labels": ("/gmail/v1/users/me/labels", {"labels": [{"id": "INBOX", "name": "INBOX", "type": "system"}]}),
    "drive_files": ("/drive/v3/files", {"kind": "drive#fileList", "incompleteSearch": False, "files": []}),
    "document": ("/docs/v1/documents/<documentId>", {"title": "Practice document", "body": {"content": []}}),
    "spreadsheet": (
        "/sheets/v4/spreadsheets/<spreadsheetId>",
        {"properties": {"title": "Practice spreadsheet"}, "sheets": []},
    ),
}


def api_error(status: int, name: str, message: str, challenge: str = "", **more: Any) -> Response:
    """Answer with an error in the shape of Google's APIs; `challenge` goes into `WWW-Authenticate`."""
    headers = {"WWW-Authenticate": f"Bearer {challenge}"} if challenge else {}
    return make_response({"error": {"code": status, "message": message, "status": name, **more}}, status, headers)


def unauthenticated() -> Response:
    text = "Request had invalid authentication credentials."
    return api_error(401, "UNAUTHENTICATED", text, 'error="invalid_token"')


def add_data(pages: Blueprint, grants: Grants) -> None:
    """Add the data endpoints and tokeninfo to Google's blueprint."""
    for name, (path, _) in ANSWERS.items():
        pages.add_url_rule(path, name, DataView(name, grants))

    @pages.route("/tokeninfo", methods=["GET", "POST"])
    def tokeninfo() -> Response:
        """Describe a live access token; every value is a text, as at https://oauth2.googleapis.com/tokeninfo."""
        token = grants.live_access(request.values.get("access_token", ""))
        if token is None:
            return make_response({"error": "invalid_token", "error_description": "Invalid Value"}, 400)
        granted, person, expires = token.scope.split(), token.person, int(token.expires_at)
        body = {"azp": GOOGLE_CLIENT_ID, "aud": GOOGLE_CLIENT_ID, "scope": token.scope}
        body |= {"exp": str(expires), "expires_in": str(max(0, expires - int(time.time())))}
        if IDENTITY.keys() & granted:
            body["sub"] = person.sub
        if EMAIL in granted:
            body |= {"email": person.email, "email_verified": str(person.email_verified).lower()}
        return jsonify(body)


class DataView:
    """Answers one data endpoint for tokens with a scope that opens it."""

    def __init__(self, name: str, grants: Grants) -> None:
        self._name = name
        self._grants = grants

    def __call__(self, **ids: str) -> Response:
        token = self._grants.authorized("bearer")
        if token is None:
            return unauthenticated()
        needed = OPENED_BY[self._name]
        if needed.isdisjoint(token.scope.split()):
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com"}
            return api_error(
                403,
                "PERMISSION_DENIED",
                "Request had insufficient authentication scopes.",
                f'error="insufficient_scope", scope="{" ".join(sorted(needed))}"',
                details=[{**info, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
            )
        return jsonify(ids | ANSWERS[self._name][1])
