"""Which providers the settings name, and what the content security policy lets a sign-in form lead to."""

from omegaoffice.dev.practice.endpoints import with_practice
from omegaoffice.settings import auth

BASE = "http://127.0.0.1:8901"


def test_practice_provider_takes_the_place_of_google_and_github(monkeypatch):
    monkeypatch.setattr(auth, "PRACTICE_PROVIDER_URL", BASE)
    providers = with_practice(auth.social_providers(), BASE)
    assert providers["google"]["AUTHORIZE_URL"].startswith(BASE)
    assert providers["github"]["GITHUB_URL"] == f"{BASE}/github"
    assert providers["google"]["SCOPE"] == ["openid", "email"]
    assert providers["google"]["OAUTH_PKCE_ENABLED"] is providers["github"]["OAUTH_PKCE_ENABLED"] is True
    assert auth.sign_in_origins() == [BASE]


def test_without_it_the_real_ones_are_named_and_asked_for_identity_alone(monkeypatch):
    monkeypatch.setattr(auth, "PRACTICE_PROVIDER_URL", "")
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "an-id")
    providers = auth.social_providers()
    assert "AUTHORIZE_URL" not in providers["google"]
    assert [app["client_id"] for app in providers["google"]["APPS"]] == ["an-id"]
    assert providers["github"]["APPS"] == []
    assert providers["google"]["AUTH_PARAMS"] == {"access_type": "online"}
    assert auth.sign_in_origins() == ["https://accounts.google.com", "https://github.com"]


def test_policy_names_where_a_sign_in_form_leads(client, office):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    [rule] = [part for part in policy.split(";") if part.strip().startswith("form-action")]
    assert rule.split()[1:] == ["'self'", *auth.sign_in_origins()]
