"""The process itself: where it listens, when it refuses, its pages and its controls."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from omegaoffice.dev.practice import endpoints
from omegaoffice.dev.practice.app import create_app
from omegaoffice.dev.practice.google import EMAIL, PROFILE, claims_about
from omegaoffice.dev.practice.people import Person
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import LAYLA, OMAR, PROJECT, SECONDS, PracticeProvider, query_of


def start(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "omegaoffice.dev.practice", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("value", ["production", " Production "])
def test_it_refuses_to_start_in_production(value: str) -> None:
    ended = start("--port", "0", OFFICE_ENV=value)
    assert ended.returncode == 2
    assert "REFUSED IN PRODUCTION" in ended.stderr
    assert ended.stdout == ""


def test_its_settings_are_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE_ENV", "production")
    with pytest.raises(endpoints.RefusedInProductionError):
        endpoints.settings_for("http://127.0.0.1:8901")


@pytest.mark.parametrize(
    "address", ["https://accounts.google.com", "http://192.0.2.1:8901", "http://127.0.0.1:8901/x", "nonsense"]
)
def test_settings_point_at_this_machine_only(address: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8901"):
        endpoints.settings_for(address)


def test_settings_name_what_allauth_reads() -> None:
    parts = endpoints.settings_for("http://localhost:8901/")
    assert parts["google"]["AUTHORIZE_URL"] == "http://localhost:8901/google/o/oauth2/v2/auth"
    assert parts["google"]["ID_TOKEN_ISSUER"] == "http://localhost:8901/google"
    assert parts["github"]["GITHUB_URL"] == "http://localhost:8901/github"
    for part in parts.values():
        assert part["OAUTH_PKCE_ENABLED"] is True
        assert set(part["APPS"][0]) == {"client_id", "secret", "key"}


def test_a_port_in_use_is_said(practice: PracticeProvider) -> None:
    ended = start("--port", practice.base_url.rsplit(":", 1)[1])
    assert ended.returncode == 1
    assert "is in use by another program" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_bad_options_are_refused_in_words() -> None:
    for arguments in (("--port", "70000"), ("--port", "http"), ("--origin", "testserver")):
        ended = start(*arguments)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_the_loopback_address_alone(practice: PracticeProvider) -> None:
    port = int(practice.base_url.rsplit(":", 1)[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    assert listening == {f"0100007F:{port:04X}"}


@pytest.mark.parametrize("host", ["evil.example.com", "accounts.google.com"])
def test_a_foreign_host_name_is_refused(practice: PracticeProvider, host: str) -> None:
    for path in ("/", "/control/state", "/google/certs"):
        answer = requests.get(practice.base_url + path, headers={"Host": host}, timeout=SECONDS)
        assert answer.status_code == 400


def test_an_address_that_is_not_verified_and_a_single_name_are_told_as_google_tells_them() -> None:
    person = Person("7", 7, "sam@example.org", "Sam", "sam", email_verified=False)
    with create_app().test_request_context():
        claims = claims_about(person, f"{EMAIL} {PROFILE}")
    assert claims["email_verified"] is False
    assert (claims["given_name"], claims["family_name"]) == ("Sam", "")


@pytest.mark.parametrize(("vendor", "name"), [("google", "Google"), ("github", "GitHub")])
def test_the_page_is_labelled_scriptless_and_leads_back_only_to_the_office(
    practice: PracticeProvider, vendor: str, name: str
) -> None:
    page = practice.open(OAuthFlow(practice, vendor).url())
    assert f"Practice provider – not {name}" in page.text  # noqa: RUF001  the dash of the page
    assert "<script" not in page.text
    assert "style=" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:8000")
    assert page.headers["Cache-Control"] == "no-store"


def test_the_page_offers_everybody_and_preselects_the_hint(practice: PracticeProvider) -> None:
    page = practice.open(OAuthFlow(practice, "google").url(login_hint=OMAR))
    assert page.text.count('type="radio"') == 3
    checked = re.findall(r'name="person"\s+value="(\d+)"\s+required\s+checked', page.text)
    assert checked == [practice.sub_of(page, OMAR)]


def test_a_page_is_good_for_one_answer(practice: PracticeProvider) -> None:
    page = practice.open(OAuthFlow(practice, "google").url())
    sub = practice.sub_of(page, LAYLA)
    assert practice.answer(page, person=sub, decision="allow").status_code == 302
    again = practice.answer(page, person=sub, decision="allow")
    assert again.status_code == 400
    assert "answered already" in again.text


def test_a_form_of_another_request_is_refused(practice: PracticeProvider) -> None:
    flow = OAuthFlow(practice, "google")
    page = practice.open(flow.url())
    page.url = flow.url(scope="openid")
    foreign = page.text.replace("profile+email", "openid").replace("profile%20email", "openid")
    page._content = foreign.encode()
    answer = practice.answer(page, person=practice.sub_of(page, LAYLA), decision="allow")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"person": "nobody", "decision": "allow"}, "Person: choose"),
        ({"decision": "allow"}, "Person: choose"),
        ({"person": "100000000000000000001", "decision": "maybe"}, "Decision: allow or deny"),
    ],
)
def test_a_bad_answer_names_the_field_and_grants_nothing(
    practice: PracticeProvider, fields: dict[str, str], rule: str
) -> None:
    page = practice.open(OAuthFlow(practice, "google").url())
    answer = practice.answer(page, **fields)
    assert answer.status_code == 400
    assert rule in answer.text
    assert practice.state()["google"]["grants"] == []
    # The page that comes back can be answered.
    assert practice.answer(answer, person="100000000000000000001", decision="allow").status_code == 302


def test_a_test_clients_origin_is_answered_where_it_was_named(practice: PracticeProvider) -> None:
    flow = OAuthFlow(practice, "google")
    address = f"http://testserver{endpoints.CALLBACK_PATHS['google']}"
    back = practice.sign_in(flow.url(redirect_uri=address))
    assert back.startswith(f"{address}?")
    assert "code" in query_of(back)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"target": "google.nothing", "kind": "500"}, "target"),
        ({"target": ["google.revoke"], "kind": "500"}, "target"),
        ({"target": "google.revoke", "kind": "418"}, "kind"),
        ({"target": "google.revoke", "kind": "wider"}, "kind"),
        ({"target": "google.userinfo", "kind": "ignored"}, "kind"),
        ({"target": "google.revoke", "kind": "500", "times": 0}, "times"),
        ({"target": "google.revoke", "kind": "hang", "seconds": "long"}, "seconds"),
        ({"target": "google.revoke", "kind": "hang", "seconds": 1e9}, "seconds"),
        ({"target": "google.revoke", "kind": "500", "sceonds": 1}, "sceonds"),
    ],
)
def test_a_bad_fault_names_the_field(practice: PracticeProvider, body: object, field: str) -> None:
    answer = requests.post(f"{practice.base_url}/control/faults", json=body, timeout=SECONDS)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert practice.state()["faults"] == {}


def test_controls_take_no_form(practice: PracticeProvider) -> None:
    """A form is what a page of another site could post without being asked."""
    for path in ("/control/faults", "/control/reset", "/control/risc", "/control/rotate"):
        answer = requests.post(
            practice.base_url + path, data={"target": "google.revoke", "kind": "500"}, timeout=SECONDS
        )
        assert answer.status_code == 400


def test_the_state_shows_no_token(practice: PracticeProvider) -> None:
    body = OAuthFlow(practice, "google").tokens(access_type="offline")
    seen = json.dumps(practice.state())
    assert body["access_token"] not in seen
    assert body["refresh_token"] not in seen


def test_front_page_pictures_and_style(practice: PracticeProvider) -> None:
    assert "stand-in" in requests.get(practice.base_url, timeout=SECONDS).text
    assert requests.get(f"{practice.base_url}/picture/nobody.svg", timeout=SECONDS).status_code == 404
    style = requests.get(f"{practice.base_url}/static/practice.css", timeout=SECONDS)
    assert style.headers["Content-Type"].startswith("text/css")


def test_codes_and_states_stay_out_of_the_output(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "omegaoffice.dev.practice", "--port", "0"],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
        )
        assert process.stdout is not None
        provider = PracticeProvider(process.stdout.readline().rsplit(" ", 1)[1].strip())
        flow = OAuthFlow(provider, "google")
        code = flow.come_back()["code"]
        flow.exchange(code)
        process.terminate()
        assert process.wait(timeout=SECONDS) == 0
        process.stdout.close()
        out.seek(0)
        written = out.read()
    assert "POST /google/token 200" in written
    assert "Traceback" not in written
    for secret in (code, flow.params["state"], flow.verifier):
        assert secret not in written
