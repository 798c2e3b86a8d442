"""Google's half of the practice provider, over HTTP."""

import base64
import hashlib

import jwt
import pytest
import requests
from cryptography import x509

from omegaoffice.dev.practice import endpoints
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import LAYLA, NADIA, OMAR, SECONDS, PracticeProvider, query_of

GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
DRIVE = "https://www.googleapis.com/auth/drive.file"
IDENTITY = {
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
}
OFFLINE = {"access_type": "offline", "prompt": "consent"}


@pytest.fixture
def flow(practice: PracticeProvider) -> OAuthFlow:
    return OAuthFlow(practice, "google")


def claims_of(provider: PracticeProvider, id_token: str) -> dict[str, object]:
    """Verify an id token as allauth does when it checks signatures: certificate by key id."""
    parts = provider.settings["google"]
    header = jwt.get_unverified_header(id_token)
    pem = requests.get(parts["CERTS_URL"], timeout=SECONDS).json()[header["kid"]]
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return jwt.decode(
        id_token,
        key=key,
        algorithms=["RS256"],
        issuer=parts["ID_TOKEN_ISSUER"],
        audience=parts["APPS"][0]["client_id"],
    )


def userinfo(provider: PracticeProvider, token: str) -> requests.Response:
    url = provider.settings["google"]["IDENTITY_URL"]
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)


def revoke(provider: PracticeProvider, token: str, timeout: float = SECONDS) -> requests.Response:
    return requests.post(f"{provider.base_url}/google/revoke", data={"token": token}, timeout=timeout)


def test_the_whole_flow_gives_a_signed_id_token(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = flow.come_back(nonce="once-only")
    assert back["state"] == flow.params["state"]
    assert set(back["scope"].split()) == IDENTITY
    assert back["authuser"] == "0"
    answer = flow.exchange(back["code"])
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 3599
    assert set(body["scope"].split()) == IDENTITY
    assert "refresh_token" not in body
    claims = claims_of(practice, body["id_token"])
    half = hashlib.sha256(body["access_token"].encode()).digest()[:16]
    assert claims.pop("exp") == claims.pop("iat") + 3600  # type: ignore[operator]
    assert claims == {
        "iss": f"{practice.base_url}/google",
        "azp": endpoints.GOOGLE_CLIENT_ID,
        "aud": endpoints.GOOGLE_CLIENT_ID,
        "sub": "100000000000000000001",
        "email": LAYLA,
        "email_verified": True,
        "name": "Layla Haddad",
        "given_name": "Layla",
        "family_name": "Haddad",
        "picture": f"{practice.base_url}/picture/100000000000000000001.svg",
        "nonce": "once-only",
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }


def test_userinfo_answers_in_the_second_versions_shape(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens(OMAR)["access_token"]
    body = userinfo(practice, token).json()
    assert body["id"] == "100000000000000000002"
    assert body["email"] == OMAR
    assert body["verified_email"] is True
    assert requests.get(body["picture"], timeout=SECONDS).headers["Content-Type"].startswith("image/svg")


def test_userinfo_refuses_a_foreign_token(practice: PracticeProvider) -> None:
    answer = userinfo(practice, "ya29.somebody-elses")
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"


def test_scopes_decide_which_claims_come(flow: OAuthFlow, practice: PracticeProvider) -> None:
    body = flow.tokens(scope="openid")
    claims = claims_of(practice, body["id_token"])
    assert "email" not in claims
    assert "name" not in claims
    assert "email" not in userinfo(practice, body["access_token"]).json()


@pytest.mark.parametrize(
    ("verifier", "sentence"),
    [
        ("x" * 64, "Invalid code verifier."),
        ("short", "Invalid code verifier."),
        (None, "Missing code verifier."),
    ],
)
def test_a_wrong_verifier_gets_no_token(flow: OAuthFlow, verifier: str | None, sentence: str) -> None:
    code = flow.come_back()["code"]
    answer = flow.exchange(code, code_verifier=verifier)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": sentence}


def test_a_verifier_without_challenge_is_refused(flow: OAuthFlow) -> None:
    code = flow.come_back(code_challenge=None, code_challenge_method=None)["code"]
    assert flow.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("method", ["plain", None])
def test_only_s256_challenges_are_taken(flow: OAuthFlow, practice: PracticeProvider, method: str | None) -> None:
    answer = practice.open(flow.url(code_challenge_method=method))
    assert answer.status_code == 302
    back = query_of(answer.headers["Location"])
    assert back["error"] == "invalid_request"
    assert back["state"] == flow.params["state"]


def test_a_replayed_code_is_refused_and_revokes_the_first_tokens(flow: OAuthFlow, practice: PracticeProvider) -> None:
    code = flow.come_back()["code"]
    token = flow.exchange(code).json()["access_token"]
    assert userinfo(practice, token).status_code == 200
    again = flow.exchange(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert userinfo(practice, token).status_code == 401


def test_a_wrong_secret_or_unknown_client_is_refused(flow: OAuthFlow) -> None:
    code = flow.come_back()["code"]
    for change in ({"client_secret": "wrong"}, {"client_id": "somebody"}, {"client_secret": None}):
        answer = flow.exchange(code, **change)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
    assert flow.exchange(code).status_code == 200


def test_the_secret_may_come_as_basic_credentials(flow: OAuthFlow) -> None:
    code = flow.come_back()["code"]
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": flow.params["redirect_uri"],
        "code_verifier": flow.verifier,
    }
    credentials = (flow.params["client_id"], flow.secret)
    assert requests.post(flow.token_url, data=data, auth=credentials, timeout=SECONDS).status_code == 200


@pytest.mark.parametrize("credentials", ["Basic", "Basic !!", "Basic /w==", "Basic Og==", "Bearer x"])
def test_broken_basic_credentials_are_no_client(flow: OAuthFlow, credentials: str) -> None:
    answer = flow.exchange("x", headers={"Authorization": credentials}, client_id=None, client_secret=None)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_code_is_bound_to_its_address(flow: OAuthFlow) -> None:
    code = flow.come_back()["code"]
    other = f"http://127.0.0.1:9000{endpoints.CALLBACK_PATHS['google']}"
    answer = flow.exchange(code, redirect_uri=other)
    assert answer.status_code == 400
    assert answer.json()["error"] == "redirect_uri_mismatch"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.com/accounts/google/login/callback/",
        "http://127.0.0.1:8000/elsewhere/",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/accounts/google/login/callback/?next=1",
        "http://127.0.0.1@evil.example.com/accounts/google/login/callback/",
        "http://127.0.0.1.evil.example.com/accounts/google/login/callback/",
        'javascript:alert("x")',
        'http://[bad"\\/accounts/google/login/callback/',
        None,
    ],
)
def test_an_unknown_address_is_never_answered(flow: OAuthFlow, practice: PracticeProvider, address: str | None) -> None:
    answer = practice.open(flow.url(redirect_uri=address))
    assert answer.status_code == 400
    assert "redirect_uri_mismatch" in answer.text
    assert "Location" not in answer.headers


def test_an_unknown_client_is_told_so_on_a_page(flow: OAuthFlow, practice: PracticeProvider) -> None:
    answer = practice.open(flow.url(client_id="somebody"))
    assert answer.status_code == 401
    assert "invalid_client" in answer.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": 'token"\\'}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "https://www.googleapis.com/auth/gmail"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "scope": "openid"}, "login_required"),
    ],
)
def test_a_bad_request_goes_back_with_error_and_state(
    flow: OAuthFlow, practice: PracticeProvider, change: dict[str, str | None], error: str
) -> None:
    answer = practice.open(flow.url(**change))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(flow.params["redirect_uri"])
    back = query_of(answer.headers["Location"])
    assert back["error"] == error
    assert back["state"] == flow.params["state"]


def test_denial_goes_back_without_a_code(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = query_of(practice.sign_in(flow.url(), allow=False))
    assert back["error"] == "access_denied"
    assert back["state"] == flow.params["state"]
    assert "code" not in back
    assert practice.state()["google"]["grants"] == []


def test_offline_access_gives_a_refresh_token_that_works(flow: OAuthFlow, practice: PracticeProvider) -> None:
    first = flow.tokens(**OFFLINE)
    answer = flow.refresh(first["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    assert "refresh_token" not in second
    assert claims_of(practice, second["id_token"])["sub"] == "100000000000000000001"
    assert userinfo(practice, second["access_token"]).status_code == 200


def test_a_second_sign_in_gets_a_refresh_token_only_with_consent(flow: OAuthFlow) -> None:
    assert "refresh_token" in flow.tokens(access_type="offline")
    assert "refresh_token" not in flow.tokens(access_type="offline")
    assert "refresh_token" in flow.tokens(**OFFLINE)


def test_granted_scopes_are_included_when_asked(flow: OAuthFlow, practice: PracticeProvider) -> None:
    flow.tokens(scope=f"openid {GMAIL}")
    alone = flow.tokens(scope=f"openid {DRIVE}")
    assert set(alone["scope"].split()) == {"openid", DRIVE}
    both = flow.tokens(scope="openid", include_granted_scopes="true")
    assert set(both["scope"].split()) == {"openid", DRIVE, GMAIL}
    [grant] = practice.state()["google"]["grants"]
    assert set(grant["scopes"]) == {"openid", DRIVE, GMAIL}


def test_a_scope_that_was_unticked_is_not_granted(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = practice.sign_in(flow.url(scope=f"openid {GMAIL} {DRIVE}"), granted=[GMAIL])
    body = flow.exchange(query_of(back)["code"]).json()
    assert set(body["scope"].split()) == {"openid", GMAIL}


def test_a_scope_that_was_not_asked_for_cannot_be_ticked(flow: OAuthFlow, practice: PracticeProvider) -> None:
    back = practice.sign_in(flow.url(scope="openid"), granted=[GMAIL])
    assert flow.exchange(query_of(back)["code"]).json()["scope"] == "openid"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_one_token_ends_the_whole_grant(flow: OAuthFlow, practice: PracticeProvider, which: str) -> None:
    earlier = flow.tokens(scope=f"openid {DRIVE}")
    body = flow.tokens(**OFFLINE)
    nadia = flow.tokens(NADIA)
    answer = revoke(practice, body[which])
    assert (answer.status_code, answer.json()) == (200, {})
    assert userinfo(practice, body["access_token"]).status_code == 401
    assert userinfo(practice, earlier["access_token"]).status_code == 401
    refused = flow.refresh(body["refresh_token"])
    assert refused.status_code == 400
    assert refused.json()["error_description"] == "Token has been expired or revoked."
    assert userinfo(practice, nadia["access_token"]).status_code == 200
    assert revoke(practice, body[which]).json()["error"] == "invalid_token"


def test_revoking_an_unknown_token_is_400(practice: PracticeProvider) -> None:
    answer = revoke(practice, "1//never-issued")
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_token"


def test_a_code_in_flight_ends_with_the_grant(flow: OAuthFlow, practice: PracticeProvider) -> None:
    token = flow.tokens()["access_token"]
    code = flow.come_back()["code"]
    revoke(practice, token)
    assert flow.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["400", "500", "503"])
def test_revocation_fails_as_often_as_asked_and_leaves_the_grant(
    flow: OAuthFlow, practice: PracticeProvider, kind: str
) -> None:
    token = flow.tokens()["access_token"]
    practice.fault("google.revoke", kind, times=2)
    assert [revoke(practice, token).status_code for _ in range(2)] == [int(kind), int(kind)]
    assert userinfo(practice, token).status_code == 200
    assert revoke(practice, token).status_code == 200


def test_revocation_that_hangs_outlasts_the_client_and_others_are_served(
    flow: OAuthFlow, practice: PracticeProvider
) -> None:
    token = flow.tokens()["access_token"]
    practice.fault("google.revoke", "hang", seconds=20)
    with pytest.raises(requests.ReadTimeout):
        revoke(practice, token, timeout=0.3)
    assert userinfo(practice, token).status_code == 200
    practice.clear_faults()
    assert revoke(practice, token).status_code == 200


@pytest.mark.parametrize(("target", "status"), [("google.token", 503), ("google.userinfo", 500)])
def test_other_endpoints_fail_on_demand(flow: OAuthFlow, practice: PracticeProvider, target: str, status: int) -> None:
    token = flow.tokens()["access_token"]
    practice.fault(target, str(status))
    call = flow.refresh("x") if target == "google.token" else userinfo(practice, token)
    assert call.status_code == status


def test_an_unknown_grant_type_is_refused(flow: OAuthFlow) -> None:
    answer = flow.exchange("x", grant_type="password")
    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"
