"""The account's own pages and those of staff in a browser, a passkey included."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from accounts.identity.roles import Role
from tests.signin import set_up_totp, sign_in, totp_code

pytestmark = pytest.mark.browser
#: pages of allauth for a member who has stepped up
ALLAUTHS = (
    "account_email",
    "account_set_password",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "socialaccount_connections",
)


@pytest.fixture
def enter(live_server, watched, client):
    """Sign the browser in with a session made beside the pages."""

    def enter(user, **how):
        sign_in(client, user, **how)
        cookie = client.cookies["sessionid"]
        watched.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        return live_server.url

    return enter


@pytest.fixture
def passkey(watched):
    """A security key that says yes to everything."""
    debugger = watched.context.new_cdp_session(watched)
    debugger.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return debugger.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_account_pages_read_well(user, enter, watched, check_page, keep_screen):
    base = enter(user, fresh=True)
    for name in ("profile", "security", "security/second-factor"):
        watched.goto(f"{base}/settings/{name}/")
        check_page(name)
    for name in ALLAUTHS:
        watched.goto(base + reverse(name))
        check_page(name)
        watched.set_viewport_size({"width": 390, "height": 844})
        check_page(f"{name} on a phone")
        watched.set_viewport_size({"width": 1280, "height": 720})
    watched.goto(f"{base}/settings/security/")
    keep_screen("security")


def test_step_up_by_a_mailed_code_leads_back(user, enter, watched, check_page):
    base = enter(user)
    watched.goto(f"{base}/accounts/2fa/totp/activate/")
    watched.wait_for_url("**/settings/step-up/**")
    check_page("step-up")
    watched.get_by_role("button", name="Send the code").click()
    watched.wait_for_url("**/settings/step-up/?way=mail**")
    check_page("step-up, code")
    code = re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]
    watched.get_by_label("Code from the mail").fill(code)
    watched.get_by_role("button", name="Confirm").click()
    watched.wait_for_url("**/2fa/totp/activate/")


def test_passkey_is_added_opens_the_staff_site_and_signs_in(make_staff, enter, watched, passkey, live_server):
    sam = make_staff("sam", Role.SUPPORT)
    EmailAddress.objects.create(user=sam, email=sam.email, verified=True, primary=True)
    base = enter(sam, fresh=True).replace("127.0.0.1", "localhost")
    watched.context.add_cookies([{**cookie, "domain": "localhost"} for cookie in watched.context.cookies()])
    watched.goto(f"{base}/accounts/2fa/webauthn/add/")
    watched.locator("input[name=name]").fill("Sam's key")
    passwordless = watched.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    watched.locator("#mfa_webauthn_add").click()
    watched.wait_for_url("**/2fa/recovery-codes/**")
    watched.goto(f"{base}/staff/")
    watched.wait_for_url("**/settings/step-up/**")
    watched.get_by_role("link", name="Use your passkey").click()
    watched.wait_for_url("**/2fa/webauthn/reauthenticate/**")
    watched.locator("#mfa_webauthn_reauthenticate").click()
    watched.wait_for_url(re.compile(r"^[^?]*/staff/$"))
    watched.context.clear_cookies()
    watched.goto(f"{base}/accounts/login/?next=/staff/")
    watched.locator("#passkey_login").click()
    watched.wait_for_url(re.compile(r"^[^?]*/staff/$"))


def test_staff_pages_read_well(make_staff, user, enter, watched, check_page, keep_screen):
    sam = make_staff("sam", Role.SUPPORT, Role.ADMINISTRATOR)
    base = enter(sam, mfa=True, fresh=True)
    watched.goto(f"{base}/staff/identity/roleassignment/")
    check_page("people")
    keep_screen("people")
    watched.get_by_role("link", name="sam").first.click()
    check_page("person of the staff")
    watched.goto(f"{base}/staff/identity/roleassignment/invite/")
    check_page("invite")
    watched.goto(f"{base}/staff/identity/user/")
    watched.locator("#id_query").fill("layla")
    watched.get_by_role("button", name="Search", exact=True).click()
    check_page("users")
    watched.get_by_role("link", name="layla").click()
    check_page("user")
    keep_screen("user")


def test_staff_are_led_through_the_second_factor(make_staff, enter, watched):
    sam = make_staff("sam", Role.SUPPORT)
    base = enter(sam)
    watched.goto(f"{base}/staff/")
    watched.wait_for_url("**/settings/security/second-factor/")
    set_up_totp(sam)
    watched.goto(f"{base}/staff/")
    watched.wait_for_url("**/settings/step-up/**")
    watched.locator("input[name=code]").fill(totp_code(sam))
    watched.get_by_role("button", name="Confirm").click()
    watched.wait_for_url(re.compile(r"^[^?]*/staff/$"))
