"""The staff's own pages: people, invitations, roles, users; and the commands beside them."""

import io
import re
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.identity.models import Invitation, RoleAssignment, User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.identity.services import bootstrap_administrators, give_role
from audit.log.models import Entry
from core import db
from tests.signin import set_up_totp, sign_in, totp_code

PASS = "a long pass phrase"
PEOPLE = "/staff/identity/roleassignment/"
USERS = "/staff/identity/user/"


@pytest.fixture
def root(make_staff):
    return make_staff("root", Role.ADMINISTRATOR)


@pytest.fixture
def staff_client(root):
    return sign_in(Client(), root, mfa=True, fresh=True)


@pytest.fixture
def sam(make_staff):
    return make_staff("sam", Role.SUPPORT)


def events(name):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=name).order_by("id"))


def roles(user):
    with db.use_role("staff"):
        return roles_of(User.objects.get(pk=user.pk))


def test_first_administrator_from_the_command_to_the_staff_pages(client, office):
    out, err = io.StringIO(), io.StringIO()
    call_command("staff_bootstrap", "boss@example.org", site="http://office.example", stdout=out, stderr=err)
    link = out.getvalue().strip()
    assert link.startswith("http://office.example/accounts/invitation/")
    moved = client.get(link.removeprefix("http://office.example"))
    assert moved["Location"] == "/accounts/invitation/"
    assert b"Administrator" in client.get("/accounts/invitation/").content
    answer = client.post("/accounts/invitation/", {"username": "boss", "password": PASS})
    assert answer["Location"] == "/settings/security/second-factor/"
    boss = User.objects.get()
    assert roles(boss) == {Role.ADMINISTRATOR}
    assert client.get("/staff/").status_code == 302
    set_up_totp(boss)
    client.post("/settings/step-up/", {"code": totp_code(boss)})
    assert client.get(PEOPLE).status_code == 200
    with pytest.raises(CommandError, match="already"):
        call_command("staff_bootstrap", "other@example.org")


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c"])
def test_bootstrap_refuses_what_is_no_address(office, email):
    with pytest.raises(CommandError, match="valid"):
        call_command("staff_bootstrap", email)
    with db.use_role("staff"):
        assert not Invitation.objects.exists()


def test_dead_links_are_all_answered_alike(client, office, now):
    with db.use_role("staff"):
        _, old = bootstrap_administrators(["boss@example.org"], now=timezone.now() - timedelta(days=8))[0]
    pages = set()
    for token in (old, "never-was"):
        client.get(f"/accounts/invitation/{token}/")
        answer = client.get("/accounts/invitation/")
        assert answer.status_code == 410
        pages.add(re.sub(rb'value="[^"]*"', b"", answer.content))
    assert len(pages) == 1
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("username", ""), ("username", "a@b"), ("password", "short"), ("password", "password1234")]
)
def test_bad_joining_is_refused_with_the_field(client, office, field, value):
    with db.use_role("staff"):
        _, token = bootstrap_administrators(["boss@example.org"], now=timezone.now())[0]
    client.get(f"/accounts/invitation/{token}/")
    answer = client.post("/accounts/invitation/", {"username": "boss", "password": PASS, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"'.encode() in answer.content
    assert not User.objects.exists()


def test_invitation_is_mailed_and_a_user_joins_with_their_own_account(staff_client, user):
    assert staff_client.post(PEOPLE + "invite/", {"email": user.email, "roles": ["support"]}).status_code == 302
    assert mail.outbox[-1].to == [user.email]
    link = re.search(r"http://testserver(/accounts/invitation/\S+)", mail.outbox[-1].body)[1]
    browser = Client()
    browser.get(link)
    assert browser.get("/accounts/invitation/")["Location"].startswith("/accounts/login/")
    sign_in(browser, user)
    browser.get(link)
    assert browser.post("/accounts/invitation/")["Location"] == "/staff/"
    assert roles(user) == {Role.SUPPORT}


def test_invitation_is_not_for_whoever_finds_it(staff_client, user, make_user):
    staff_client.post(PEOPLE + "invite/", {"email": user.email, "roles": ["support"]})
    link = re.search(r"http://testserver(/accounts/invitation/\S+)", mail.outbox[-1].body)[1]
    thief = sign_in(Client(), make_user("mallory"))
    thief.get(link)
    assert thief.post("/accounts/invitation/").status_code == 403
    assert not User.objects.filter(is_staff=True, username="mallory").exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "no address", "roles": ["support"]}, "email"),
        ({"email": "a@example.org", "roles": []}, "roles"),
        ({"email": "a@example.org", "roles": ["king"]}, "roles"),
        ({"email": "root@example.org", "roles": ["support"]}, "email"),
    ],
)
def test_bad_invitation_is_refused_with_the_field(staff_client, fields, field):
    answer = staff_client.post(PEOPLE + "invite/", fields)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert mail.outbox == []


def test_invitation_is_taken_back(staff_client):
    staff_client.post(PEOPLE + "invite/", {"email": "new@example.org", "roles": ["support"]})
    with db.use_role("staff"):
        kept = Invitation.objects.get()
    page = f"{PEOPLE}invitation/{kept.pk}/cancel/"
    assert staff_client.get(page).status_code == 200
    with db.use_role("staff"):
        assert Invitation.objects.get().cancelled_at is None
    assert staff_client.post(page).status_code == 302
    assert staff_client.post(page).status_code == 409


def test_role_is_given_confirmed_by_a_second_and_ended(staff_client, root, sam, make_staff):
    second = sign_in(Client(), make_staff("second", Role.ADMINISTRATOR), mfa=True, fresh=True)
    assert staff_client.post(f"{PEOPLE}{sam.pk}/give/", {"role": "auditor"}).status_code == 302
    with db.use_role("staff"):
        waiting = RoleAssignment.objects.get(user=sam, role="auditor")
    assert b"to be confirmed" in staff_client.get(f"{PEOPLE}{sam.pk}/").content
    assert staff_client.post(f"{PEOPLE}role/{waiting.pk}/confirm/").status_code == 403
    assert roles(sam) == {Role.SUPPORT}
    assert second.post(f"{PEOPLE}role/{waiting.pk}/confirm/").status_code == 302
    assert roles(sam) == {Role.SUPPORT, Role.AUDITOR}
    assert staff_client.post(f"{PEOPLE}role/{waiting.pk}/end/").status_code == 302
    assert roles(sam) == {Role.SUPPORT}


def test_own_roles_have_no_way_up(staff_client, root):
    answer = staff_client.post(f"{PEOPLE}{root.pk}/give/", {"role": "auditor", "confirmed_at": "now", "user": "x"})
    assert answer.status_code == 403
    assert roles(root) == {Role.ADMINISTRATOR}


def test_suspended_and_let_in_again_and_seen_off(staff_client, sam):
    theirs = sign_in(Client(), sam, mfa=True)
    assert staff_client.get(f"{PEOPLE}{sam.pk}/suspend/").status_code == 200
    assert theirs.get("/staff/").status_code == 200
    staff_client.post(f"{PEOPLE}{sam.pk}/suspend/")
    assert theirs.get("/staff/").status_code == 302
    staff_client.post(f"{PEOPLE}{sam.pk}/reinstate/")
    assert User.objects.get(pk=sam.pk).is_active
    assert staff_client.post(f"{PEOPLE}{sam.pk}/leave/")["Location"] == PEOPLE
    assert not User.objects.get(pk=sam.pk).is_staff
    assert staff_client.get(f"{PEOPLE}{sam.pk}/").status_code == 404
    assert staff_client.post(f"{PEOPLE}{sam.pk}/promote/").status_code == 404


def test_who_asked_to_suspend_the_other_administrator_sees_that_it_waits(staff_client, make_staff):
    page = f"{PEOPLE}{make_staff('second', Role.ADMINISTRATOR).pk}/"
    assert staff_client.post(f"{page}suspend/").status_code == 302
    shown = staff_client.get(page).content.decode()
    assert "An administrator asked for this: suspension" in shown
    assert "Withdraw" in shown
    assert "/confirm/" not in shown


def test_acts_need_a_step_up_and_an_administrator(root, sam, make_staff):
    tired = sign_in(Client(), root, mfa=True)
    assert tired.get(f"{PEOPLE}invite/")["Location"] == f"/settings/step-up/?next={PEOPLE.replace('/', '%2F')}invite%2F"
    assert tired.post(f"{PEOPLE}{sam.pk}/suspend/").status_code == 302
    assert User.objects.get(pk=sam.pk).is_active
    auditor = sign_in(Client(), make_staff("audrey", Role.AUDITOR), mfa=True, fresh=True)
    assert auditor.get(PEOPLE).status_code == 200
    assert b"Invite" not in auditor.get(PEOPLE).content
    for path in ("invite/", f"{sam.pk}/give/", f"{sam.pk}/suspend/"):
        assert auditor.post(PEOPLE + path).status_code == 403
    helper = sign_in(Client(), sam, mfa=True, fresh=True)
    assert helper.get(PEOPLE).status_code == 403


def test_users_are_found_by_beginning_name_or_id_and_each_is_logged(sam, make_user, user):
    SocialAccount.objects.create(user=user, provider="google", uid="1234567890")
    make_user("layan")
    helper = sign_in(Client(), sam, mfa=True)
    assert helper.get(USERS).status_code == 200
    assert not events("identity.person.shown")
    found = helper.post(USERS, {"query": "LAY"})
    assert [person.username for person in found.context["people"]] == ["layan", "layla"]
    assert len(events("identity.person.shown")) == 2
    for query in ("Layla", "layla@example.org", str(user.pk)):
        assert [person.pk for person in helper.post(USERS, {"query": query}).context["people"]] == [user.pk]
    page = helper.get(f"{USERS}{user.pk}/").content.decode()
    assert "layla@example.org" in page
    assert "1234567890" in page
    assert events("identity.person.shown")[-1].subject == user.reference
    assert helper.post(USERS, {"query": "zzz"}).context["people"] == []


def test_users_are_paged_without_counting(sam, make_user):
    for number in range(25):
        make_user(f"batch{number:02}")
    helper = sign_in(Client(), sam, mfa=True)
    first = helper.post(USERS, {"query": "batch"})
    second = helper.post(USERS, {"query": "batch", "after": first.context["more_after"]})
    names = [person.username for page in (first, second) for person in page.context["people"]]
    assert names == [f"batch{number:02}" for number in range(25)]
    assert second.context["more_after"] == ""


@pytest.mark.parametrize("query", ["", "ab", "x" * 300])
def test_search_for_too_little_or_too_much_shows_nobody(sam, user, query):
    helper = sign_in(Client(), sam, mfa=True)
    answer = helper.post(USERS, {"query": query})
    assert (answer.status_code, answer.context["people"]) == (422, None)
    assert not events("identity.person.shown")


def test_users_are_not_shown_to_auditors_and_administrators(staff_client, make_staff, user):
    auditor = sign_in(Client(), make_staff("audrey", Role.AUDITOR), mfa=True)
    for browser in (staff_client, auditor):
        assert browser.get(f"{USERS}{user.pk}/").status_code == 403
        assert browser.post(USERS, {"query": "layla"}).status_code == 403
    assert not events("identity.person.shown")


def test_person_who_is_not_there_is_not_found(sam):
    helper = sign_in(Client(), sam, mfa=True)
    assert helper.get(f"{USERS}00000000-0000-0000-0000-000000000000/").status_code == 404


def test_admins_own_forms_for_people_do_not_exist(staff_client, user):
    for path in ("add/", f"{user.pk}/change/", f"{user.pk}/delete/", f"{user.pk}/history/", f"{user.pk}/password/"):
        assert staff_client.post(USERS + path).status_code == 404


def test_demo_code_signs_in_and_is_refused_in_production(user, settings, capsys):
    with pytest.raises(CommandError, match="no authenticator"):
        call_command("demo_code", user.email)
    set_up_totp(user)
    out = io.StringIO()
    call_command("demo_code", user.email.upper(), stdout=out, stderr=io.StringIO())
    assert out.getvalue().strip() in {totp_code(user), totp_code(user, ahead=-1)}
    settings.OFFICE_ENV = "production"
    with pytest.raises(CommandError, match="PRODUCTION"):
        call_command("demo_code", user.email)


def test_race_between_two_administrators_gives_one_role(staff_client, root, sam):
    with db.use_role("staff"):
        give_role(sam, Role.AUDITOR, actor=root, now=timezone.now())
    assert staff_client.post(f"{PEOPLE}{sam.pk}/give/", {"role": "auditor"}).status_code == 422


def test_demo_code_of_nobody_says_so(office):
    with pytest.raises(CommandError, match="Nobody has this address"):
        call_command("demo_code", "nobody@example.org")
