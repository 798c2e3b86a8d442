"""Files behind a sign-in or a step-up: the browser is led to the page that links them, never to the file."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.urls import URLPattern, get_resolver, reverse

from accounts.identity.roles import Role
from accounts.identity.services import change_profile
from audit.log.models import Entry
from core import db
from tests.signin import set_up_totp, sign_in

KEY = UUID(int=7)
PACKAGE = "/settings/privacy/requests/RR-2026-000001/package/"
#: a file → the page that links it
PAGES = {
    PACKAGE: "/settings/privacy/requests/RR-2026-000001/",
    "/accounts/2fa/recovery-codes/download/": "/accounts/2fa/recovery-codes/",
    f"/staff/audit/export/{KEY}/archive/": f"/staff/audit/export/{KEY}/",
    f"/staff/audit/entry/{KEY}/leaf/": f"/staff/audit/entry/{KEY}/",
    f"/staff/audit/entry/{KEY}/receipt/": f"/staff/audit/entry/{KEY}/",
    "/staff/audit/entry/checkpoints/5/": "/staff/audit/entry/checkpoints/",
    "/staff/audit/entry/checkpoints/growth/": "/staff/audit/entry/checkpoints/",
}


def led_to(address):
    """Return the page and the file in the `next` of an address of the sign-in or step-up."""
    after = urlsplit(parse_qs(urlsplit(address).query)["next"][0])
    return after.path, parse_qs(after.query).get("download", [""])[0]


@pytest.mark.parametrize("file", [name for name in PAGES if not name.startswith("/accounts/")])
def test_a_sign_in_for_a_file_leads_to_its_page(client, office, file):
    answer = client.get(file, headers={"Accept": "text/html"}, follow=True)
    assert led_to(answer.request["PATH_INFO"] + "?" + answer.request["QUERY_STRING"]) == (PAGES[file], file)


@pytest.mark.parametrize("file", [name for name in PAGES if name.startswith("/staff/")])
def test_a_second_factor_for_a_file_leads_to_its_page(client, make_staff, file):
    auditor = make_staff("aud", Role.AUDITOR)
    set_up_totp(auditor)
    sign_in(client, auditor)
    answer = client.get(file, follow=True)
    step_up, _status = answer.redirect_chain[-1]
    assert led_to(step_up) == (PAGES[file], file)


def test_a_step_up_for_recovery_codes_leads_to_their_page(client, user):
    set_up_totp(user)
    sign_in(client, user)
    file = "/accounts/2fa/recovery-codes/download/"
    assert led_to(client.get(file)["Location"]) == (PAGES[file], file)


def test_a_receipt_leads_back_to_the_page_it_was_asked_for_on(client, user, now):
    change_profile(user, username="layla2", language="en", time_zone="UTC", now=now)
    with db.use_role("auditor"):
        entry = Entry.objects.filter(subject=user.reference).latest("id")
    file = reverse("identity:receipt", args=[entry.pk])
    for page, expected in [
        ("http://testserver/settings/looked/?q=sam", "/settings/looked/"),
        ("https://elsewhere.example/", "/settings/"),
        ("", "/settings/"),
    ]:
        answer = client.get(file, headers={"Referer": page})
        assert led_to(answer["Location"]) == (expected, file)


def test_every_address_that_gives_a_file_names_its_page():
    def addresses(patterns):
        for pattern in patterns:
            yield from [pattern] if isinstance(pattern, URLPattern) else addresses(pattern.url_patterns)

    found = addresses(get_resolver().url_patterns)
    marked = {pattern.name for pattern in found if hasattr(pattern.callback, "linked_from")}
    assert marked == {
        "package",
        "receipt",
        "log.csv",
        "log.json",
        "receipts.zip",
        "mfa_download_recovery_codes",
        "audit_export_archive",
        "audit_entry_leaf",
        "audit_entry_receipt",
        "audit_checkpoint",
        "audit_growth",
    }
