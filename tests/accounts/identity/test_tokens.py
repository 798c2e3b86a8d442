"""People's access tokens: made, shown once, used, ended by all that they rest on, and in nothing that is kept."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connections
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request

from accounts.identity.api import UserTokenAuthentication
from accounts.identity.data_categories import TOKENS
from accounts.identity.errors import IdentityError
from accounts.identity.models import RoleAssignment, UserToken
from accounts.identity.promises import _tokens_end as measure
from accounts.identity.roles import Role
from accounts.identity.services import (
    close_account,
    end_role,
    leave_staff,
    make_user_token,
    record_factor,
    remove_old_tokens,
    revoke_user_token,
    suspend_staff,
)
from accounts.personaldata.retention import count_past_rule
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from core import db
from core.promises import PromiseState
from tests.signin import set_up_totp, sign_in

ME = "/api/v1/me/token"
LIST = "/settings/tokens/"
FORM = {"name": "Backup at home", "scopes": ["held:read", "history:read"], "days": "30"}


def owned(statement, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def stored(**which):
    with db.use_role("owner"):
        return list(UserToken.objects.filter(**which).order_by("made_at", "name"))


def make(user, name="one", scopes=("held:read",), days=30, now=None):
    return make_user_token(user, name, scopes=list(scopes), days=days, now=now or timezone.now())


def ask(text, client=None):
    return (client or Client()).get(ME, headers={"Authorization": f"Bearer {text}"})


def events(name):
    with db.use_role("owner"):
        return [orjson.loads(bytes(entry.leaf))["payload"] for entry in Entry.objects.filter(event=name).order_by("id")]


@pytest.fixture
def officer(make_staff, office):
    """A privacy officer with a second factor."""
    person = make_staff("omar", Role.PRIVACY_OFFICER)
    set_up_totp(person)
    return person


def test_a_token_is_made_behind_a_step_up_and_shown_once(client, user):
    sign_in(client, user)
    assert client.post(LIST + "new/", FORM)["Location"].startswith("/settings/step-up/")
    sign_in(client, user, fresh=True)
    made = client.post(LIST + "new/", FORM)
    assert (made.status_code, made["Cache-Control"]) == (200, "no-store, private")
    text = made.context["text"]
    assert made.content.decode().count(text) == 1
    assert text not in client.get(LIST).content.decode()
    [token] = stored()
    assert (token.subject, token.name, token.scopes) == (
        user.reference,
        "Backup at home",
        ["held:read", "history:read"],
    )
    assert token.expires_at - token.made_at == timedelta(days=30)
    expires = token.expires_at.strftime("%Y-%m-%dT%H:%M")
    [payload] = events("identity.token.made")
    assert payload.pop("expires").startswith(expires)
    assert payload == {"token": str(token.id), "scopes": token.scopes}


def test_the_text_is_in_nothing_that_is_kept(client, user, capsys, caplog):
    sign_in(client, user, fresh=True)
    text = client.post(LIST + "new/", FORM).context["text"]
    assert ask(text).status_code == 200
    client.get(LIST)
    secret = text.removeprefix(UserToken.PREFIX)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" r WHERE strpos(r::text, %s) > 0', [secret])
            assert cursor.fetchone() == (0,), table
    assert secret not in str(dict(client.session))
    assert secret not in str(capsys.readouterr()) + caplog.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["queue:read"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": "366"}, "days"),
        ({"days": "1"}, "days"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_field(client, user, change, field):
    sign_in(client, user, fresh=True)
    answer = client.post(LIST + "new/", FORM | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert stored() == []


def test_a_name_is_taken_while_its_token_works(user, now):
    later = timezone.now()
    token, _text = make(user, days=7)
    with pytest.raises(IdentityError) as refused:
        make(user)
    assert refused.value.field == "name"
    make(user, now=later + timedelta(days=8))  # the first has expired by then
    revoke_user_token(user, token.pk, now=later)
    assert [each.name for each in stored()] == ["one", "one"]


def test_a_person_has_twenty_at_most(user):
    for number in range(20):
        make(user, f"number {number}")
    with pytest.raises(IdentityError):
        make(user, "one more")
    revoke_user_token(user, stored()[0].pk, now=timezone.now())
    make(user, "one more")


def test_a_token_is_its_person_and_its_use_is_noted(user):
    token, text = make(user, scopes=["policy:read", "held:read"])
    answer = ask(text)
    assert answer.json() == {
        "id": str(token.id),
        "name": "one",
        "scopes": ["held:read", "policy:read"],
        "made_at": answer.json()["made_at"],
        "expires_at": answer.json()["expires_at"],
        "used_at": None,
    }
    assert answer["Cache-Control"] == "no-store, private"
    assert answer.wsgi_request.user == user
    [used] = stored()
    assert abs(used.used_at - timezone.now()) < timedelta(minutes=1)
    assert ask(text).json()["used_at"] is not None


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE identity_usertoken SET revoked_at = now()", "was revoked"),
        ("UPDATE identity_usertoken SET expires_at = now()", "has expired"),
        ("UPDATE identity_user SET is_active = false", "is closed"),
        ("DELETE FROM identity_user", "is closed"),
    ],
)
def test_a_token_that_counts_no_more_is_refused(user, statement, told):
    _token, text = make(user)
    owned(statement)
    answer = ask(text)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert told in answer.json()["detail"]
    assert stored()[0].used_at is None


def test_a_session_or_another_token_is_none(client, user):
    sign_in(client, user)
    assert client.get(ME).status_code == 401
    assert ask("omega_usr_unknown").status_code == 401


def test_requests_are_counted_by_token(user, monkeypatch):
    monkeypatch.setattr("accounts.identity.api.UserThrottle.rate", "2/min")
    (_one, text), (_two, other) = make(user), make(user, "two")
    assert [ask(text).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(other).status_code == 200


def test_one_click_ends_a_token(client, user):
    token, text = make(user)
    sign_in(client, user)
    assert client.post(reverse("identity:end_token", args=[token.pk])).status_code == 302
    assert "“one” was ended" in client.get(LIST).content.decode()
    assert ask(text).status_code == 401
    assert client.post(reverse("identity:end_token", args=[token.pk])).status_code == 409
    assert events("identity.token.ended") == [{"token": str(token.id), "reason": "ended by the user"}]


def test_another_persons_token_does_not_exist(client, user, make_user):
    token, text = make(user)
    sign_in(client, make_user("maya"))
    assert client.post(reverse("identity:end_token", args=[token.pk])).status_code == 404
    assert "one" not in [each.name for each in client.get(LIST).context["working"]]
    assert ask(text).status_code == 200


def test_the_pages_say_what_works_and_what_ended(client, user):
    sign_in(client, user)
    assert "No token works" in client.get(LIST).content.decode()
    ended, _text = make(user, "<b>old")
    revoke_user_token(user, ended.pk, now=timezone.now())
    make(user, "new", scopes=["access:decide"])
    page = client.get(LIST).content.decode()
    assert "answer requests to look at your data" in page
    assert "&lt;b&gt;old" in page
    assert page.index("Tokens that work") < page.index("never used") < page.index("Ended and expired")
    assert "new" in [token.name for token in client.get("/settings/security/").context["tokens"]]


def test_a_scope_of_the_staff_needs_role_and_second_factor(officer, user, make_staff):
    for person in (user, make_staff("nora"), make_staff("sam", Role.SUPPORT)):
        with pytest.raises(IdentityError) as refused:
            make(person, scopes=["queue:read"], days=1)
        assert refused.value.field == "scopes"
    with pytest.raises(IdentityError) as refused:
        make(officer, scopes=["queue:read", "held:read"], days=7)
    assert refused.value.field == "days"
    token, text = make(officer, scopes=["queue:read", "held:read"], days=1)
    assert ask(text).json()["scopes"] == ["held:read", "queue:read"]
    assert token.expires_at - token.made_at == timedelta(days=1)


def test_a_request_to_the_staffs_addresses_finds_the_token_by_its_text(officer):
    _token, text = make(officer, scopes=["queue:read"], days=1)
    request = Request(RequestFactory().get("/", headers={"Authorization": f"Bearer {text}"}))
    with db.use_role("staff"):
        user, token = UserTokenAuthentication().authenticate(request)
    assert (user, token.scopes) == (officer, ["queue:read"])
    assert stored()[0].used_at is not None


def test_the_page_offers_staff_their_scopes_and_one_day(client, officer):
    sign_in(client, officer, mfa=True, fresh=True)
    assert "queue:decide" in client.get(LIST + "new/").content.decode()
    made = client.post(LIST + "new/", {"name": "queue", "scopes": ["queue:read"], "days": "1"})
    assert ask(made.context["text"]).status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identity_roleassignment SET ended_at = now()",
        "UPDATE identity_user SET is_active = false WHERE username = 'omar'",
        "DELETE FROM mfa_authenticator",
    ],
)
def test_a_staff_token_counts_no_more_at_the_next_request_whoever_took_the_right(officer, statement):
    _token, text = make(officer, scopes=["queue:read"], days=1)
    owned(statement)
    assert ask(text).status_code == 401


@pytest.mark.parametrize("end", ["role", "factor", "suspension", "leaving"])
def test_a_staff_token_ends_with_what_it_rests_on(officer, make_staff, end):
    boss = make_staff("boss", Role.ADMINISTRATOR)
    for scope, days in (("queue:read", 1), ("held:read", 7)):
        make(officer, scope, [scope], days)
    now = timezone.now()
    if end == "factor":
        Authenticator.objects.filter(user=officer).delete()
        record_factor(officer, kind="totp", added=False, now=now)
    else:
        with db.use_role("staff"):
            if end == "role":
                end_role(RoleAssignment.objects.get(user=officer).pk, actor=boss, now=now)
            else:
                (suspend_staff if end == "suspension" else leave_staff)(officer, actor=boss, now=now)
    left = [token.name for token in stored(revoked_at=None)]
    assert left == (["held:read"] if end in {"role", "factor"} else [])
    assert len(events("identity.token.ended")) == 2 - len(left)
    assert measure(now).state == PromiseState.KEPT


def test_all_tokens_end_when_the_account_closes(user):
    _token, text = make(user)
    with db.use_role("worker"):
        close_account(user, actor=user, now=timezone.now())
    assert stored(revoked_at=None) == []
    assert ask(text).status_code == 401
    assert [payload["reason"] for payload in events("identity.token.ended")] == ["account closed"]


def test_an_erasure_leaves_none(user, now, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    _token, text = make(user)
    with db.use_role("worker"):
        assert TOKENS.recheck(user.reference) == TOKENS.count(user.reference) == 1
        crypto_shred_subject(user.reference, actor=machine("worker"), ground=ErasureGround.DELETION, now=now)
        assert TOKENS.recheck(user.reference) == 0
    assert ask(text).status_code == 401


def test_the_package_has_names_scopes_and_dates(user):
    token, _text = make(user)
    with db.use_role("worker"):
        [record] = TOKENS.export(user.reference, UUID(int=0))
    assert sorted(record) == ["expires_at", "made_at", "name", "revoked_at", "scopes", "used_at"]
    assert (record["name"], record["scopes"]) == (token.name, ["held:read"])


def test_what_ended_90_days_ago_is_removed(user):
    now = timezone.now()
    for name, days in (("ended", 365), ("expired", 7), ("works", 365)):
        make(user, name, days=days, now=now - timedelta(days=100))
    owned("UPDATE identity_usertoken SET revoked_at = made_at WHERE name = 'ended'")
    with db.use_role("worker"):
        assert count_past_rule(now=now)["identity.tokens"] == (2, 0)
        assert remove_old_tokens(now=now) == 2
        assert remove_old_tokens(now=now) == 0
    assert [token.name for token in stored()] == ["works"]
    assert events("identity.token.removed") == [{"count": 2, "days": 90}]


def test_a_row_written_without_our_key_lets_nobody_in(officer):
    make(officer, scopes=["queue:read"], days=1)
    owned("UPDATE identity_usertoken SET hash = sha256('omega_usr_thief')")
    assert ask("omega_usr_thief").status_code == 401


def test_a_token_outlives_a_new_key_while_the_old_one_stands(user, settings):
    _token, text = make(user)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert ask(text).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert ask(text).status_code == 401


def test_no_role_makes_or_lists_what_is_not_its_own(officer, user):
    make(user)
    now = timezone.now()
    with db.row_security_for(officer.reference):
        assert not UserToken.objects.exists()
    for days, person in ((30, user), (370, officer)):
        with pytest.raises(DatabaseError), db.row_security_for(officer.reference):
            UserToken.store("x", "x", scopes=["held:read"], days=days, now=now, subject=person.reference)
    with pytest.raises(DatabaseError), db.row_security_for(user.reference):
        UserToken.objects.values_list("hash", flat=True).get()
    with pytest.raises(DatabaseError), db.use_role("staff"):
        UserToken.objects.exists()
    with db.use_role("worker"):
        assert UserToken.objects.filter(subject=user.reference).delete() == (0, {})


BREACHES = {
    "without_end": "UPDATE identity_usertoken SET expires_at = 'infinity'",
    "not_hashed": "UPDATE identity_usertoken SET hash = 'omega_usr_plain'",
    "of_closed_accounts": "UPDATE identity_user SET is_active = false",
    "staff_without_right": "UPDATE identity_usertoken SET scopes = '{queue:read}', expires_at = made_at + '1 day'",
}


@pytest.mark.parametrize("figure", BREACHES)
def test_a_token_that_should_not_be_breaks_the_promise(user, figure):
    make(user)
    kept = measure(timezone.now())
    assert (kept.state, kept.figures["tokens"], kept.figures["working"]) == (PromiseState.KEPT, 1, 1)
    owned(BREACHES[figure])
    broken = measure(timezone.now())
    assert broken.state == PromiseState.BROKEN
    assert {name for name in BREACHES if broken.figures[name]} == {figure}


@pytest.mark.parametrize("lost", ["identity_roleassignment", "mfa_authenticator"])
def test_a_staff_token_without_role_or_second_factor_breaks_the_promise(officer, lost):
    make(officer, scopes=["queue:read"], days=1)
    assert measure(timezone.now()).state == PromiseState.KEPT
    owned(f"DELETE FROM {lost}")
    assert measure(timezone.now()).figures["staff_without_right"] == 1


def test_a_year_and_a_day_or_two_days_for_staff_break_the_promise(user, officer):
    make(user, days=365)
    make(officer, scopes=["queue:read"], days=1)
    assert measure(timezone.now()).figures["without_end"] == 0
    owned("UPDATE identity_usertoken SET expires_at = expires_at + interval '2 days'")
    assert measure(timezone.now()).figures["without_end"] == 2


def test_a_token_of_an_erased_person_breaks_the_promise(user, now, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, actor=machine("worker"), ground=ErasureGround.DELETION, now=now)
    owned(
        "INSERT INTO identity_usertoken (id, subject, name, hash, scopes, made_at, expires_at) VALUES "
        "(gen_random_uuid(), %s, 'left', sha256('x'), '{held:read}', now(), now() + interval '7 days')",
        user.reference,
    )
    assert measure(timezone.now()).figures["of_closed_accounts"] == 1
