"""Cross-Account Protection at the practice provider: documents, the person's page, delivery, controls."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
import requests

from omegaoffice.dev.practice import endpoints
from omegaoffice.dev.practice.google_scopes import ROOT
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import OMAR, SECONDS, PracticeProvider

GMAIL = f"{ROOT}gmail.readonly"
LAYLAS = "100000000000000000001"
OAUTH = "https://schemas.openid.net/secevent/oauth/event-type"
RISC = "https://schemas.openid.net/secevent/risc/event-type"


@dataclass
class Receiver:
    """Stands where the office takes events; answers the first posts with `failures`, the others with 202.

    While `is_open` is cleared it takes nothing and answers nothing.
    """

    origin: str = ""
    failures: list[int] = field(default_factory=list)
    posts: list[tuple[str, str, str]] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, count: int) -> list[tuple[str, str, str]]:
        until = time.monotonic() + SECONDS
        while len(self.posts) < count and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.2)  # for one that would be too many
        assert len(self.posts) == count
        return self.posts


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    found.is_open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found.is_open.wait(4)  # under the time limit of a try
            status = found.failures.pop(0) if found.failures else 202
            found.posts.append((self.path, self.headers["Content-Type"], body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.origin = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def flow(practice: PracticeProvider, receiver: Receiver) -> OAuthFlow:
    flow = OAuthFlow(practice, "google")
    flow.params |= {
        "redirect_uri": f"{receiver.origin}{endpoints.GOOGLE_DATA_CALLBACK_PATH}",
        "scope": f"openid email {GMAIL}",
        "access_type": "offline",
        "prompt": "consent",
    }
    return flow


def configuration(practice: PracticeProvider) -> dict[str, Any]:
    url = f"{practice.base_url}/google/.well-known/risc-configuration"
    found: dict[str, Any] = requests.get(url, timeout=SECONDS).json()
    return found


def keys_of(practice: PracticeProvider) -> dict[str, Any]:
    key_set = jwt.PyJWKSet.from_dict(requests.get(configuration(practice)["jwks_uri"], timeout=SECONDS).json())
    return {str(each.key_id): each.key for each in key_set.keys}


def read(practice: PracticeProvider, token: str) -> dict[str, Any]:
    """Verify a token as Google's page says: key by id, signature, issuer and audience, no expiry."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "secevent+jwt"
    claims: dict[str, Any] = jwt.decode(
        token,
        keys_of(practice)[header["kid"]],
        algorithms=["RS256"],
        audience=endpoints.GOOGLE_CLIENT_ID,
        issuer=configuration(practice)["issuer"],
    )
    return claims


def double_hash(token: str) -> str:
    return base64.b64encode(hashlib.sha512(hashlib.sha512(token.encode()).digest()).digest()).decode()


def test_the_configuration_names_issuer_and_keys(practice: PracticeProvider) -> None:
    found = configuration(practice)
    assert found["issuer"] == f"{practice.base_url}/google/"
    assert found["jwks_uri"] == f"{practice.base_url}/google/oauth2/v3/certs"
    assert "push" in found["delivery_methods_supported"][0]
    [key] = requests.get(found["jwks_uri"], timeout=SECONDS).json()["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}


def test_removing_access_ends_the_grant_and_tells_the_office(
    flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver
) -> None:
    first, second = flow.tokens(), flow.tokens()
    omars = flow.tokens(OMAR)
    page = practice.open(f"{practice.base_url}/google/permissions?person={LAYLAS}")
    assert GMAIL in page.text
    after = practice.answer(page)
    assert (after.status_code, "was removed" in after.text, GMAIL in after.text) == (200, True, False)
    assert flow.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.refresh(omars["refresh_token"]).status_code == 200
    posts = receiver.wait_for(3)
    assert {(path, kind) for path, kind, _ in posts} == {("/webhooks/google/", "application/secevent+jwt")}
    claims = [read(practice, token) for *_, token in posts]
    assert len({each["jti"] for each in claims}) == 3
    for each in claims:
        assert set(each) == {"iss", "aud", "iat", "jti", "events"}
        assert each["iat"] == pytest.approx(time.time(), abs=60)
    single = {
        "subject_type": "oauth_token",
        "token_type": "refresh_token",
        "token_identifier_alg": "hash_base64_sha512_sha512",
    }
    account = {"subject_type": "iss-sub", "iss": f"{practice.base_url}/google/", "sub": LAYLAS}
    assert [each["events"] for each in claims] == [
        {f"{OAUTH}/token-revoked": {"subject": {**single, "token": double_hash(first["refresh_token"])}}},
        {f"{OAUTH}/token-revoked": {"subject": {**single, "token": double_hash(second["refresh_token"])}}},
        {f"{OAUTH}/tokens-revoked": {"subject": account}},
    ]


def test_google_tells_nothing_of_somebody_whose_profile_and_address_it_did_not_give(
    flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver
) -> None:
    token = flow.tokens(scope=f"openid {GMAIL}")["refresh_token"]
    assert practice.remove_access(LAYLAS).status_code == 200
    assert flow.refresh(token).json()["error"] == "invalid_grant"
    receiver.wait_for(0)


def test_the_page_asks_who_and_shows_who_granted_nothing(practice: PracticeProvider) -> None:
    url = f"{practice.base_url}/google/permissions"
    page = practice.open(url)
    assert page.text.count('type="radio"') == 3
    assert page.headers["Content-Security-Policy"].endswith(f"form-action 'self' {practice.base_url}/")
    assert "gives OmegaOffice no access" in practice.open(f"{url}?person={LAYLAS}").text
    unknown = practice.open(f"{url}?person=nobody")
    assert (unknown.status_code, "Person: choose" in unknown.text) == (400, True)


def test_the_page_is_good_once_and_for_one_person(
    flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver
) -> None:
    flow.tokens()
    omars = flow.tokens(OMAR)
    page = practice.open(f"{practice.base_url}/google/permissions?person={LAYLAS}")
    url = page.url.replace(LAYLAS, "100000000000000000002")
    foreign = requests.post(url, data={"form_token": "made-up"}, timeout=SECONDS)
    page._content = page.content.replace(LAYLAS.encode(), b"100000000000000000002")
    for answer in (foreign, practice.answer(page)):
        assert (answer.status_code, "not from here" in answer.text) == (400, True)
    assert flow.refresh(omars["refresh_token"]).status_code == 200
    receiver.wait_for(0)


def test_the_page_does_not_wait_for_the_office(flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver) -> None:
    flow.tokens()
    receiver.is_open.clear()
    assert practice.remove_access(LAYLAS).status_code == 200
    assert receiver.posts == []
    receiver.is_open.set()
    receiver.wait_for(2)


@pytest.mark.parametrize(("failures", "posts"), [([500], 2), ([404, 200], 3), ([500, 500, 500], 3)])
def test_delivery_is_tried_three_times(
    flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver, failures: list[int], posts: int
) -> None:
    flow.come_back()
    receiver.failures = [*failures]
    told = practice.risc("tokens-revoked", LAYLAS, deliver=True)
    assert told["statuses"] == [*failures, 202][:3]
    assert [token for *_, token in receiver.wait_for(posts)] == [told["token"]] * posts


def test_a_receiver_that_is_away_breaks_nothing(
    flow: OAuthFlow, practice: PracticeProvider, receiver: Receiver
) -> None:
    nowhere = f"http://127.0.0.1:1{endpoints.GOOGLE_DATA_CALLBACK_PATH}"
    flow.come_back(redirect_uri=nowhere)
    assert practice.risc("tokens-revoked", LAYLAS, deliver=True)["statuses"] == [None] * 3
    assert practice.remove_access(LAYLAS).status_code == 200
    receiver.wait_for(0)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("tokens-revoked", f"{OAUTH}/tokens-revoked"),
        ("sessions-revoked", f"{RISC}/sessions-revoked"),
        ("account-disabled", f"{RISC}/account-disabled"),
        ("https://example.org/event", "https://example.org/event"),
    ],
)
def test_any_event_about_anybody_is_signed_on_demand(practice: PracticeProvider, event: str, kind: str) -> None:
    told = practice.risc(event, "42", reason="hijacking", iat=1508184845, jti="once")
    claims = read(practice, told["token"])
    assert told["statuses"] is None
    assert (claims["iat"], claims["jti"]) == (1508184845, "once")
    assert claims["events"][kind]["reason"] == "hijacking"
    assert claims["events"][kind]["subject"]["sub"] == "42"


def test_details_replace_the_subject(practice: PracticeProvider) -> None:
    claims = read(practice, practice.risc("verification", "42", details={"state": "x", "subject": {}})["token"])
    assert claims["events"] == {f"{RISC}/verification": {"state": "x", "subject": {}}}


def test_an_event_about_the_last_refresh_token(flow: OAuthFlow, practice: PracticeProvider) -> None:
    flow.tokens()
    token = flow.tokens()["refresh_token"]
    practice.remove_access(LAYLAS)
    claims = read(practice, practice.risc("token-revoked", LAYLAS)["token"])
    assert claims["events"][f"{OAUTH}/token-revoked"]["subject"]["token"] == double_hash(token)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"aud": "somebody"}, jwt.InvalidAudienceError),
        ({"iss": "https://accounts.google.com/"}, jwt.InvalidIssuerError),
        ({"key": "unknown"}, KeyError),
    ],
)
def test_tokens_that_must_be_refused(practice: PracticeProvider, wrong: dict[str, str], error: type[Exception]) -> None:
    token = practice.risc("tokens-revoked", LAYLAS, **wrong)["token"]
    with pytest.raises(error):
        read(practice, token)


def test_keys_rotate_for_events_and_id_tokens(flow: OAuthFlow, practice: PracticeProvider) -> None:
    [before] = keys_of(practice)
    told = practice.rotate()
    assert told["published"] == [before, told["current"]] == list(keys_of(practice))
    for name, kid in (("current", told["current"]), ("old", before)):
        token = practice.risc("tokens-revoked", LAYLAS, key=name)["token"]
        assert jwt.get_unverified_header(token)["kid"] == kid
        assert read(practice, token)
    id_token = flow.tokens()["id_token"]
    assert jwt.get_unverified_header(id_token)["kid"] == told["current"]
    certificates = requests.get(practice.settings["google"]["CERTS_URL"], timeout=SECONDS).json()
    assert set(certificates) == set(told["published"])
    assert practice.rotate(drop=True)["published"] == [told["current"]] == list(keys_of(practice))
    with pytest.raises(KeyError):
        read(practice, practice.risc("tokens-revoked", LAYLAS, key="old")["token"])


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("risc", [], "body"),
        ("risc", {"sub": LAYLAS}, "event"),
        ("risc", {"event": "tokens-revoked", "sub": 1}, "sub"),
        ("risc", {"event": "tokens-revoked", "iat": True}, "iat"),
        ("risc", {"event": "tokens-revoked", "subject": {}}, "subject"),
        ("risc", {"event": "tokens-revoked", "key": "old"}, "key"),
        ("risc", {"event": "tokens-revoked", "key": "gold"}, "key"),
        ("risc", {"event": "token-revoked", "sub": LAYLAS}, "sub"),
        ("risc", {"event": "tokens-revoked", "deliver": True}, "deliver"),
        ("rotate", {"drop": False}, "body"),
    ],
)
def test_a_bad_request_names_the_field(practice: PracticeProvider, path: str, body: object, named: str) -> None:
    answer = requests.post(f"{practice.base_url}/control/{path}", json=body, timeout=SECONDS)
    assert (answer.status_code, answer.json()["field"]) == (400, named)
