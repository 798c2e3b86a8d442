"""The life of the staff: first administrator, invitations, roles by two, suspension, leaving."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connections
from django.test import Client

from accounts.identity.errors import IdentityError
from accounts.identity.models import Invitation, RoleAssignment, User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.identity.services import (
    accept_invitation,
    bootstrap_administrators,
    cancel_invitation,
    carry_out_change,
    confirm_role,
    end_role,
    give_role,
    invite_staff,
    leave_staff,
    reinstate_staff,
    staff_change,
    suspend_staff,
)
from accounts.identity.session_store import row_key
from accounts.identity.visitors import Visitor
from audit.log.models import Entry
from core import db
from core.registry import Listeners
from tests.signin import sign_in

HERE = Visitor("127.0.0.1", "test")
PASS = "a long pass phrase"


@pytest.fixture(autouse=True)
def _staff_role(office):
    with db.use_role("staff"):
        yield


@pytest.fixture
def root(make_staff):
    return make_staff("root", Role.ADMINISTRATOR)


@pytest.fixture
def second(make_staff):
    return make_staff("second", Role.ADMINISTRATOR)


@pytest.fixture
def sam(make_staff):
    return make_staff("sam", Role.SUPPORT)


def logged():
    with db.use_role("auditor"):
        entries = Entry.objects.order_by("id")
        return [(entry.event.removeprefix("identity."), entry.outcome) for entry in entries]


def last_payload():
    with db.use_role("auditor"):
        return json.loads(bytes(Entry.objects.order_by("-id")[0].leaf))["payload"]


def join(token, now, name="new", user=None):
    return accept_invitation(token, user=user, username=name, password=PASS, visitor=HERE, now=now)


def race(*acts):
    """Run all at once, each on its own connections; return their results or IdentityErrors."""

    def run(act):
        try:
            with db.use_role("staff"):
                return act()
        except IdentityError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


def test_first_administrator_comes_by_a_link_and_is_in_force_at_once(now):
    invitation, token = bootstrap_administrators(["Boss@Example.org"], now=now)[0]
    assert token not in json.dumps({**vars(Invitation.objects.get()), "_state": ""}, default=str)
    person = join(token, now)
    assert roles_of(person) == {Role.ADMINISTRATOR}
    assert person.email == invitation.email == "boss@example.org"
    assert [name for name, _ in logged()] == ["staff.bootstrapped", "account.created", "staff.joined", "role.given"]


def test_there_is_one_first_administrator(now):
    _, first = bootstrap_administrators(["boss@example.org"], now=now)[0]
    _, again = bootstrap_administrators(["other@example.org"], now=now)[0]
    with pytest.raises(IdentityError, match="not open"):
        join(first, now)
    join(again, now)
    with pytest.raises(IdentityError, match="not the first"):
        bootstrap_administrators(["third@example.org"], now=now)[0]


def test_link_works_once_also_when_used_twice_at_once(now):
    _, token = bootstrap_administrators(["boss@example.org"], now=now)[0]
    found = race(lambda: join(token, now, "one"), lambda: join(token, now, "two"))
    assert sorted(type(result) is IdentityError for result in found) == [False, True]
    assert User.objects.count() == 1


def test_link_dies_after_seven_days_and_when_taken_back(root, now):
    invitation, token = invite_staff(email="new@example.org", roles=[Role.SUPPORT], actor=root, now=now)
    with pytest.raises(IdentityError, match="not open"):
        join(token, now + timedelta(days=7))
    cancel_invitation(invitation.pk, actor=root, now=now)
    with pytest.raises(IdentityError, match="not open"):
        join(token, now)
    with pytest.raises(IdentityError, match="not open"):
        cancel_invitation(invitation.pk, actor=root, now=now)
    assert logged()[-2:] == [("invitation.cancelled", "ok"), ("staff.refused", "refused")]


def test_invited_person_joins_with_roles_in_force_where_there_is_one_administrator(root, now):
    _, token = invite_staff(email="new@example.org", roles=[Role.SUPPORT, Role.AUDITOR], actor=root, now=now)
    assert roles_of(join(token, now)) == {Role.SUPPORT, Role.AUDITOR}


def test_invited_person_waits_for_the_second_administrator_where_there_is_one(root, second, now):
    _, token = invite_staff(email="new@example.org", roles=[Role.SUPPORT], actor=root, now=now)
    person = join(token, now)
    assert roles_of(person) == set()
    [waiting] = RoleAssignment.objects.filter(user=person)
    with pytest.raises(IdentityError, match="same person"):
        confirm_role(waiting.pk, actor=root, now=now)
    confirm_role(waiting.pk, actor=second, now=now)
    assert roles_of(person) == {Role.SUPPORT}


def test_invitation_of_somebody_who_left_is_worth_nothing(root, second, now):
    _, token = invite_staff(email="new@example.org", roles=[Role.SUPPORT], actor=root, now=now)
    change = leave_staff(root, actor=second, now=now)
    with db.use_role("worker"):
        carry_out_change(change.pk, now=change.effective_at)
    with pytest.raises(IdentityError, match="not open"):
        join(token, now)


def test_user_with_an_account_joins_by_it_and_only_by_it(root, user, make_user, now):
    _, token = invite_staff(email=user.email.upper(), roles=[Role.SUPPORT], actor=root, now=now)
    with pytest.raises(IdentityError, match="sign in"):
        join(token, now)
    with pytest.raises(IdentityError, match="other address"):
        join(token, now, user=make_user("mallory"))
    assert join(token, now, user=user).pk == user.pk
    assert roles_of(User.objects.get(pk=user.pk)) == {Role.SUPPORT}


@pytest.mark.parametrize(
    ("email", "roles", "reason"),
    [("sam@example.org", [Role.AUDITOR], "already staff"), ("new@example.org", [], "no role")],
)
def test_bad_invitation_is_refused_and_logged(root, sam, now, email, roles, reason):
    with pytest.raises(IdentityError, match=reason):
        invite_staff(email=email, roles=roles, actor=root, now=now)
    assert last_payload() == {"act": "invite staff", "reason": reason}
    assert not Invitation.objects.exists()


def test_role_counts_at_once_with_one_administrator_and_waits_with_two(root, sam, make_staff, now):
    give_role(sam, Role.AUDITOR, actor=root, now=now)
    assert Role.AUDITOR in roles_of(sam)
    second = make_staff("second", Role.ADMINISTRATOR)
    waiting = give_role(sam, Role.LEGAL_COUNSEL, actor=root, now=now)
    assert Role.LEGAL_COUNSEL not in roles_of(sam)
    assert last_payload() == {"role": "legal_counsel", "needs_confirmation": True}
    confirm_role(waiting.pk, actor=second, now=now)
    assert Role.LEGAL_COUNSEL in roles_of(sam)
    with pytest.raises(IdentityError, match="not waiting"):
        confirm_role(waiting.pk, actor=second, now=now)


def test_nobody_gives_or_confirms_a_role_to_themself(root, second, now):
    with pytest.raises(IdentityError, match="self"):
        give_role(root, Role.APPROVER_SECURITY, actor=root, now=now)
    waiting = give_role(second, Role.LEGAL_COUNSEL, actor=root, now=now)
    # Of two administrators one gives and the other would get it: nobody else is there, so it is in force.
    assert waiting.confirmed_at == now
    with pytest.raises(IdentityError, match="self"):
        confirm_role(waiting.pk, actor=second, now=now)


@pytest.mark.parametrize("act", ["give", "confirm", "end", "suspend", "reinstate", "leave", "invite"])
def test_who_is_no_administrator_changes_nobody(root, sam, make_staff, now, act):
    mallory = make_staff("mallory", Role.SUPPORT, is_superuser=True)
    assignment = RoleAssignment.objects.get(user=sam)
    acts = {
        "give": lambda: give_role(sam, Role.AUDITOR, actor=mallory, now=now),
        "confirm": lambda: confirm_role(assignment.pk, actor=mallory, now=now),
        "end": lambda: end_role(assignment.pk, actor=mallory, now=now),
        "suspend": lambda: suspend_staff(sam, actor=mallory, now=now),
        "reinstate": lambda: reinstate_staff(sam, actor=mallory, now=now),
        "leave": lambda: leave_staff(sam, actor=mallory, now=now),
        "invite": lambda: invite_staff(email="x@example.org", roles=[Role.AUDITOR], actor=mallory, now=now),
    }
    with pytest.raises(IdentityError, match="not an administrator"):
        acts[act]()
    assert logged() == [("staff.refused", "refused")]
    assert roles_of(sam) == {Role.SUPPORT}


def test_role_is_given_once_by_two_at_once(root, second, sam, now):
    found = race(
        lambda: give_role(sam, Role.AUDITOR, actor=root, now=now),
        lambda: give_role(sam, Role.AUDITOR, actor=second, now=now),
    )
    assert [type(result) for result in found].count(IdentityError) == 1
    assert RoleAssignment.objects.filter(user=sam, role=Role.AUDITOR).count() == 1


def test_role_is_given_to_active_staff_alone(root, sam, user, now):
    with pytest.raises(IdentityError, match="not staff"):
        give_role(user, Role.SUPPORT, actor=root, now=now)
    suspend_staff(sam, actor=root, now=now)
    with pytest.raises(IdentityError, match="not staff"):
        give_role(sam, Role.AUDITOR, actor=root, now=now)


def test_last_administrator_stays(root, second, now):
    own = RoleAssignment.objects.get(user=root)
    others = RoleAssignment.objects.get(user=second)
    found = race(lambda: end_role(own.pk, actor=root, now=now), lambda: end_role(others.pk, actor=second, now=now))
    assert [type(result) for result in found].count(IdentityError) == 1
    assert RoleAssignment.objects.filter(role=Role.ADMINISTRATOR, ended_at=None).count() == 1


def test_ended_role_can_be_given_again(root, sam, now):
    assignment = RoleAssignment.objects.get(user=sam)
    end_role(assignment.pk, actor=root, now=now)
    assert roles_of(sam) == set()
    with pytest.raises(IdentityError, match="ended"):
        end_role(assignment.pk, actor=root, now=now)
    give_role(sam, Role.SUPPORT, actor=root, now=now)
    assert roles_of(sam) == {Role.SUPPORT}


@pytest.mark.parametrize("leave", [suspend_staff, leave_staff])
def test_who_is_sent_away_is_out_at_once_everywhere(root, sam, now, monkeypatch, leave):
    heard = []
    left = Listeners()
    left.register(lambda reference, *, actor, now: heard.append((reference, str(actor), now)))
    monkeypatch.setattr(staff_change, "staff_left", left.tell)
    browser = Client()
    sign_in(browser, sam, mfa=True)
    with db.use_role("default"):
        key = row_key(browser.session.session_key)
        UserSession.objects.create(user=sam, session_key=key, ip="127.0.0.1", user_agent="x")
    assert browser.get("/staff/").status_code == 200
    leave(sam, actor=root, now=now)
    assert heard == [(sam.reference, f"staff:{root.reference}", now)]
    assert browser.get("/settings/").status_code == 302
    assert browser.get("/staff/").status_code == 302
    assert last_payload()["sessions_ended"] == 1
    assert roles_of(User.objects.get(pk=sam.pk)) == set()


def test_a_listener_that_raises_undoes_the_leaving(root, sam, now, monkeypatch):
    def fail(reference, *, actor, now):
        raise RuntimeError("cannot")

    left = Listeners()
    left.register(fail)
    monkeypatch.setattr(staff_change, "staff_left", left.tell)
    with pytest.raises(RuntimeError):
        leave_staff(sam, actor=root, now=now)
    assert roles_of(User.objects.get(pk=sam.pk)) == {Role.SUPPORT}
    assert logged() == []


def test_suspended_person_comes_back_with_roles_and_without_sessions(root, sam, now):
    suspend_staff(sam, actor=root, now=now)
    with pytest.raises(IdentityError, match="wrong state"):
        suspend_staff(sam, actor=root, now=now)
    reinstate_staff(sam, actor=root, now=now)
    with pytest.raises(IdentityError, match="wrong state"):
        reinstate_staff(sam, actor=root, now=now)
    assert roles_of(User.objects.get(pk=sam.pk)) == {Role.SUPPORT}


def test_who_left_is_an_ordinary_user(root, sam, user, now):
    leave_staff(sam, actor=root, now=now)
    person_now = User.objects.get(pk=sam.pk)
    assert (person_now.is_staff, person_now.is_superuser, person_now.is_active) == (False, False, True)
    assert not RoleAssignment.objects.filter(user=sam, ended_at=None).exists()
    for person in (person_now, user):
        with pytest.raises(IdentityError, match="not staff"):
            leave_staff(person, actor=root, now=now)
    with pytest.raises(IdentityError, match="self"):
        leave_staff(root, actor=root, now=now)


def test_staff_role_cannot_read_where_people_signed_in_from(user):
    from django.db.utils import ProgrammingError

    with pytest.raises(ProgrammingError, match="permission denied"):
        UserSession.objects.first()
    with db.connection().cursor() as cursor:
        cursor.execute("SELECT * FROM identity_sessions_by_day(%s)", [user.pk])
        assert cursor.fetchall() == []
