"""Scopes at Google's half of the practice provider: narrower refreshes, what each scope opens, tokeninfo."""

import time

import pytest
import requests

from omegaoffice.dev.practice import endpoints
from omegaoffice.dev.practice.google_scopes import DATA, EMAIL, ROOT
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import LAYLA, SECONDS, PracticeProvider, query_of

LABELS, MODIFY, READ, SEND = (f"{ROOT}gmail.{name}" for name in ("labels", "modify", "readonly", "send"))
PATHS = {
    "messages": "/gmail/v1/users/me/messages",
    "labels": "/gmail/v1/users/me/labels",
    "files": "/drive/v3/files",
    "document": "/docs/v1/documents/doc-1",
    "spreadsheet": "/sheets/v4/spreadsheets/sheet-1",
}
#: what each scope opens, as Google's references have it, written apart from the provider's own table
OPENS = {
    "gmail.readonly": {"messages", "labels"},
    "gmail.send": set(),
    "gmail.modify": {"messages", "labels"},
    "gmail.labels": {"labels"},
    "drive.file": {"files", "document", "spreadsheet"},
    "drive.readonly": {"files", "document", "spreadsheet"},
    "drive": {"files", "document", "spreadsheet"},
    "documents.readonly": {"document"},
    "documents": {"document"},
    "spreadsheets.readonly": {"spreadsheet"},
    "spreadsheets": {"spreadsheet"},
}


@pytest.fixture
def flow(practice: PracticeProvider) -> OAuthFlow:
    """A data grant as the office asks for it: at its own address, offline, with identity beside the data."""
    flow = OAuthFlow(practice, "google")
    flow.params |= {
        "redirect_uri": f"http://127.0.0.1:8000{endpoints.GOOGLE_DATA_CALLBACK_PATH}",
        "scope": f"openid email {READ} {LABELS}",
        "access_type": "offline",
        "prompt": "consent",
    }
    return flow


def get(practice: PracticeProvider, name: str, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{practice.base_url}/google{PATHS[name]}", headers=headers, timeout=SECONDS)


def tokeninfo(practice: PracticeProvider, token: str, method: str = "get") -> requests.Response:
    where = {"params": {"access_token": token}} if method == "get" else {"data": {"access_token": token}}
    return requests.request(method, f"{practice.base_url}/google/tokeninfo", timeout=SECONDS, **where)


def opened(practice: PracticeProvider, token: str) -> set[str]:
    return {name for name in PATHS if get(practice, name, token).status_code == 200}


def test_a_grant_of_data_is_answered_at_its_own_address(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = practice.sign_in(flow.url())
    assert back.startswith(f"{flow.params['redirect_uri']}?")
    code = query_of(back)["code"]
    sign_in = f"http://127.0.0.1:8000{endpoints.CALLBACK_PATHS['google']}"
    assert flow.exchange(code, redirect_uri=sign_in).json()["error"] == "redirect_uri_mismatch"
    assert flow.exchange(code).status_code == 200


@pytest.mark.parametrize("path", ["/settings/connections/google/callback", "/settings/connections/github/callback/"])
def test_only_the_exact_address_is_answered(flow: OAuthFlow, practice: PracticeProvider, path: str) -> None:
    assert practice.open(flow.url(redirect_uri=f"http://127.0.0.1:8000{path}")).status_code == 400


def test_the_data_address_is_googles_alone(practice: PracticeProvider) -> None:
    address = f"http://127.0.0.1:8000{endpoints.GOOGLE_DATA_CALLBACK_PATH}"
    assert practice.open(OAuthFlow(practice, "github").url(redirect_uri=address)).status_code == 400


@pytest.mark.parametrize(("asked", "opens"), [(LABELS, {"labels"}), (f"{LABELS} {READ}", {"labels", "messages"})])
def test_a_narrower_refresh_gives_and_opens_exactly_that(
    flow: OAuthFlow, practice: PracticeProvider, asked: str, opens: set[str]
) -> None:
    body = flow.refresh(flow.tokens()["refresh_token"], scope=asked).json()
    assert body["scope"].split() == sorted(asked.split())
    assert opened(practice, body["access_token"]) == opens
    assert "id_token" not in body
    assert "refresh_token" not in body


def test_a_refresh_for_the_address_alone_adds_no_openid(flow: OAuthFlow) -> None:
    assert flow.refresh(flow.tokens()["refresh_token"], scope=EMAIL).json()["scope"] == EMAIL


def test_a_refresh_stays_good_after_narrow_and_refused_ones(flow: OAuthFlow) -> None:
    first = flow.tokens()
    flow.refresh(first["refresh_token"], scope=LABELS)
    for beyond in (MODIFY, f"{LABELS} {MODIFY}", "no-such-scope"):
        refused = flow.refresh(first["refresh_token"], scope=beyond)
        assert refused.status_code == 400
        assert refused.json() == {"error": "invalid_scope", "error_description": "Bad Request"}
    assert flow.refresh(first["refresh_token"]).json()["scope"] == first["scope"]


@pytest.mark.parametrize("scope", OPENS)
def test_a_scope_opens_what_google_says_and_nothing_else(
    flow: OAuthFlow, practice: PracticeProvider, scope: str
) -> None:
    token = flow.tokens(scope=f"openid {ROOT}{scope}")["access_token"]
    assert opened(practice, token) == OPENS[scope]
    for name in PATHS.keys() - OPENS[scope]:
        answer = get(practice, name, token)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (403, 403, "PERMISSION_DENIED")
        assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_every_scope_that_can_be_granted_is_in_the_table() -> None:
    assert {ROOT + name for name in OPENS} == set(DATA)


def test_answers_have_the_shape_of_googles_and_no_content(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens(scope=f"openid {READ} {ROOT}drive")["access_token"]
    assert get(practice, "messages", token).json() == {"resultSizeEstimate": 0}
    assert get(practice, "labels", token).json()["labels"][0]["id"] == "INBOX"
    assert get(practice, "files", token).json()["files"] == []
    assert get(practice, "document", token).json()["documentId"] == "doc-1"
    assert get(practice, "spreadsheet", token).json()["spreadsheetId"] == "sheet-1"


@pytest.mark.parametrize("name", PATHS)
def test_no_token_a_foreign_one_and_an_ended_one_open_nothing(
    flow: OAuthFlow, practice: PracticeProvider, name: str
) -> None:
    ended = flow.tokens(scope=f"openid {READ} {ROOT}drive")["access_token"]
    assert get(practice, name, ended).status_code == 200
    requests.post(f"{practice.base_url}/google/revoke", data={"token": ended}, timeout=SECONDS).raise_for_status()
    for token in ("", "ya29.somebody-elses", ended):
        answer = get(practice, name, token)
        assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("method", ["get", "post"])
def test_tokeninfo_describes_a_token(flow: OAuthFlow, practice: PracticeProvider, method: str) -> None:
    first = flow.tokens()
    body = tokeninfo(practice, first["access_token"], method).json()
    assert int(body.pop("exp")) - time.time() == pytest.approx(3599, abs=60)
    assert int(body.pop("expires_in")) == pytest.approx(3599, abs=60)
    assert body == {
        "azp": endpoints.GOOGLE_CLIENT_ID,
        "aud": endpoints.GOOGLE_CLIENT_ID,
        "sub": "100000000000000000001",
        "scope": first["scope"],
        "email": LAYLA,
        "email_verified": "true",
    }


def test_tokeninfo_tells_of_the_person_only_what_was_granted(flow: OAuthFlow, practice: PracticeProvider) -> None:
    refresh_token = flow.tokens()["refresh_token"]
    narrow = flow.refresh(refresh_token, scope=LABELS).json()["access_token"]
    body = tokeninfo(practice, narrow).json()
    assert body["scope"] == LABELS
    assert not {"sub", "email", "email_verified"} & body.keys()
    known = flow.refresh(refresh_token, scope=f"openid {LABELS}").json()["access_token"]
    assert {"sub", "email"} & tokeninfo(practice, known).json().keys() == {"sub"}


def test_tokeninfo_refuses_tokens_that_are_not_live(flow: OAuthFlow, practice: PracticeProvider) -> None:
    body = flow.tokens()
    revoke = f"{practice.base_url}/google/revoke"
    requests.post(revoke, data={"token": body["access_token"]}, timeout=SECONDS).raise_for_status()
    for token in ("", "ya29.somebody-elses", body["access_token"], body["refresh_token"]):
        answer = tokeninfo(practice, token)
        assert answer.status_code == 400
        assert answer.json() == {"error": "invalid_token", "error_description": "Invalid Value"}


def test_a_wider_answer_on_demand_opens_more_than_was_asked_for(flow: OAuthFlow, practice: PracticeProvider) -> None:
    first = flow.tokens()
    practice.fault("google.token", "wider", times=1)
    wide, exact = (flow.refresh(first["refresh_token"], scope=LABELS).json() for _ in range(2))
    assert wide["scope"] == first["scope"]
    assert opened(practice, wide["access_token"]) == {"messages", "labels"}
    assert exact["scope"] == LABELS


def test_a_dead_refresh_token_on_demand(flow: OAuthFlow, practice: PracticeProvider) -> None:
    refresh_token = flow.tokens()["refresh_token"]
    practice.fault("google.token", "invalid_grant", times=1)
    dead, live = flow.refresh(refresh_token), flow.refresh(refresh_token)
    assert dead.status_code == 400
    assert dead.json() == {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    assert live.status_code == 200


def test_a_revocation_that_is_ignored_on_demand_looks_like_success(flow: OAuthFlow, practice: PracticeProvider) -> None:
    body = flow.tokens()
    practice.fault("google.revoke", "ignored")
    answer = requests.post(f"{practice.base_url}/google/revoke", data={"token": body["refresh_token"]}, timeout=SECONDS)
    assert (answer.status_code, answer.json()) == (200, {})
    assert tokeninfo(practice, body["access_token"]).status_code == 200
    assert flow.refresh(body["refresh_token"]).status_code == 200


@pytest.mark.parametrize(("kind", "name"), [("503", "UNAVAILABLE"), ("429", "RESOURCE_EXHAUSTED")])
def test_data_endpoints_fail_on_demand_in_the_shape_of_apis(
    flow: OAuthFlow, practice: PracticeProvider, kind: str, name: str
) -> None:
    token = flow.tokens()["access_token"]
    practice.fault("google.gmail_labels", kind, times=1)
    answer = get(practice, "labels", token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (int(kind), name)
    assert get(practice, "labels", token).status_code == 200
