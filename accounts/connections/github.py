"""GitHub's endpoints about the authorisations of the office's OAuth app: the one place that knows them.

https://docs.github.com/en/rest/apps/oauth-applications says what they take and answer.
"""

from http import HTTPStatus

import requests
from django.conf import settings

from .errors import VendorError

#: seconds for an answer of GitHub
TIMEOUT = 10
#: code of an end that was asked for with a good token, without learning whether it has come
UNCHECKED = "unchecked"


def is_set_up() -> bool:
    """Return whether the office has an OAuth app at GitHub."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS["github"]["APPS"])


def find_owner(token: str) -> str | None:
    """Return GitHub's id of the person who gave a token; None where GitHub says that it is not good (any more).

    None alone proves nothing: GitHub keeps ten tokens of a person, and answers the same to an app it does not know.
    Raises VendorError.
    """
    answer = _call("POST", "token", token)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    if answer.status_code != HTTPStatus.OK:
        raise VendorError(f"http_{answer.status_code}")
    try:
        return str(answer.json()["user"]["id"])
    except (ValueError, KeyError, TypeError):
        raise VendorError("unreadable") from None


def revoke(token: str) -> None:
    """End the authorisation with all its tokens, and see that it has ended; raises VendorError where it has not.

    Call it with a token that `find_owner` has just found good: then that it is good no longer proves the end.
    """
    code = UNCHECKED
    try:
        answer = _call("DELETE", "grant", token)
        code = "still_good" if answer.status_code == HTTPStatus.NO_CONTENT else f"http_{answer.status_code}"
    except VendorError:
        pass  # it may have come, and its answer have been lost
    try:
        is_good = find_owner(token) is not None
    except VendorError:
        raise VendorError(UNCHECKED) from None
    if is_good:
        raise VendorError("unreachable" if code == UNCHECKED else code)


def _call(method: str, what: str, token: str) -> requests.Response:
    """Return what GitHub answers to the app about one of its tokens; the token stands in no address."""
    if not is_set_up():
        raise VendorError("no_client")
    app = settings.SOCIALACCOUNT_PROVIDERS["github"]["APPS"][0]
    try:
        return requests.request(
            method,
            f"{settings.GITHUB_API}/applications/{app['client_id']}/{what}",
            json={"access_token": token},
            auth=(app["client_id"], app["secret"]),
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException:
        raise VendorError("unreachable") from None
