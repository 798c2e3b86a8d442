"""Where the practice provider answers, and the allauth settings that point at it, in plain Python."""

import os
import re
from collections.abc import Mapping
from typing import Any, Final

DEFAULT_PORT: Final = 8901
LOOPBACK_ORIGIN: Final = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")

GOOGLE_CLIENT_ID: Final = "practice-google.apps.example.org"
GITHUB_CLIENT_ID: Final = "Ov23practicegithub00"
# Not secrets: they open nothing but this process, which listens on the loopback address only.
GOOGLE_CLIENT_SECRET: Final = "practice-google-not-a-secret"  # noqa: S105
GITHUB_CLIENT_SECRET: Final = "practice-github-not-a-secret"  # noqa: S105

CALLBACK_PATHS: Final[Mapping[str, str]] = {
    "google": "/accounts/google/login/callback/",
    "github": "/accounts/github/login/callback/",
}
# Where the office is sent back to when it asks Google for data, and where it takes Google's security events.
GOOGLE_DATA_CALLBACK_PATH: Final = "/settings/connections/google/callback/"
RECEIVER_PATH: Final = "/webhooks/google/"


class RefusedInProductionError(RuntimeError):
    """Raised when anything of the practice provider is asked for while OFFICE_ENV is production."""


def refuse_in_production() -> None:
    """Raise RefusedInProductionError when OFFICE_ENV (letter case and spaces aside) is production."""
    if os.environ.get("OFFICE_ENV", "").strip().lower() == "production":
        raise RefusedInProductionError(
            "THE PRACTICE PROVIDER IS REFUSED IN PRODUCTION: it lets anybody sign in as anybody. "
            "OFFICE_ENV is production; configure the real Google and GitHub clients instead."
        )


def with_practice(providers: Mapping[str, Mapping[str, Any]], base_url: str) -> dict[str, dict[str, Any]]:
    """Return SOCIALACCOUNT_PROVIDERS with a practice provider in place of Google and GitHub; raises as settings_for."""
    return {name: {**providers[name], **parts} for name, parts in settings_for(base_url).items()}


def google_endpoints(base_url: str) -> dict[str, str]:
    """Return GOOGLE_ENDPOINTS of a practice provider; raises as settings_for."""
    google = settings_for(base_url)["google"]
    return {
        "authorize": google["AUTHORIZE_URL"],
        "token": google["ACCESS_TOKEN_URL"],
        "revoke": f"{google['ID_TOKEN_ISSUER']}/revoke",
        "issuer": google["ID_TOKEN_ISSUER"],
        "event_issuer": f"{google['ID_TOKEN_ISSUER']}/",
        "keys": f"{google['ID_TOKEN_ISSUER']}/oauth2/v3/certs",
    }


def github_api(base_url: str) -> str:
    """Return GITHUB_API of a practice provider; raises as settings_for."""
    return f"{settings_for(base_url)['github']['GITHUB_URL']}/api/v3"


def settings_for(base_url: str) -> dict[str, dict[str, Any]]:
    """Build the parts of SOCIALACCOUNT_PROVIDERS that send allauth to a practice provider.

    `base_url` is the address the process prints when it starts, such as `http://127.0.0.1:8901`.
    Raises RefusedInProductionError in production and ValueError for an address that is not on this machine.
    """
    refuse_in_production()
    base = base_url.rstrip("/")
    if not (base.startswith("http://") and LOOPBACK_ORIGIN.fullmatch(base)):
        raise ValueError(
            f"The practice provider's address looks like http://127.0.0.1:{DEFAULT_PORT}, not {base_url!r}."
        )
    return {
        "google": {
            "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET, "key": ""}],
            "OAUTH_PKCE_ENABLED": True,
            "AUTHORIZE_URL": f"{base}/google/o/oauth2/v2/auth",
            "ACCESS_TOKEN_URL": f"{base}/google/token",
            "IDENTITY_URL": f"{base}/google/userinfo",
            "CERTS_URL": f"{base}/google/certs",
            # Never Google's own, so a real office refuses practice tokens.
            "ID_TOKEN_ISSUER": f"{base}/google",
        },
        "github": {
            "APPS": [{"client_id": GITHUB_CLIENT_ID, "secret": GITHUB_CLIENT_SECRET, "key": ""}],
            "OAUTH_PKCE_ENABLED": True,
            "GITHUB_URL": f"{base}/github",
        },
    }
