"""The practice provider as a fixture: a real process on a free port, and somebody who clicks for tests.

Any test may ask for `practice` after `pytest_plugins = ["tests.dev.practice.provider"]` in the root conftest.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

from omegaoffice.dev.practice import endpoints

PROJECT = Path(__file__).resolve().parents[3]
TEST_CLIENT_ORIGIN = "http://testserver"  # what Django's test client calls itself
SECONDS = 20

LAYLA = "layla@example.org"
OMAR = "omar@example.org"
NADIA = "nadia@example.org"


class PracticeProvider:
    """A running provider, seen from outside."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """The parts of SOCIALACCOUNT_PROVIDERS that point at this process."""
        return endpoints.settings_for(self.base_url)

    def open(self, url: str) -> requests.Response:
        """Open an authorize address as a browser would, without leaving the provider."""
        return requests.get(url, allow_redirects=False, timeout=SECONDS)

    def answer(self, page: requests.Response, **fields: Any) -> requests.Response:
        """Post the form of an open page with these fields beside its token."""
        form = re.search(r'<form\s+method="post"\s+action="([^"]+)"', page.text)
        form_token = re.search(r'name="form_token"\s+value="([^"]+)"', page.text)
        assert form is not None, page.text
        assert form_token is not None, page.text
        action = urljoin(page.url, form[1].replace("&amp;", "&"))
        return requests.post(
            action, data={"form_token": form_token[1], **fields}, allow_redirects=False, timeout=SECONDS
        )

    def sign_in(self, url: str, who: str = LAYLA, *, allow: bool = True, granted: list[str] | None = None) -> str:
        """Choose a person by e-mail and allow or deny; the address that the browser is sent back to.

        `granted` names the data scopes left ticked; without it, all of them are.
        """
        page = self.open(url)
        assert page.status_code == 200, page.text
        ticked = re.findall(r'name="granted"\s+value="([^"]+)"', page.text) if granted is None else granted
        fields = {
            "person": self.sub_of(page, who),
            "granted": ticked,
            "decision": "allow" if allow else "deny",
        }
        back = self.answer(page, **fields)
        assert back.status_code == 302, back.text
        return back.headers["Location"]

    @staticmethod
    def sub_of(page: requests.Response, who: str) -> str:
        """The Google id of the person with this e-mail on an open page."""
        for sub, words in re.findall(r'name="person"\s+value="([^"]+)".*?<span>(.*?)</span>', page.text, re.DOTALL):
            if who in words:
                return str(sub)
        raise AssertionError(f"{who} is not on the page")

    def fault(self, target: str, kind: str, **more: Any) -> None:
        """Let an endpoint fail: `practice.fault("google.revoke", "500", times=2)`, or `"hang", seconds=3`."""
        answer = requests.post(
            f"{self.base_url}/control/faults", json={"target": target, "kind": kind, **more}, timeout=SECONDS
        )
        assert answer.status_code == 200, answer.text

    def clear_faults(self) -> None:
        """Let everything work again; calls that hang are answered at once."""
        requests.delete(f"{self.base_url}/control/faults", timeout=SECONDS).raise_for_status()

    def state(self) -> dict[str, Any]:
        """Grants and faults; no token values."""
        found: dict[str, Any] = requests.get(f"{self.base_url}/control/state", timeout=SECONDS).json()
        return found

    def risc(self, event: str, sub: str, **more: Any) -> dict[str, Any]:
        """Sign a security event, `practice.risc("tokens-revoked", sub, deliver=True)`: `token` and `statuses`."""
        answer = requests.post(
            f"{self.base_url}/control/risc", json={"event": event, "sub": sub, **more}, timeout=SECONDS
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def rotate(self, *, drop: bool = False) -> dict[str, Any]:
        """Sign with a new key, or stop publishing the old ones: `current` and `published` key ids."""
        body = {"drop": True} if drop else {}
        found: dict[str, Any] = requests.post(f"{self.base_url}/control/rotate", json=body, timeout=SECONDS).json()
        return found

    def remove_access(self, sub: str) -> requests.Response:
        """Remove the office's access on the person's page at Google."""
        return self.answer(self.open(f"{self.base_url}/google/permissions?person={sub}"))

    def reset(self) -> None:
        """Forget everything."""
        requests.post(f"{self.base_url}/control/reset", json={}, timeout=SECONDS).raise_for_status()


def query_of(url: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextmanager
def running() -> Iterator[PracticeProvider]:
    """Start the real process on a free port; stop it at the end."""
    command = [sys.executable, "-m", "tests.dev.practice", "--port", "0", "--origin", TEST_CLIENT_ORIGIN]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error::DeprecationWarning:omegaoffice"},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "listening on " in line, f"the practice provider did not start: {line!r}"
        yield PracticeProvider(line.rsplit(" ", 1)[1].strip())
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)
        process.stdout.close()


def retarget(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    """Point allauth at another provider after its import, which is when it read the settings."""
    from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
    from allauth.socialaccount.providers.google import views as google

    wanted = endpoints.settings_for(base_url)["google"]
    for name, value in {
        "authorize_url": wanted["AUTHORIZE_URL"],
        "access_token_url": wanted["ACCESS_TOKEN_URL"],
        "identity_url": wanted["IDENTITY_URL"],
        "id_token_issuer": wanted["ID_TOKEN_ISSUER"],
    }.items():
        monkeypatch.setattr(google.GoogleOAuth2Adapter, name, value)
    monkeypatch.setattr(google, "CERTS_URL", wanted["CERTS_URL"])
    monkeypatch.setattr(google, "ID_TOKEN_ISSUER", wanted["ID_TOKEN_ISSUER"])
    web, api = f"{base_url}/github", f"{base_url}/github/api/v3"
    for name, value in {
        "web_url": web,
        "api_url": api,
        "access_token_url": f"{web}/login/oauth/access_token",
        "authorize_url": f"{web}/login/oauth/authorize",
        "profile_url": f"{api}/user",
        "emails_url": f"{api}/user/emails",
    }.items():
        monkeypatch.setattr(GitHubOAuth2Adapter, name, value)


@pytest.fixture(scope="session")
def practice_process() -> Iterator[PracticeProvider]:
    """One process for the whole session (one a worker under xdist)."""
    with running() as provider:
        yield provider


@pytest.fixture
def practice(practice_process: PracticeProvider) -> Iterator[PracticeProvider]:
    """The session's provider, forgotten and without faults before and after."""
    practice_process.reset()
    yield practice_process
    practice_process.reset()


@pytest.fixture
def google(practice: PracticeProvider, settings: Any) -> PracticeProvider:
    """The practice provider, with the data grant pointed at it."""
    settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {"google": practice.settings["google"]}
    settings.GOOGLE_ENDPOINTS = endpoints.google_endpoints(practice.base_url)
    return practice


@pytest.fixture
def github(practice: PracticeProvider, settings: Any, monkeypatch: pytest.MonkeyPatch) -> PracticeProvider:
    """The practice provider, with signing in through GitHub, and its end, pointed at it."""
    retarget(monkeypatch, practice.base_url)
    parts = {**settings.SOCIALACCOUNT_PROVIDERS["github"], **practice.settings["github"]}
    settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {"github": parts}
    settings.GITHUB_API = endpoints.github_api(practice.base_url)
    return practice
