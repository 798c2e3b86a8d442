"""The pages of signing in speak our words, not allauth's, in our frame."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.test import Client
from django.test.signals import template_rendered
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.html import strip_tags

from tests.signin import set_up_totp, sign_in, totp_code

PASSWORD = "a long enough pass phrase"
#: words of allauth for what these pages call otherwise
FOREIGN = re.compile(
    r"Sign[- ](?:In|Out|Up)|Log[- ]?[Ii]n|Remember Me|Security Key|Two-Factor|\b[Ee]mail\b|Username|Third-Party"
)
#: parts that are no pages: mails, scripts, and names that only lead to ours
KEPT = re.compile(
    r"mfa/webauthn/snippets/|/base_entrance\.html$|/email/|account/messages/|password_reset_help_text|/download\.txt$"
)


@pytest.fixture
def rendered():
    """The names of allauth's own templates that were rendered."""
    found: set[str] = set()

    def note(template, **_more) -> None:
        if "/allauth/" in str(template.origin) and "/omegaoffice/" not in str(template.origin):
            found.add(str(template.name))

    template_rendered.connect(note)
    yield found
    template_rendered.disconnect(note)


def names(include: str) -> list[str]:
    """Return the addresses without arguments, by name."""
    found = []
    stack = list(get_resolver("allauth.urls").url_patterns)
    while stack:
        each = stack.pop()
        stack += getattr(each, "url_patterns", [])
        found.append(getattr(each, "name", None) or "")
    return sorted({name for name in found if name.startswith(include)})


def read(client: Client, url: str) -> None:
    page = client.get(url, follow=True)
    if "html" not in page.headers["Content-Type"]:
        return
    text = strip_tags(re.sub(r"(?s)<script.*?</script>|<head>.*?</head>", "", page.content.decode()))
    assert FOREIGN.findall(text) == [], url


def read_all(client: Client) -> None:
    for name in names("account_") + names("mfa_") + names("socialaccount_"):
        try:
            url = reverse(name)
        except NoReverseMatch:  # an address of one passkey or one link
            continue
        read(client, url)


def test_a_strangers_pages(client, office, rendered) -> None:
    read_all(client)
    assert {name for name in rendered if not KEPT.search(name)} == set()


def test_a_members_pages(client, make_user, rendered) -> None:
    member = make_user("layla", password=PASSWORD)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    EmailAddress.objects.create(user=member, email="other@example.org")
    sign_in(client, member, fresh=True)
    read_all(client)
    set_up_totp(member)
    RecoveryCodes.activate(member)
    sign_in(client, member, fresh=True, mfa=True)
    read_all(client)
    key = Authenticator.objects.create(user=member, type="webauthn", data={"name": "Key", "credential": {}})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        read(client, reverse(name, args=[key.pk]))
    assert {name for name in rendered if not KEPT.search(name)} == set()


def test_the_pages_between_password_and_second_step(client, make_user, rendered) -> None:
    member = make_user("layla", password=PASSWORD)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    set_up_totp(member)
    wrong = client.post(reverse("account_login"), {"login": member.email, "password": "x"}).content.decode()
    assert "The address or the password is not right." in wrong
    assert FOREIGN.findall(strip_tags(wrong)) == []
    page = client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD}, follow=True)
    assert "Second step" in page.content.decode()
    assert "autofocus" in page.content.decode()
    assert client.post(reverse("mfa_authenticate"), {"code": totp_code(member)})["Location"] == "/settings/"
    other = Client()
    page = other.post(reverse("account_request_login_code"), {"email": member.email}, follow=True)
    assert member.email in page.content.decode()
    assert FOREIGN.findall(strip_tags(page.content.decode())) == []
    assert {name for name in rendered if not KEPT.search(name)} == set()


def test_a_link_for_a_new_password_leads_through_our_pages(client, make_user, rendered) -> None:
    member = make_user("layla", password=PASSWORD)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    client.post(reverse("account_reset_password"), {"email": member.email})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1]
    page = client.get(link, follow=True)
    assert "New password, once more" in page.content.decode()
    url = page.redirect_chain[-1][0]
    done = client.post(url, {"password1": f"{PASSWORD} 2", "password2": f"{PASSWORD} 2"}, follow=True)
    assert "Your password is set" in done.content.decode()
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    assert {name for name in rendered if not KEPT.search(name)} == set()
