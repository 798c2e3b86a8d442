"""Reader tokens: shown once, kept as a hash, ended at once; made by who reads the log, seen by who may end them."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.identity.roles import Role
from audit.log.actors import machine
from audit.log.models import Entry
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token
from core import db
from core.tokens import TokenError
from tests.signin import sign_in

PREFIX = ReaderToken.PREFIX
LIST, NEW = "admin:audit_readertoken_changelist", "admin:audit_readertoken_new"


@pytest.fixture
def make(office):
    def do(name="siem", scopes=("entries",), days=30, now=None):
        with db.use_role("staff"):
            return make_reader_token(
                name, scopes=scopes, days=days, actor=machine("console"), now=now or timezone.now()
            )

    return do


@pytest.fixture
def auditor(client, make_staff):
    return sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)


def rows():
    with db.use_role("auditor"):
        return list(ReaderToken.objects.order_by("made_at"))


def logged(name):
    with db.use_role("auditor"):
        return Entry.objects.filter(event=name).count()


def test_only_a_hash_and_four_characters_are_kept(make):
    _, text = make()
    kept = rows()[0]
    assert text.startswith(PREFIX)
    assert len(text) == len(PREFIX) + 43
    assert kept.shown == text[: len(PREFIX) + 4]
    assert text not in repr(kept.__dict__)
    assert text[-20:].encode() not in bytes(kept.hash)
    assert logged("audit.token.made") == 1
    with db.use_role("auditor"):
        assert text not in repr(bytes(Entry.objects.get(event="audit.token.made").leaf))


def test_a_name_is_free_again_once_its_token_is_revoked(make):
    token, _ = make()
    with pytest.raises(TokenError):
        make()
    with db.use_role("staff"):
        revoke_reader_token(token.pk, actor=machine("console"), now=timezone.now())
        with pytest.raises(TokenError):
            revoke_reader_token(token.pk, actor=machine("console"), now=timezone.now())
    make()
    assert [row.revoked_at is None for row in rows()] == [False, True]
    assert logged("audit.token.revoked") == 1


def test_the_console_makes_and_revokes(office, capsys):
    call_command("audit_token", "siem", days=7)
    text = capsys.readouterr().out.strip()
    assert text.startswith(PREFIX)
    assert rows()[0].scopes == ["entries"]
    with pytest.raises(CommandError, match="of that name"):
        call_command("audit_token", "siem")
    call_command("audit_token", "siem", revoke=True)
    assert rows()[0].revoked_at is not None
    with pytest.raises(CommandError, match="no active") as refused:
        call_command("audit_token", "siem", revoke=True)
    assert refused.value.returncode == 2


def test_the_auditor_makes_one_and_sees_it_once(auditor):
    assert "No machine reads the log" in auditor.get(reverse(LIST)).content.decode()
    made = auditor.post(reverse(NEW), {"name": "siem", "scopes": ["entries", "export"], "days": 10})
    text = made.context["text"]
    assert text in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    listed = auditor.get(reverse(LIST)).content.decode()
    assert "siem" in listed
    assert rows()[0].shown in listed
    assert text not in listed
    assert rows()[0].made_by.startswith("staff:")


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"scopes": ["entries"], "days": 10}, "name"),
        ({"name": "siem", "days": 10}, "scopes"),
        ({"name": "siem", "scopes": ["all"], "days": 10}, "scopes"),
        ({"name": "siem", "scopes": ["entries"], "days": 367}, "days"),
        ({"name": "taken", "scopes": ["entries"], "days": 1}, "name"),
    ],
)
def test_a_form_that_breaks_a_rule_says_which(auditor, make, posted, field):
    make("taken")
    page = auditor.post(reverse(NEW), posted)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert len(rows()) == 1


def test_making_one_asks_for_a_step_up(client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    assert "/settings/step-up/" in client.post(reverse(NEW), {"name": "x"})["Location"]


def test_an_administrator_sees_and_ends_tokens_and_makes_none(client, make_staff, make):
    token, _ = make()
    sign_in(client, make_staff("adam", Role.ADMINISTRATOR), mfa=True, fresh=True)
    page = client.get(reverse(LIST)).content.decode()
    assert reverse(NEW) not in page
    assert client.get(reverse(NEW)).status_code == 403
    address = reverse("admin:audit_readertoken_revoke", args=[token.pk])
    assert client.get(address).status_code == 200
    assert client.post(address)["Location"] == reverse(LIST)
    assert client.post(address).status_code == 409
    assert rows()[0].revoked_at is not None


def test_other_roles_see_no_tokens(client, make_staff, make):
    token, _ = make()
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True, fresh=True)
    for name, args in ((LIST, []), (NEW, []), ("admin:audit_readertoken_revoke", [token.pk])):
        assert client.get(reverse(name, args=args)).status_code == 403


def test_the_list_says_what_works_what_expired_and_what_was_revoked(auditor, make):
    now = timezone.now()
    make("works")
    make("old", days=1, now=now - timedelta(days=2))
    token, _ = make("ended")
    with db.use_role("staff"):
        revoke_reader_token(token.pk, actor=machine("console"), now=now)
    found = {row["token"].name: row["label"] for row in auditor.get(reverse(LIST)).context["rows"]}
    assert found == {"works": "works", "old": "expired", "ended": "revoked"}
