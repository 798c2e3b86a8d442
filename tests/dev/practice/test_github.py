"""GitHub's half of the practice provider, over HTTP."""

from urllib.parse import parse_qs

import pytest
import requests

from omegaoffice.dev.practice import endpoints
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import LAYLA, NADIA, OMAR, SECONDS, PracticeProvider, query_of

JSON = {"Accept": "application/json"}


@pytest.fixture
def flow(practice: PracticeProvider) -> OAuthFlow:
    return OAuthFlow(practice, "github")


def api(provider: PracticeProvider, path: str, token: str, scheme: str = "token") -> requests.Response:
    return requests.get(
        f"{provider.base_url}/github/api/v3{path}",
        headers={"Authorization": f"{scheme} {token}"},
        timeout=SECONDS,
    )


def grant_url(provider: PracticeProvider) -> str:
    return f"{provider.base_url}/github/api/v3/applications/{endpoints.GITHUB_CLIENT_ID}/grant"


def end(
    url: str,
    body: object,
    auth: tuple[str, str] = (endpoints.GITHUB_CLIENT_ID, endpoints.GITHUB_CLIENT_SECRET),
) -> requests.Response:
    return requests.delete(url, json=body, auth=auth, timeout=SECONDS)


def test_the_whole_flow_answers_as_a_form(flow: OAuthFlow) -> None:
    back = flow.come_back()
    assert set(back) == {"code", "state"}
    assert back["state"] == flow.params["state"]
    answer = flow.exchange(back["code"])
    assert answer.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    body = parse_qs(answer.text)
    assert body["token_type"] == ["bearer"]
    assert body["scope"] == ["user:email"]
    assert body["access_token"][0].startswith("gho_practice")
    assert set(body) == {"access_token", "scope", "token_type"}


def test_the_token_answers_as_json_where_asked(flow: OAuthFlow) -> None:
    body = flow.tokens(scope="user:email,repo made:up", response_type=None)
    assert body["scope"] == "repo,user:email"
    assert body["token_type"] == "bearer"


@pytest.mark.parametrize("scheme", ["token", "Bearer"])
def test_user_and_emails_have_githubs_shapes(flow: OAuthFlow, practice: PracticeProvider, scheme: str) -> None:
    token = flow.tokens(OMAR)["access_token"]
    answer = api(practice, "/user", token, scheme)
    user = answer.json()
    assert (user["id"], user["login"], user["name"], user["email"]) == (
        9000002,
        "omar-practice",
        "Omar Nasser",
        None,
    )
    assert answer.headers["X-OAuth-Scopes"] == "user:email"
    first, second = api(practice, "/user/emails", token, scheme).json()
    assert first == {"email": OMAR, "primary": True, "verified": True, "visibility": "private"}
    assert second["primary"] is False


def test_emails_are_not_found_without_the_scope(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens(scope=None)["access_token"]
    assert api(practice, "/user", token).status_code == 200
    assert api(practice, "/user/emails", token).status_code == 404


def test_a_foreign_token_has_bad_credentials(practice: PracticeProvider) -> None:
    for path in ("/user", "/user/emails"):
        answer = api(practice, path, "gho_nobodys")
        assert answer.status_code == 401
        assert answer.json()["message"] == "Bad credentials"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "0" * 20}, "bad_verification_code"),
        ({"code": None}, "bad_verification_code"),
        ({"code_verifier": "y" * 64}, "bad_verification_code"),
        ({"code_verifier": None}, "bad_verification_code"),
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),
        ({"client_id": "somebody"}, "incorrect_client_credentials"),
        ({"redirect_uri": "http://127.0.0.1:1/accounts/github/login/callback/"}, "redirect_uri_mismatch"),
    ],
)
def test_a_failed_exchange_is_200_with_an_error(flow: OAuthFlow, change: dict[str, str | None], error: str) -> None:
    code = flow.come_back()["code"]
    answer = flow.exchange(headers=JSON, **{"code": code, **change})  # type: ignore[arg-type]
    assert answer.status_code == 200
    body = answer.json()
    assert body["error"] == error
    assert "access_token" not in body
    as_form = parse_qs(flow.exchange(**{"code": code, **change}).text)  # type: ignore[arg-type]
    assert as_form["error"] == [error]


def test_a_replayed_code_is_refused_and_revokes_the_first_token(flow: OAuthFlow, practice: PracticeProvider) -> None:
    code = flow.come_back()["code"]
    token = flow.exchange(code, headers=JSON).json()["access_token"]
    assert flow.exchange(code, headers=JSON).json()["error"] == "bad_verification_code"
    assert api(practice, "/user", token).status_code == 401


def test_denial_is_said_in_githubs_words(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = query_of(practice.sign_in(flow.url(), allow=False))
    assert back["error"] == "access_denied"
    assert back["error_description"] == "The user has denied your application access."
    assert back["state"] == flow.params["state"]


def test_an_unknown_address_is_never_answered(flow: OAuthFlow, practice: PracticeProvider) -> None:
    answer = practice.open(flow.url(redirect_uri="https://evil.example.com/accounts/github/login/callback/"))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_ending_the_grant_ends_every_token_of_that_person(flow: OAuthFlow, practice: PracticeProvider) -> None:
    first, second = flow.tokens()["access_token"], flow.tokens()["access_token"]
    nadia = flow.tokens(NADIA)["access_token"]
    url = grant_url(practice)
    answer = end(url, {"access_token": first})
    assert (answer.status_code, answer.text) == (204, "")
    assert [api(practice, "/user", token).status_code for token in (first, second, nadia)] == [401, 401, 200]
    assert end(url, {"access_token": first}).status_code == 404


def test_ending_a_token_leaves_the_others(flow: OAuthFlow, practice: PracticeProvider) -> None:
    first, second = flow.tokens(LAYLA)["access_token"], flow.tokens(LAYLA)["access_token"]
    url = grant_url(practice).replace("/grant", "/token")
    assert end(url, {"access_token": first}).status_code == 204
    assert [api(practice, "/user", token).status_code for token in (first, second)] == [401, 200]


def test_an_app_learns_whose_a_good_token_is_and_nothing_of_a_dead_one(
    flow: OAuthFlow, practice: PracticeProvider
) -> None:
    token = flow.tokens()["access_token"]
    url = grant_url(practice).replace("/grant", "/token")
    own = (endpoints.GITHUB_CLIENT_ID, endpoints.GITHUB_CLIENT_SECRET)

    def check(body: object, auth: tuple[str, str] = own) -> requests.Response:
        return requests.post(url, json=body, auth=auth, timeout=SECONDS)

    answer = check({"access_token": token})
    assert answer.status_code == 200
    assert (answer.json()["user"]["id"], answer.json()["app"]["client_id"]) == (9000001, own[0])
    assert token not in answer.text
    assert check({"access_token": token}, (own[0], "wrong")).status_code == 404
    assert check({}).status_code == 422
    end(grant_url(practice), {"access_token": token})
    assert check({"access_token": token}).status_code == 404


def test_ending_a_grant_needs_the_clients_credentials_and_a_token(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens()["access_token"]
    url = grant_url(practice)
    assert end(url, {"access_token": token}, ("somebody", "wrong")).status_code == 404
    assert end(url, {"access_token": token}, (endpoints.GITHUB_CLIENT_ID, "wrong")).status_code == 404
    assert requests.delete(url, json={"access_token": token}, timeout=SECONDS).status_code == 404
    for body in ({}, [], {"access_token": 7}, {"access_token": ""}):
        assert end(url, body).status_code == 422
    assert api(practice, "/user", token).status_code == 200


def test_ending_a_grant_fails_on_demand(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens()["access_token"]
    url = grant_url(practice)
    practice.fault("github.grant", "500", times=1)
    assert end(url, {"access_token": token}).status_code == 500
    assert end(url, {"access_token": token}).status_code == 204


def test_an_end_of_the_grant_that_is_ignored_on_demand_looks_like_success(
    flow: OAuthFlow, practice: PracticeProvider
) -> None:
    token = flow.tokens()["access_token"]
    practice.fault("github.grant", "ignored")
    assert end(grant_url(practice), {"access_token": token}).status_code == 204
    assert api(practice, "/user", token).status_code == 200
