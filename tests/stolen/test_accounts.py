"""Roles and sessions written by hand: what the database and the encryption refuse of them."""

from uuid import uuid4

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import WEIGHTY, Role
from accounts.identity.schema_sql import WAIT_HOURS
from accounts.identity.session_store import SessionStore, row_key
from humanaccess.grounds import Ground
from tests.signin import sign_in
from tests.stolen.thief import entries

PAGE = "/settings/letters/"
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def staff(steal):
    return steal("office_staff")


def give(thief, person, role, **facts):
    """Write a role as a thief would like it, and return its id and the hours until it counts."""
    values = {
        "user_id": person.pk,
        "role": role,
        "given_by": "0" * 32,
        "given_at": LONG_AGO,
        "confirmed_by": "",
        "confirmed_at": LONG_AGO,
        "effective_at": LONG_AGO,
        "ended_by": "",
    } | facts
    return thief.run(
        f"INSERT INTO identity_roleassignment ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) "
        "RETURNING id, round(extract(epoch FROM effective_at - clock_timestamp()) / 3600)::int",
        *values.values(),
    )[0]


def approve(thief, approval_request, person):
    """Approve as somebody, by hand, and have a grant opened; the transaction stays open."""
    thief.run("BEGIN")
    thief.run(
        "INSERT INTO humanaccess_decision (id, ask_id, subject, decided_by, verdict, items, text_version, language, "
        "saw_refusal, decided_at) VALUES (%s, %s, %s, %s, 'approved', '[]', '', '', true, now())",
        uuid4(),
        approval_request.pk,
        approval_request.subject,
        person.reference,
    )
    thief.run("UPDATE humanaccess_ask SET state = 'approved', closed_at = now() WHERE id = %s", approval_request.pk)
    return "SELECT humanaccess_open_grant(%s, now())", approval_request.pk


def refused(thief, approval_request, person):
    """Return why the approval of somebody opens nothing."""
    error = thief.fails(*approve(thief, approval_request, person))
    thief.run("ROLLBACK")
    return error


@pytest.mark.parametrize("facts", [{}, {"given_by": ""}, {"confirmed_at": None}], ids=["past", "bootstrap", "plain"])
@pytest.mark.parametrize("role", sorted(WEIGHTY))
def test_a_weighty_role_written_by_hand_waits_whatever_times_are_in_it(staff, make_staff, role, facts):
    make_staff("adam", Role.ADMINISTRATOR)
    sam = make_staff("sami", Role.SUPPORT)
    row, hours = give(staff, sam, role, **facts)
    assert hours == WAIT_HOURS
    staff.run("UPDATE identity_roleassignment SET effective_at = %s WHERE id = %s", LONG_AGO, row)
    still = "SELECT effective_at > clock_timestamp() + interval '71 hours' FROM identity_roleassignment WHERE id = %s"
    assert staff.run(still, row) == [(True,)]
    assert "never rewritten" in staff.fails(
        "UPDATE identity_roleassignment SET given_at = %s WHERE id = %s", timezone.now(), row
    )
    assert "permission denied" in staff.fails("DELETE FROM identity_roleassignment WHERE id = %s", row)
    assert staff.run("SELECT 1 FROM humanaccess_holders(ARRAY[%s]) h WHERE h = %s", role, sam.reference) == []


def test_nobody_but_an_administrator_in_force_is_named_as_having_confirmed(staff, make_staff):
    adam, sam = make_staff("adam", Role.ADMINISTRATOR), make_staff("sami", Role.SUPPORT)
    shut = make_staff("asleep", Role.ADMINISTRATOR, is_active=False)
    waiting = make_staff("waiting")
    give(staff, waiting, "administrator")
    was = make_staff("gone", Role.ADMINISTRATOR)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_roleassignment SET ended_at = now() WHERE user_id = %s", [was.pk])
    for liar in (sam, shut, waiting, was):
        with pytest.raises(psycopg.Error, match="second administrator"):
            give(staff, sam, "approver_security", confirmed_by=liar.reference)
    with pytest.raises(psycopg.Error, match="second administrator"):
        give(staff, sam, "approver_security", given_by=adam.reference, confirmed_by=adam.reference)
    with pytest.raises(psycopg.Error, match="second administrator"):
        give(staff, adam, "approver_security", confirmed_by=adam.reference)


def test_an_approval_under_a_role_written_by_hand_opens_nothing(staff, make_request, make_staff, approver):
    make_staff("adam", Role.ADMINISTRATOR)
    sam, approval_request = make_staff("sami", Role.SUPPORT), make_request(Ground.SECURITY)
    assert "second person" in refused(staff, approval_request, sam), "no role"
    row, _ = give(staff, sam, "approver_security")
    assert "second person" in refused(staff, approval_request, sam), "a role that waits"
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_roleassignment SET confirmed_by = '' WHERE role <> 'administrator'")
        cursor.execute(
            "UPDATE identity_roleassignment SET effective_at = now() - interval '1 day' WHERE id = %s", [row]
        )
    assert "second person" in refused(staff, approval_request, sam), (
        "two whom nobody confirmed, in the first thirty days"
    )


def test_what_remains_is_to_name_a_real_administrator(staff, make_request, make_staff, approver):
    """THREAT_MODEL.md says so; the row that names them stays."""
    adam, sam = make_staff("adam", Role.ADMINISTRATOR), make_staff("sami", Role.SUPPORT)
    approval_request = make_request(Ground.SECURITY)
    row, hours = give(staff, sam, "approver_security", confirmed_by=adam.reference)
    assert hours == 0
    statement, value = approve(staff, approval_request, sam)
    assert staff.run(statement, value)
    staff.run("ROLLBACK")
    for change in ("confirmed_by = repeat('c', 32)", "given_by = ''"):
        assert staff.fails(f"UPDATE identity_roleassignment SET {change} WHERE id = %s", row)


@pytest.mark.parametrize("role", ["office_self", "office_staff"])
def test_a_session_written_by_hand_signs_in_as_nobody(steal, user, role):
    """Content decrypts only as it was encrypted for its own row, under a key of the KEK."""
    thief, real, mine = steal(role), sign_in(Client(), user, fresh=True), "a cookie of the thief's own"
    cookie = real.cookies["sessionid"].value
    assert real.get(PAGE).status_code == 200
    encrypted = Session.objects.get(session_key=row_key(cookie)).session_data
    plain = SessionStore(cookie).load()
    clear = Client()
    for content in ("", "x", "{}", encrypted, str(plain), str(plain).encode().hex()):
        thief.run("DELETE FROM django_session WHERE session_key = %s", row_key(mine))
        thief.run("INSERT INTO django_session VALUES (%s, %s, now() + interval '1 day')", row_key(mine), content)
        clear.cookies["sessionid"] = mine
        assert clear.get(PAGE).status_code == 302, content
    for text in (mine, cookie, "A" * 40, "0" * 39):
        assert "key_is_hash" in thief.fails("INSERT INTO django_session VALUES (%s, 'x', now())", text)
    keys = thief.run("SELECT session_key FROM django_session")
    for (key,) in keys:
        clear.cookies["sessionid"] = key
        assert clear.get(PAGE).status_code == 302
    assert real.get(PAGE).status_code == 200


def test_an_account_that_staff_sql_adds_signs_in_and_those_of_others_keep_their_passwords(staff, user):
    assert "permission denied" in staff.fails("UPDATE identity_user SET password = 'x'")
    assert "permission denied" in staff.fails("UPDATE identity_user SET email = 'thief@example.org'")
    assert "permission denied" in staff.fails("UPDATE mfa_authenticator SET type = 'x'")
    person, email = uuid4(), "thief@example.org"
    staff.run(
        "INSERT INTO identity_user (id, reference, password, email, username, is_staff, is_active, is_superuser, "
        "language, time_zone, date_joined) "
        "VALUES (%s, repeat('d', 32), %s, %s, 'thief', true, true, false, 'en', 'UTC', now())",
        person,
        make_password("a password of the thief's own 7"),
        email,
    )
    staff.run(
        'INSERT INTO account_emailaddress (email, verified, "primary", user_id) VALUES (%s, true, true, %s)',
        email,
        person,
    )
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": "a password of the thief's own 7"})
    assert client.get(PAGE).status_code == 200
    assert entries("identity.session.started") == 1
