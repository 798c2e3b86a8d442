"""What has ended stays ended, by SQL as each role that may write and as the owner of the tables."""

from uuid import uuid4

import pytest
from django.db import connections

from humanaccess import services
from humanaccess.models import Grant
from humanaccess.states import ApprovalState
from omegaoffice.db.roles import RUNNING, TABLES

CLOSED = sorted(set(ApprovalState) - {ApprovalState.ASKED})


def owner(statement, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def state_of(approval_request):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT state, closed_at, to_jsonb(a) FROM humanaccess_ask a WHERE id = %s", [approval_request.pk]
        )
        return cursor.fetchone()


@pytest.mark.parametrize("closed", CLOSED)
def test_a_closed_approval_request_never_reopens_nor_changes(make_request, steal, user, now, closed):
    approval_request = make_request()
    if closed == ApprovalState.OPENED:  # what only a request on the ground of security is
        owner("ALTER TABLE humanaccess_ask DISABLE TRIGGER humanaccess_keep")
        facts = "ground = 'security', \"window\" = '1 h', abuse_reference = 'X', break_glass = true"
        owner(f"UPDATE humanaccess_ask SET {facts}")
        owner("ALTER TABLE humanaccess_ask ENABLE ALWAYS TRIGGER humanaccess_keep")
    owner("UPDATE humanaccess_ask SET state = %s, closed_at = %s WHERE id = %s", closed, now, approval_request.pk)
    before = state_of(approval_request)
    thieves = [steal(role) for role in ("office_self", "office_staff", "office_worker", "office_owner")]
    thieves[0].claim(subject=user.reference)
    for thief in thieves:
        for target in ApprovalState:
            for more in ("closed_at = closed_at", "closed_at = NULL", "closed_at = now()"):
                error = thief.fails(
                    f"UPDATE humanaccess_ask SET state = %s, {more} WHERE id = %s", target, approval_request.pk
                )
                assert "answered once" in error, (thief.role, target, more)
        assert "answered once" in thief.fails(
            "UPDATE humanaccess_ask SET expires_at = now() WHERE id = %s", approval_request.pk
        )
    assert state_of(approval_request) == before


def test_an_open_approval_request_only_closes(make_request, steal, now):
    approval_request, staff = make_request(), steal("office_staff")
    for change in (
        "asker = repeat('c', 32)",
        "expires_at = expires_at + interval '1 day'",
        "\"window\" = interval '5 d'",
    ):
        assert "never rewritten" in staff.fails(
            f"UPDATE humanaccess_ask SET {change} WHERE id = %s", approval_request.pk
        )
    staff.run("UPDATE humanaccess_ask SET state = 'cancelled', closed_at = now() WHERE id = %s", approval_request.pk)


@pytest.mark.parametrize("target", ["none", "agreed", "refused"])
def test_an_answered_item_is_never_answered_again(agreed, steal, user, target):
    for role in ("office_self", "office_owner"):
        thief = steal(role)
        thief.claim(subject=user.reference)
        assert "answered once" in thief.fails("UPDATE humanaccess_ask_item SET answer = %s", target)


def test_a_grant_ends_once_and_never_lives_longer(agreed, user, steal, now):
    thief = steal("office_owner")
    for change in ("ends_at = ends_at + interval '1 day'", "starts_at = now()", "reader = repeat('c', 32)"):
        assert "never lives longer" in thief.fails(f"UPDATE humanaccess_grant SET {change}")
    services.revoke_grant(agreed, actor=user, now=now)
    ended = Grant.objects.using("owner").get(pk=agreed.pk).ended_at
    for change in ("ended_at = NULL, ended_reason = ''", "ended_at = now()", "ends_at = now() + interval '1 day'"):
        assert "ends once" in thief.fails(f"UPDATE humanaccess_grant SET {change}")
    assert "ends once" in thief.fails("DELETE FROM humanaccess_grant")
    assert Grant.objects.using("owner").get(pk=agreed.pk).ended_at == ended
    for role in ("office_self", "office_staff", "office_worker"):
        other = steal(role)
        other.claim(subject=user.reference)
        reason = "user" if role == "office_self" else "staff"
        again = other.run("SELECT humanaccess_end_grant(%s, %s, now())", agreed.pk, reason)
        assert again == [(False,)]


def test_decisions_and_reviews_are_only_ever_added(agreed, steal, now):
    owner(
        "INSERT INTO humanaccess_review (id, grant_id, subject, reviewed_by, finding, reads, reviewed_at) "
        "VALUES (%s, %s, %s, %s, 'in_order', 0, %s)",
        uuid4(), agreed.pk, agreed.subject, "c" * 32, now,
    )  # fmt: skip
    thief = steal("office_owner")
    for table, column in (("humanaccess_decision", "verdict"), ("humanaccess_review", "finding")):
        assert "only ever added" in thief.fails(f"UPDATE {table} SET {column} = {column}")
        assert "only ever added" in thief.fails(f"DELETE FROM {table}")


#: table → the row's other columns, how it ends, and what would bring it back
ENDINGS = {
    "rights_rightsrequest": [
        ("state = 'fulfilled', closed_at = now()", ["state = 'in_progress'", "closed_at = NULL", "closed_at = now()"]),
        ("state = 'refused', closed_at = now()", ["state = 'received'", "state = 'fulfilled'"]),
        ("state = 'withdrawn', closed_at = now()", ["state = 'received'", "state = 'fulfilled'"]),
    ],
    "rights_package": [
        ("removed_at = now()", ["removed_at = NULL", "removed_at = now() + interval '1 day'"]),
    ],
    "rights_question": [("closed_at = now()", ["closed_at = NULL", "closed_at = now() + interval '1 day'"])],
    "audit_export": [
        ("state = 'cancelled'", ["state = 'asked'", "state = 'running'", "state = 'finished'"]),
        ("state = 'expired'", ["state = 'asked'", "state = 'finished'"]),
        ("removed_at = now()", ["removed_at = NULL"]),
    ],
    "audit_export_schedule": [("ended_at = now()", ["ended_at = NULL", "ended_at = now() + interval '1 day'"])],
    "audit_readertoken": [
        ("revoked_at = now()", ["revoked_at = NULL"]),
    ],
    "workloads_servicetoken": [
        ("revoked_at = now()", ["revoked_at = NULL"]),
    ],
    "identity_usertoken": [("revoked_at = now()", ["revoked_at = NULL", "revoked_at = now() + interval '1 day'"])],
    "workloads_platformorder": [("settled_at = now()", ["settled_at = NULL", "settled_at = now() + interval '1 day'"])],
    "workloads_terminatedapp": [("settled_at = now()", ["settled_at = NULL", "settled_at = now() + interval '1 day'"])],
    "connections_endedautomation": [
        ("settled_at = now()", ["settled_at = NULL", "settled_at = now() + interval '1 day'"]),
    ],
    "connections_securityevent": [
        ("settled_at = now(), outcome = 'noted', identifier = ''", ["settled_at = NULL, outcome = ''"]),
    ],
    "identity_roleassignment": [("ended_at = now()", ["ended_at = NULL", "ended_at = now() + interval '1 day'"])],
    "identity_invitation": [
        ("cancelled_at = now()", ["cancelled_at = NULL"]),
        ("accepted_at = now()", ["accepted_at = NULL", "accepted_at = now() + interval '1 day'"]),
    ],
    "identity_pendingchange": [("settled_at = now()", ["settled_at = NULL"])],
    "rights_hold": [("ended_at = now()", ["ended_at = NULL", "ended_at = now() + interval '1 day'"])],
    "rights_mark": [("ended_at = now()", ["ended_at = NULL", "ended_at = now() + interval '1 day'"])],
    "terms_processor": [("ended_at = now()", ["ended_at = NULL", "ended_at = now() + interval '1 day'"])],
}
#: rows that policies hide from who may change them, once they have ended
HIDDEN = {"rights_question", "connections_securityevent"}
#: primary keys that are not called `id`
KEYS = {"terms_processor": "slug", "workloads_terminatedapp": "app"}


def row(table, user):
    """Put in one row with something in every column that must hold something, and return its key."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = %s "
            "AND is_nullable = 'NO' AND is_identity = 'NO'",
            [table],
        )
        makers = {
            "uuid": uuid4,
            "integer": lambda: 1,
            "smallint": lambda: 1,
            "bigint": lambda: 1,
            "boolean": lambda: False,
            "bytea": lambda: uuid4().bytes,
            "jsonb": lambda: "{}",
            "date": lambda: "2026-01-01",
            "timestamp with time zone": lambda: "2026-01-01T00:00:00Z",
            "ARRAY": lambda: "{}",
        }
        values = {name: makers.get(kind, lambda: "x")() for name, kind, _ in cursor.fetchall()}
        values |= {name: uuid4().hex[:8] for name in ("reference", "token_hash", "name", "slug") if name in values}
        values |= {name: "" for name in ("privacy_url", "outcome") if name in values}
        for column, parent in (("request_id", "rights_rightsrequest"), ("user_id", None)):
            if column in values:
                values[column] = row(parent, user) if parent else user.pk
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) "
            f"RETURNING {KEYS.get(table, 'id')}",
            list(values.values()),
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("table", ENDINGS)
def test_a_row_that_has_ended_does_not_come_back(steal, user, table):
    writers = [role for role in RUNNING if "U" in TABLES[table].get(role, "")]
    thieves = [steal(role) for role in ("office_owner", *writers)]
    for thief in thieves:
        thief.claim(subject="x")
    for ending, returns in ENDINGS[table]:
        item, key = row(table, user), KEYS.get(table, "id")
        owner(f"UPDATE {table} SET {ending} WHERE {key} = %s", item)
        for thief in thieves:
            for change in returns:
                if table in HIDDEN and thief.role != "office_owner":
                    hidden = thief.connection.execute(f"UPDATE {table} SET {change} WHERE {key} = %s", [item])
                    assert hidden.rowcount == 0
                    continue
                error = thief.fails(f"UPDATE {table} SET {change} WHERE {key} = %s", item)
                assert "has ended stays" in error or "permission denied" in error, error
                assert thief.role != "office_owner" or "permission denied" not in error


def test_every_table_with_an_ending_is_watched(office):
    """A new table with a time of ending is watched, or stands here with a reason."""
    free = {
        "humanaccess_ask",  # kept by its own trigger, which lets nothing else change
        "humanaccess_grant",
        "humanaccess_legalprocess",  # kept by its own trigger, which lets a notice be given later
        "workloads_ingest",  # what was read of a file: nothing is decided by it
    }
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name IN ('ended_at', 'closed_at', 'cancelled_at', 'accepted_at', 'revoked_at', 'removed_at')"
        )
        ending = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname = 'audit_ended' AND t.tgenabled = 'A'"
        )
        watched = {name for (name,) in cursor.fetchall()}
    assert watched == set(ENDINGS)
    assert ending - watched <= free
