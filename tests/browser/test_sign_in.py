"""Signing in by hand, in a browser."""

import pytest

from tests.signin import set_up_totp, totp_code

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


@pytest.fixture
def layla(office, make_user):
    from allauth.account.models import EmailAddress

    user = make_user("layla", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_a_user_signs_in_with_password_and_sees_the_settings(layla, live_server, watched, check_page, keep_screen):
    watched.goto(live_server.url)
    check_page("landing")
    keep_screen("landing")
    watched.goto(f"{live_server.url}/accounts/login/")
    check_page("sign-in")
    keep_screen("sign-in")
    watched.get_by_label("E-mail address").fill(layla.email)
    watched.get_by_label("Password", exact=True).fill(PASSWORD)
    watched.get_by_role("button", name="Sign in").click()
    watched.wait_for_url("**/settings/")
    check_page("settings")
    keep_screen("settings")


def test_a_second_factor_is_required(layla, live_server, watched, check_page):
    set_up_totp(layla)
    watched.goto(f"{live_server.url}/accounts/login/")
    watched.get_by_label("E-mail address").fill(layla.email)
    watched.get_by_label("Password", exact=True).fill(PASSWORD)
    watched.get_by_role("button", name="Sign in").click()
    watched.wait_for_url("**/2fa/authenticate/")
    check_page("second factor")
    watched.locator("input[name=code]").fill(totp_code(layla))
    watched.locator("input[name=code]").press("Enter")
    watched.wait_for_url("**/settings/")
