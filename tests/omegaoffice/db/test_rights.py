"""Rights column by column: who may not read a password's hash, and who may not change one."""

import pytest
from django.db import DatabaseError, connections

from accounts.identity.models import User
from core import db
from omegaoffice.db.roles import declared_rights, grants, privileges


@pytest.mark.parametrize("role", ["worker", "ingest", "auditor"])
def test_these_roles_read_no_password_hash(office, user, role):
    with pytest.raises(DatabaseError, match="permission denied"), connections[role].cursor() as cursor:
        cursor.execute("SELECT password FROM identity_user")
    with connections[role].cursor() as cursor:
        cursor.execute("SELECT id, reference FROM identity_user")
        assert cursor.fetchall() == [(user.pk, user.reference)]


def test_ingest_reads_no_address(office, user):
    with pytest.raises(DatabaseError, match="permission denied"), connections["ingest"].cursor() as cursor:
        cursor.execute("SELECT email FROM identity_user")


@pytest.mark.parametrize("role", ["worker", "auditor"])
def test_people_are_read_without_it(office, make_staff, role):
    sam = make_staff("sam", "support")
    with db.use_role(role):
        assert "password" in User.objects.get(pk=sam.pk).get_deferred_fields()
        assert sam.role_assignments.model.objects.get(user_id=sam.pk).user.username == "sam"
    with db.use_role("default"):
        assert User.objects.get(pk=sam.pk).get_deferred_fields() == set()


@pytest.mark.parametrize("role", ["staff", "ingest", "sequencer", "auditor"])
def test_these_roles_change_no_password_and_no_address(office, user, role):
    for column in ("password", "email", "reference", "username", "id"):
        with pytest.raises(DatabaseError, match="permission denied"), connections[role].cursor() as cursor:
            cursor.execute(f"UPDATE identity_user SET {column} = {column}")


def test_the_worker_shuts_accounts_and_changes_nothing_else(office, user):
    with connections["worker"].cursor() as cursor:
        cursor.execute("UPDATE identity_user SET is_active = false")
        for change in ("is_staff = true", "reference = repeat('0', 32)"):
            with pytest.raises(DatabaseError, match="permission denied"):
                cursor.execute(f"UPDATE identity_user SET {change}")


def test_rights_are_read_with_and_without_columns():
    assert privileges("SIU") == [("SELECT", ()), ("INSERT", ()), ("UPDATE", ())]
    assert privileges("S(a b)ID") == [("SELECT", ("a", "b")), ("INSERT", ()), ("DELETE", ())]
    table = {"t": {"office_worker": "S(a b)U(b)"}}
    assert "GRANT SELECT (a, b), UPDATE (b) ON t TO office_worker" in grants(table, {}, ("office_worker",))
    assert {str(right) for right in declared_rights(table)} == {"SELECT on t.a", "SELECT on t.b", "UPDATE on t.b"}
