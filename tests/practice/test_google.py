"""Google's half of the practice provider, over HTTP."""

import base64
import hashlib

import jwt
import pytest
import requests
from cryptography import x509

from omegaoffice.practice import endpoints
from tests.practice.dance import Dance
from tests.practice.provider import LAYLA, NADIA, OMAR, SECONDS, PracticeProvider, query_of

GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
DRIVE = "https://www.googleapis.com/auth/drive.file"
IDENTITY = {
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
}
OFFLINE = {"access_type": "offline", "prompt": "consent"}


@pytest.fixture
def dance(practice: PracticeProvider) -> Dance:
    return Dance(practice, "google")


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
    return requests.post(endpoints.google_revoke_url(provider.base_url), data={"token": token}, timeout=timeout)


def test_the_whole_dance_gives_a_signed_id_token(dance: Dance, practice: PracticeProvider) -> None:
    back = dance.come_back(nonce="once-only")
    assert back["state"] == dance.params["state"]
    assert set(back["scope"].split()) == IDENTITY
    assert back["authuser"] == "0"
    answer = dance.exchange(back["code"])
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


def test_userinfo_answers_in_the_second_versions_shape(dance: Dance, practice: PracticeProvider) -> None:
    token = dance.tokens(OMAR)["access_token"]
    body = userinfo(practice, token).json()
    assert body["id"] == "100000000000000000002"
    assert body["email"] == OMAR
    assert body["verified_email"] is True
    assert requests.get(body["picture"], timeout=SECONDS).headers["Content-Type"].startswith("image/svg")


def test_userinfo_refuses_a_foreign_token(practice: PracticeProvider) -> None:
    answer = userinfo(practice, "ya29.somebody-elses")
    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"


def test_scopes_decide_which_claims_come(dance: Dance, practice: PracticeProvider) -> None:
    body = dance.tokens(scope="openid")
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
def test_a_wrong_verifier_gets_no_token(dance: Dance, verifier: str | None, sentence: str) -> None:
    code = dance.come_back()["code"]
    answer = dance.exchange(code, code_verifier=verifier)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": sentence}


def test_a_verifier_without_challenge_is_refused(dance: Dance) -> None:
    code = dance.come_back(code_challenge=None, code_challenge_method=None)["code"]
    assert dance.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("method", ["plain", None])
def test_only_s256_challenges_are_taken(dance: Dance, practice: PracticeProvider, method: str | None) -> None:
    answer = practice.open(dance.url(code_challenge_method=method))
    assert answer.status_code == 302
    back = query_of(answer.headers["Location"])
    assert back["error"] == "invalid_request"
    assert back["state"] == dance.params["state"]


def test_a_replayed_code_is_refused_and_takes_back_the_first_tokens(dance: Dance, practice: PracticeProvider) -> None:
    code = dance.come_back()["code"]
    token = dance.exchange(code).json()["access_token"]
    assert userinfo(practice, token).status_code == 200
    again = dance.exchange(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert userinfo(practice, token).status_code == 401


def test_a_wrong_secret_or_unknown_client_is_refused(dance: Dance) -> None:
    code = dance.come_back()["code"]
    for change in ({"client_secret": "wrong"}, {"client_id": "somebody"}, {"client_secret": None}):
        answer = dance.exchange(code, **change)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
    assert dance.exchange(code).status_code == 200


def test_the_secret_may_come_as_basic_credentials(dance: Dance) -> None:
    code = dance.come_back()["code"]
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": dance.params["redirect_uri"],
        "code_verifier": dance.verifier,
    }
    credentials = (dance.params["client_id"], dance.secret)
    assert requests.post(dance.token_url, data=data, auth=credentials, timeout=SECONDS).status_code == 200


@pytest.mark.parametrize("credentials", ["Basic", "Basic !!", "Basic /w==", "Basic Og==", "Bearer x"])
def test_broken_basic_credentials_are_no_client(dance: Dance, credentials: str) -> None:
    answer = dance.exchange("x", headers={"Authorization": credentials}, client_id=None, client_secret=None)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_a_code_is_bound_to_its_address(dance: Dance) -> None:
    code = dance.come_back()["code"]
    other = f"http://127.0.0.1:9000{endpoints.CALLBACK_PATHS['google']}"
    answer = dance.exchange(code, redirect_uri=other)
    assert answer.status_code == 400
    assert answer.json()["error"] == "redirect_uri_mismatch"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.com/accounts/google/login/callback/",
        "http://127.0.0.1:8000/elsewhere/",
        "http://127.0.0.1:8000/accounts/google/login/callback/?next=1",
        "http://127.0.0.1@evil.example.com/accounts/google/login/callback/",
        "http://127.0.0.1.evil.example.com/accounts/google/login/callback/",
        'javascript:alert("x")',
        'http://[bad"\\/accounts/google/login/callback/',
        None,
    ],
)
def test_an_unknown_address_is_never_answered(dance: Dance, practice: PracticeProvider, address: str | None) -> None:
    answer = practice.open(dance.url(redirect_uri=address))
    assert answer.status_code == 400
    assert "redirect_uri_mismatch" in answer.text
    assert "Location" not in answer.headers


def test_an_unknown_client_is_told_so_on_a_page(dance: Dance, practice: PracticeProvider) -> None:
    answer = practice.open(dance.url(client_id="somebody"))
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
    dance: Dance, practice: PracticeProvider, change: dict[str, str | None], error: str
) -> None:
    answer = practice.open(dance.url(**change))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(dance.params["redirect_uri"])
    back = query_of(answer.headers["Location"])
    assert back["error"] == error
    assert back["state"] == dance.params["state"]


def test_denial_goes_back_without_a_code(dance: Dance, practice: PracticeProvider) -> None:
    back = query_of(practice.sign_in(dance.url(), allow=False))
    assert back["error"] == "access_denied"
    assert back["state"] == dance.params["state"]
    assert "code" not in back
    assert practice.state()["google"]["grants"] == []


def test_offline_access_gives_a_refresh_token_that_works(dance: Dance, practice: PracticeProvider) -> None:
    first = dance.tokens(**OFFLINE)
    answer = dance.refresh(first["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    assert "refresh_token" not in second
    assert claims_of(practice, second["id_token"])["sub"] == "100000000000000000001"
    assert userinfo(practice, second["access_token"]).status_code == 200


def test_a_second_sign_in_gets_a_refresh_token_only_with_consent(dance: Dance) -> None:
    assert "refresh_token" in dance.tokens(access_type="offline")
    assert "refresh_token" not in dance.tokens(access_type="offline")
    assert "refresh_token" in dance.tokens(**OFFLINE)


def test_granted_scopes_are_included_when_asked(dance: Dance, practice: PracticeProvider) -> None:
    dance.tokens(scope=f"openid {GMAIL}")
    alone = dance.tokens(scope=f"openid {DRIVE}")
    assert set(alone["scope"].split()) == {"openid", DRIVE}
    both = dance.tokens(scope="openid", include_granted_scopes="true")
    assert set(both["scope"].split()) == {"openid", DRIVE, GMAIL}
    [grant] = practice.state()["google"]["grants"]
    assert set(grant["scopes"]) == {"openid", DRIVE, GMAIL}


def test_a_scope_that_was_unticked_is_not_granted(dance: Dance, practice: PracticeProvider) -> None:
    back = practice.sign_in(dance.url(scope=f"openid {GMAIL} {DRIVE}"), granted=[GMAIL])
    body = dance.exchange(query_of(back)["code"]).json()
    assert set(body["scope"].split()) == {"openid", GMAIL}


def test_a_scope_that_was_not_asked_for_cannot_be_ticked(dance: Dance, practice: PracticeProvider) -> None:
    back = practice.sign_in(dance.url(scope="openid"), granted=[GMAIL])
    assert dance.exchange(query_of(back)["code"]).json()["scope"] == "openid"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_one_token_ends_the_whole_grant(dance: Dance, practice: PracticeProvider, which: str) -> None:
    earlier = dance.tokens(scope=f"openid {DRIVE}")
    body = dance.tokens(**OFFLINE)
    nadia = dance.tokens(NADIA)
    answer = revoke(practice, body[which])
    assert (answer.status_code, answer.json()) == (200, {})
    assert userinfo(practice, body["access_token"]).status_code == 401
    assert userinfo(practice, earlier["access_token"]).status_code == 401
    refused = dance.refresh(body["refresh_token"])
    assert refused.status_code == 400
    assert refused.json()["error_description"] == "Token has been expired or revoked."
    assert userinfo(practice, nadia["access_token"]).status_code == 200
    assert revoke(practice, body[which]).json()["error"] == "invalid_token"


def test_revoking_an_unknown_token_is_400(practice: PracticeProvider) -> None:
    answer = revoke(practice, "1//never-issued")
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_token"


def test_a_code_in_flight_ends_with_the_grant(dance: Dance, practice: PracticeProvider) -> None:
    token = dance.tokens()["access_token"]
    code = dance.come_back()["code"]
    revoke(practice, token)
    assert dance.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["400", "500", "503"])
def test_revocation_fails_as_often_as_asked_and_leaves_the_grant(
    dance: Dance, practice: PracticeProvider, kind: str
) -> None:
    token = dance.tokens()["access_token"]
    practice.fault("google.revoke", kind, times=2)
    assert [revoke(practice, token).status_code for _ in range(2)] == [int(kind), int(kind)]
    assert userinfo(practice, token).status_code == 200
    assert revoke(practice, token).status_code == 200
    assert practice.state()["calls"]["google.revoke"] == 3


def test_revocation_that_hangs_outlasts_the_client_and_others_are_served(
    dance: Dance, practice: PracticeProvider
) -> None:
    token = dance.tokens()["access_token"]
    practice.fault("google.revoke", "hang", seconds=20)
    with pytest.raises(requests.ReadTimeout):
        revoke(practice, token, timeout=0.3)
    assert userinfo(practice, token).status_code == 200
    practice.clear_faults()
    assert revoke(practice, token).status_code == 200


@pytest.mark.parametrize(("target", "status"), [("google.token", 503), ("google.userinfo", 500)])
def test_other_endpoints_fail_on_demand(dance: Dance, practice: PracticeProvider, target: str, status: int) -> None:
    token = dance.tokens()["access_token"]
    practice.fault(target, str(status))
    call = dance.refresh("x") if target == "google.token" else userinfo(practice, token)
    assert call.status_code == status


def test_an_unknown_grant_type_is_refused(dance: Dance) -> None:
    answer = dance.exchange("x", grant_type="password")
    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"


def test_the_record_says_how_it_was_asked(dance: Dance, practice: PracticeProvider) -> None:
    dance.tokens(**OFFLINE)
    [seen] = practice.state()["google"]["authorizations"]
    assert (seen["pkce"], seen["state"], seen["access_type"], seen["prompt"]) == (
        True,
        True,
        "offline",
        "consent",
    )
