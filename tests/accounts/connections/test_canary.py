"""Tokens of Google and GitHub, looked for wherever text goes: in the answer that hands one out, and nowhere else."""

import base64
import logging
from datetime import timedelta

import orjson
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.connections import data_categories, github as github_api, google as client, tasks
from accounts.connections.models import GitHubGrant, GoogleGrant
from accounts.connections.services import check_grant, sweep_events
from audit.log.models import Entry
from core import db, enqueue
from tests.accounts.connections.conftest import PAGE
from tests.accounts.connections.test_github import THIRD, come  # noqa: F401  a fixture
from tests.accounts.connections.test_google import end, home, invoices  # noqa: F401  fixtures
from tests.accounts.identity.test_dump import dump
from tests.signin import sign_in

LAYLAS = "100000000000000000001"
#: where nobody listens
NOWHERE = "http://127.0.0.1:9/"
#: how each token of the practice provider begins, and each code
PREFIXES = ("1//practice", "ya29.practice", "gho_practice", "4/0A-practice")


class Seen(logging.Handler):
    """Everything that was written, by what wrote it; `keep` adds a text."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.texts = []

    def keep(self, where, text):
        self.texts.append((where, text))

    def emit(self, record):
        self.keep(f"log {record.name}", self.format(record) + repr(record.__dict__))

    def holding(self, *secrets):
        forms = {form for secret in secrets for form in (secret, repr(secret), *encoded(secret.encode()))}
        return [(where, form) for where, text in self.texts for form in forms if form in text]


def encoded(data):
    """Return how bytes stand in a dump, in JSON and in a header."""
    return [
        data.hex(),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
    ]


@pytest.fixture
def seen():
    """What was logged by anybody, at any level, and what was sent to the broker."""
    seen, send = Seen(), enqueue._send
    with pytest.MonkeyPatch.context() as patch:
        for each in [logging.root, *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]:
            patch.setattr(each, "disabled", False)
            patch.setattr(each, "level", logging.DEBUG)
            if each is logging.root or not each.propagate:
                patch.setattr(each, "handlers", [*each.handlers, seen])
        logging.root.manager._clear_cache()
        patch.setattr(enqueue, "_send", lambda *task: [seen.keep("task", repr(task)), send(*task)])
        yield seen
    logging.root.manager._clear_cache()


@pytest.fixture
def issued(monkeypatch):
    """Return the tokens that came from Google and GitHub, in clear."""
    found, redeem, borrow = set(), client.redeem_code, client.borrow_token

    def redeemed(*args, **more):
        granted = redeem(*args, **more)
        found.add(granted.refresh_token)
        return granted

    def borrowed(*args):
        token = borrow(*args)
        found.add(token.value)
        return token

    monkeypatch.setattr(client, "redeem_code", redeemed)
    monkeypatch.setattr(client, "borrow_token", borrowed)
    return found


@pytest.fixture
def post(office, google):
    """Post a security event as Google does."""
    return lambda token: Client().post("/webhooks/google/", token, content_type="application/secevent+jwt")


@pytest.fixture
def look(seen):
    """Keep an answer, and return it: `look(answer)`."""

    def keep(answer):
        seen.keep(f"{answer.status_code}", answer.content.decode() + repr(answer.headers))
        return answer

    return keep


@pytest.fixture
def export(seen, user):
    """Keep what the person's package has of what they granted."""

    def keep():
        with db.row_security_for(user.reference):
            seen.keep("package", orjson.dumps([*data_categories.GRANTS.export(user.reference, None)]).decode())

    return keep


def as_worker(act, *args, **more):
    with db.use_role("worker"):
        return act(*args, **more)


@pytest.fixture
def refresh_token(issued, home, user, connect, come, google, look):  # noqa: F811
    """The token of what layla granted at Google in spite of its errors; at GitHub she granted, too."""
    user.set_password("a long pass phrase")
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sign_in(home, user, fresh=True)
    for kind in ("500", "400", "401"):
        google.fault("google.token", kind, times=1)
        look(connect(home))
    look(connect(home))
    look(come(home, process="connect"))
    [token] = issued
    return token


@pytest.fixture
def fail(seen, user, invoices, fetch, google, look, monkeypatch):  # noqa: F811
    """Meet errors of each kind, Google's and ours, at each call with a token: `fail()`."""

    def act():
        refused = []
        for kind in ("400", "401", "429", "500", "503", "wider", "invalid_grant"):
            google.fault("google.token", kind)
            refused.append(look(fetch(invoices)).status_code)
            if kind not in {"wider", "invalid_grant"}:
                as_worker(check_grant, user.reference, clock=timezone.now)
            google.clear_faults()
        assert refused == [503, 503, 503, 503, 503, 409, 409]
        with monkeypatch.context() as patch:
            patch.setitem(settings.GOOGLE_ENDPOINTS, "token", NOWHERE)
            assert look(fetch(invoices)).status_code == 503
            as_worker(check_grant, user.reference, clock=timezone.now)
        with monkeypatch.context() as patch:
            patch.setattr(client, "_names", lambda answer: answer["access_token"][10**6 :] + 1)
            with pytest.raises(TypeError) as raised:
                as_worker(tasks.check_grant, user.reference)
            seen.keep("exception", repr(raised.value))
        with monkeypatch.context() as patch:
            patch.setattr(client, "_refresh", lambda token, **_more: {}[len(token)])
            assert look(fetch(invoices, caller=Client(raise_request_exception=False))).status_code == 500

    return act


@pytest.fixture
def end_all(seen, issued, home, user, google, look, post, kept, work, monkeypatch):  # noqa: F811
    """End it at Google, and here at GitHub, which both confirm after errors: `end_all()`."""

    def act():
        with monkeypatch.context() as patch:
            patch.setattr(github_api, "find_owner", lambda token: issued.add(token) or 1 / 0)
            look(home.post(THIRD, {"account": user.socialaccount_set.get().pk}, follow=True))
            assert look(post(google.risc("tokens-revoked", LAYLAS)["token"])).status_code == 202
            assert as_worker(sweep_events, now=timezone.now()) == 1
            patch.setitem(settings.GOOGLE_ENDPOINTS, "revoke", NOWHERE)
            assert work() == 0
        seen.keep("backup", dump())
        google.fault("google.revoke", "500")
        work(timezone.now() + timedelta(minutes=1))
        assert any(token.startswith("gho_") for token in issued)
        look(home.get(PAGE))
        google.fault("google.revoke", "ignored")
        work(timezone.now() + timedelta(minutes=2))
        google.clear_faults()
        for minutes in (10, 20):
            work(timezone.now() + timedelta(minutes=minutes))
        grant, ended = kept()
        assert (grant, [row.sealed for row in ended]) == (None, [None, None])
        assert all(row.confirmed_at for row in ended)

    return act


def test_no_text_of_a_token_is_anywhere_but_in_the_answer_that_hands_it_out(
    seen,
    issued,
    home,  # noqa: F811
    refresh_token,
    invoices,  # noqa: F811
    user,
    fetch,
    fail,
    end_all,
    look,
    export,
    kept,
    capfd,
):
    answer = fetch(invoices)
    assert answer.json()["access_token"] in issued - {refresh_token}
    assert refresh_token not in answer.content.decode() + repr(answer.headers)
    for page in (PAGE, THIRD, f"{PAGE}google/end/", f"{PAGE}google/end/{invoices}/"):
        assert look(home.get(page)).status_code == 200
    export()
    fail()
    as_worker(check_grant, user.reference, clock=lambda: timezone.now() + timedelta(days=2))

    before = dump()
    sealed = [bytes(as_worker(model.objects.get).sealed) for model in (GoogleGrant, GitHubGrant)]
    assert [data.hex() in before for data in sealed] == [True, True]
    assert client.hash_token(refresh_token) in before
    end_all()
    look(home.get(PAGE))
    export()
    with db.use_role("auditor"):
        for leaf in Entry.objects.values_list("leaf", flat=True):
            seen.keep("entry", bytes(leaf).decode())
    seen.keep("output", "".join(capfd.readouterr()))
    assert {where.split()[0] for where, _text in seen.texts} >= {"log", "task", "package", "entry", "exception", "200"}
    assert seen.holding(*PREFIXES, *issued) == []

    after = dump()
    texts = [*PREFIXES, *issued]
    needles = [*texts, *(form for text in texts for form in encoded(text.encode())), client.hash_token(refresh_token)]
    needles += [form for data in sealed for form in encoded(data)]
    assert [needle for needle in needles if needle in before and needle in texts] == []
    assert [needle for needle in needles if needle in after] == []


def test_a_token_that_is_logged_would_be_found(seen):
    logging.getLogger("accounts.connections").warning("token %s", "1//practice-abc")
    assert {where for where, _form in seen.holding(*PREFIXES)} == {"log accounts.connections"}


def test_an_end_here_leaves_no_byte_of_the_token_nor_of_its_ciphertext(home, connect, issued, kept, work):  # noqa: F811
    connect(home)
    sealed = bytes(kept()[0].sealed)
    end(home)
    assert sealed.hex() in dump()
    assert work() == 1
    after = dump()
    [token] = issued
    for needle in (*encoded(sealed), token, *encoded(token.encode()), client.hash_token(token)):
        assert needle not in after
