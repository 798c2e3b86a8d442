"""One mailbox in many spellings, limits that a stranger cannot turn on the owner, answers that tell no secret."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from accounts.identity.adapters import SocialAdapter
from accounts.identity.mailboxes import mailbox_of, normal_address
from accounts.identity.models import User
from accounts.identity.selectors import find_people
from audit.log.models import Entry
from core import db

LOGIN, SIGNUP, CODE_PAGE = "/accounts/login/", "/accounts/signup/", "/accounts/confirm-email/"
PASS = "a long pass phrase"
OMAR = [
    "OMAR@Example.org",
    "omar@\uff45xample.org",
    "omar@\u24d4xample.org",
    '"omar"@example.org',
    '"o\\mar"@example.org',
]


@pytest.fixture(autouse=True)
def _fresh_limits(request):
    if "office" in request.fixturenames:
        cache.clear()


@pytest.fixture
def member(make_user):
    person = make_user("omar", password=PASS)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def log_in(client, email="omar@example.org", password=PASS, ip="127.0.0.1"):
    return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=ip)


def sign_up(client, email, username="nadia"):
    fields = {"email": email, "username": username, "password1": PASS, "password2": PASS}
    return client.post(SIGNUP, fields)


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        *((written, "omar@example.org") for written in OMAR),
        ("omar\uff20example.org", "omar@example.org"),
        ("omar@example.org.", "omar@example.org"),
        ("om\u200bar@example.org", "omar@example.org"),
        ("omar@b\u00fccher.example", "omar@xn--bcher-kva.example"),
        ("omar@BU\u0308CHER.example", "omar@xn--bcher-kva.example"),
        ("omar@xn--bcher-kva.example", "omar@xn--bcher-kva.example"),
        ("x@fa\u00df.example", "x@xn--fa-hia.example"),
        ('"o mar"@example.org', '"o mar"@example.org'),
        ("omar+tag@example.org", "omar+tag@example.org"),
        ("omar@[127.0.0.1]", "omar@[127.0.0.1]"),
        ("nobody", "nobody"),
        ("J\u00f6rg", "j\u00f6rg"),  # the beginning of an address: no domain
        ("", ""),
    ],
)
def test_every_spelling_of_an_address_has_one_normal_form(written, normal):
    assert normal_address(written) == normal
    assert normal_address(normal) == normal


@pytest.mark.parametrize(
    "written", ["o.m.ar+x@gmail.com", "OMAR@GoogleMail.com", '"o.mar+y"@gmail.com', "omar@\uff47mail.com"]
)
def test_tags_and_gmails_dots_are_one_mailbox(written):
    assert mailbox_of(written) == "omar@gmail.com"


def test_other_mailboxes_stay_apart():
    others = ["la.yla@example.org", "layla@example.org", "layla@example.net", "x@fa\u00df.example", "x@fass.example"]
    assert len({mailbox_of(address) for address in others}) == len(others)


@pytest.mark.parametrize("written", OMAR)
def test_any_spelling_signs_in_and_finds_the_person(client, member, written):
    log_in(client, written)
    assert is_in(client)
    assert User.objects.with_address(written).get() == member
    assert User.objects.get_by_natural_key(written) == member
    assert find_people(written) == [member]


def test_a_search_by_the_beginning_of_an_address_takes_every_letter(make_user):
    person = make_user("jorg", email="j\u00f6rg@example.org")
    assert find_people("J\u00f6r") == [person]


@pytest.mark.parametrize("written", OMAR)
def test_a_second_account_for_another_spelling_is_not_made(client, member, written):
    sign_up(client, written)
    assert User.objects.count() == 1
    assert mail.outbox[-1].to == [member.email]


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_mailed_codes_and_links_know_the_person_by_any_spelling_and_write_to_the_stored_one(member, path):
    for written in OMAR[:2]:
        Client().post(path, {"email": written})
        assert mail.outbox[-1].to == [member.email]
        assert "no account" not in mail.outbox[-1].body.lower()


def test_a_wrong_password_is_logged_to_its_owner_by_any_spelling(client, member):
    log_in(client, OMAR[1], "wrong")
    with db.use_role("auditor"):
        assert Entry.objects.get(event="identity.session.refused").subject == member.reference


def test_a_provider_that_writes_an_address_otherwise_means_the_same_one(office):
    told = SocialLogin(account=SocialAccount(provider="github"), email_addresses=[EmailAddress(email=OMAR[1])])
    told.user = User()
    assert SocialAdapter().populate_user(RequestFactory().get("/"), told, {}).email == "omar@example.org"
    assert told.email_addresses[0].email == "omar@example.org"


def test_signing_up_twice_leads_back_to_the_page_that_takes_the_code(office):
    first, other = Client(), Client()
    assert sign_up(first, "nadia@example.org")["Location"] == CODE_PAGE
    code = re.search(r"^([A-Z0-9]{3,}-?[A-Z0-9]{2,})$", mail.outbox[-1].body, re.MULTILINE)[1]
    assert sign_up(first, "nadia@example.org")["Location"] == CODE_PAGE
    assert sign_up(other, "nadia@example.org", "nadia2")["Location"] == CODE_PAGE
    assert other.get(CODE_PAGE).status_code == 200
    first.post(CODE_PAGE, {"code": code})
    assert is_in(first)
    assert not is_in(other)


def test_a_second_browser_is_told_like_any_other_and_gets_nowhere_by_guessing(member):
    known, unknown = Client(), Client()
    answers = []
    for client, email in ((known, member.email), (unknown, "new@example.org")):
        sign_up(Client(), email, "newone")
        answers.append(sign_up(client, email, "newtwo"))
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    for _ in range(3):
        known.post(CODE_PAGE, {"code": ""})
    assert not is_in(known)


def test_a_strangers_wrong_passwords_do_not_lock_the_owner_out(member):
    for _ in range(8):
        refused = log_in(Client(), password="wrong", ip="198.51.100.7")
    assert "Have a code mailed to you" in refused.content.decode()
    stranger, owner = Client(), Client()
    log_in(stranger, ip="198.51.100.7")
    assert not is_in(stranger)
    log_in(owner)
    assert is_in(owner)


def test_very_many_strangers_close_the_password_and_never_the_mailed_code(member, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_address": "4/h/key"}
    for number in range(4):
        log_in(Client(), password="wrong", ip=f"198.51.100.{number}")
    owner = Client()
    answer = log_in(owner)
    assert not is_in(owner)
    assert "Have a code mailed to you" in answer.content.decode()
    owner.post("/accounts/login/code/", {"email": member.email})
    code = re.search(r"^([A-Z0-9]{3,}-?[A-Z0-9]{2,})$", mail.outbox[-1].body, re.MULTILINE)[1]
    owner.post("/accounts/login/code/confirm/", {"code": code})
    assert is_in(owner)


def test_right_passwords_do_not_use_the_limit_up(member, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_address": "2/h/key"}
    for _ in range(4):
        browser = Client()
        log_in(browser)
        assert is_in(browser)


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_a_strangers_requests_for_mail_do_not_keep_it_from_the_owner(member, path):
    for _ in range(5):
        Client().post(path, {"email": member.email}, REMOTE_ADDR="198.51.100.7")
    assert len(mail.outbox) == 3
    Client().post(path, {"email": member.email})
    assert len(mail.outbox) == 4


@pytest.fixture
def hashed(monkeypatch):
    """Count the slow hashes of passwords."""
    kind, calls = type(get_hasher()), []
    encode = kind.encode

    def counted(self, *args, **kwargs):
        calls.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(kind, "encode", counted)
    return calls


@pytest.mark.parametrize("page", ["sign up", "sign in", "code", "reset"])
def test_known_and_unknown_addresses_cost_the_same_work_and_one_mail(member, make_user, hashed, page):
    make_user("lina")  # by a provider alone: no password
    work = []
    for number, email in enumerate((member.email, "unknown@example.org", "lina@example.org")):
        hashed.clear()
        mail.outbox.clear()
        if page == "sign up":
            sign_up(Client(), email, f"newcomer{number}")
        elif page == "sign in":
            log_in(Client(), email, "not the pass phrase")
        else:
            Client().post(
                {"code": "/accounts/login/code/", "reset": "/accounts/password/reset/"}[page], {"email": email}
            )
        work.append((len(hashed), len(mail.outbox)))
    assert set(work) == {(1 if page.startswith("sign") else 0, 0 if page == "sign in" else 1)}


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("p\u0430ula", False),  # a Cyrillic a
        ("\u03bfmar", False),  # a Greek o
        ("sam\u0645", False),
        ("\u0644\u064a\u0644\u0649", True),
        ("\u041f\u0430\u0432\u0435\u043b_2", True),
        ("\u592a\u90ce\u305f\u308d\u30fc", True),
        ("J\u00fcrgen_1", True),
    ],
)
def test_user_names_are_written_in_one_script(client, office, name, is_taken):
    sign_up(client, "nadia@example.org", name)
    assert User.objects.exists() is is_taken
