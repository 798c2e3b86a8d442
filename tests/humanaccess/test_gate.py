"""The gate in the database: a committed read entry under a live grant, or no row."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError, connections, transaction
from django.utils import timezone

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.workloads.models import LogLine
from audit.log.append import append
from core import db
from humanaccess import events, services
from humanaccess.access_gate_sql import RESTRICTED_TABLES
from humanaccess.models import ApprovalRequest, Decision, Grant, RequestedItem
from tests.platform_rows import put_row


def run(statement, *values):
    """Run one statement as the current database role, in a transaction of its own."""
    with db.atomic(), db.connection().cursor() as cursor:
        cursor.execute(statement, values)


def append_read(grant, item, reader, *, age=timedelta(0), **changes):
    """Append a read entry in the open transaction, as `read_item` does."""
    payload = {
        "case": grant.approval_request.reference,
        "grant": str(grant.pk),
        "kind": "workloads.logline",
        "item": str(item),
    }
    facts = {"actor": actor_of(reader), "subject": grant.subject, "now": timezone.now() - age}
    return append(events.ITEM_READ, payload={**payload, **changes}, **facts)


def seen(grant, entry, item):
    """Return how many rows the staff role sees of this item when it names grant and entry."""
    db.set_local(subject=grant.subject, grant=str(grant.pk), entry=str(entry))
    return LogLine.objects.filter(pk=item).count()


def seen_later(grant, entry, item):
    with db.use_role("staff"), db.atomic():
        return seen(grant, entry, item)


def commit_read(grant, item, reader, **changes):
    with db.use_role("staff"), db.atomic():
        return append_read(grant, item, reader, **changes)


def test_an_entry_committed_first_shows_its_row_and_no_other(agreed, support, lines, now):
    entry = commit_read(agreed, lines[0].id, support)
    assert seen_later(agreed, entry, lines[0].id) == 1
    assert seen_later(agreed, entry, lines[1].id) == 0
    with db.use_role("staff"), db.atomic():
        db.set_local(subject=agreed.subject, grant=str(agreed.pk), entry=str(entry))
        assert list(LogLine.objects.values_list("pk", flat=True)) == [lines[0].id]


def test_nothing_is_seen_without_an_entry_or_with_one_of_the_same_transaction(agreed, support, lines, now):
    with db.use_role("staff"):
        assert LogLine.objects.count() == 0
        with db.atomic():
            entry = append_read(agreed, lines[0].id, support)
            assert seen(agreed, entry, lines[0].id) == 0
        with db.atomic():
            with db.atomic():
                entry = append_read(agreed, lines[0].id, support)
            assert seen(agreed, entry, lines[0].id) == 0, "a released savepoint is no commit"


def test_an_entry_of_a_transaction_that_rolled_back_authorises_nothing(agreed, support, lines, now):
    with db.use_role("staff"), db.atomic():
        entry = append_read(agreed, lines[0].id, support)
        transaction.set_rollback(True, using="staff")
    assert seen_later(agreed, entry, lines[0].id) == 0


def test_an_item_that_was_not_agreed_to_stays_closed(agreed, support, lines, now):
    entry = commit_read(agreed, lines[2].id, support)
    assert seen_later(agreed, entry, lines[2].id) == 0


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=-365), timedelta(days=365)])
def test_what_time_an_entry_says_opens_and_closes_nothing(agreed, support, lines, age):
    entry = commit_read(agreed, lines[0].id, support, age=age)
    assert seen_later(agreed, entry, lines[0].id) == 1


@pytest.mark.tampering
@pytest.mark.parametrize("seconds", [11, 86400, -5, None])
def test_an_entry_authorises_for_seconds_after_the_database_wrote_it(agreed, support, lines, seconds):
    entry = commit_read(agreed, lines[0].id, support)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
        cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s * interval '1 s'", [seconds])
    assert seen_later(agreed, entry, lines[0].id) == 0


def test_an_ended_grant_shows_nothing_though_the_entry_stands(agreed, support, user, lines, now):
    entry = commit_read(agreed, lines[0].id, support)
    services.revoke_grant(agreed, actor=user, now=now)
    assert seen_later(agreed, entry, lines[0].id) == 0


def test_a_grant_whose_window_is_over_shows_nothing(make_request, support, user, lines, shown, now):
    before = now - timedelta(days=1, minutes=1)
    over = services.agree_to_request(make_request(now=before), user=user, items={lines[0].id}, shown=shown, now=before)
    entry = commit_read(over, lines[0].id, support)
    assert seen_later(over, entry, lines[0].id) == 0


@pytest.mark.parametrize("ground", ["agreed", "approved"])
def test_a_reader_without_the_role_sees_nothing_though_nobody_ended_the_grant(request, make_staff, lines, now, ground):
    """Nor does another role help, which they keep."""
    grant, helper = request.getfixturevalue(ground), make_staff("hana", Role.AUDITOR)
    reader = User.objects.get(reference=grant.reader)
    entry = commit_read(grant, lines[0].id, reader)
    assert seen_later(grant, entry, lines[0].id) == 1
    with db.use_role("owner"):
        reader.role_assignments.update(ended_at=now, ended_by="0" * 32)
        helper.role_assignments.update(user=reader)
    assert seen_later(grant, entry, lines[0].id) == 0


@pytest.mark.parametrize("field", ["actor", "subject", "grant", "kind", "item"])
def test_an_entry_that_names_anything_else_authorises_nothing(agreed, support, engineer, lines, now, field):
    with db.use_role("staff"), db.atomic():
        payload = {"case": "x", "grant": str(agreed.pk), "kind": "workloads.logline", "item": str(lines[0].id)}
        facts = {"actor": actor_of(support), "subject": agreed.subject}
        if field in payload:
            payload[field] = str(lines[1].id) if field == "item" else str(lines[0].id)
        else:
            facts[field] = actor_of(engineer) if field == "actor" else engineer.reference
        entry = append(events.ITEM_READ, now=timezone.now(), payload=payload, **facts)
    assert seen_later(agreed, entry, lines[0].id) == 0


def test_a_refused_read_authorises_nothing(agreed, support, lines, now):
    payload = {"case": "x", "grant": str(agreed.pk), "kind": "workloads.logline", "item": str(lines[0].id)}
    with db.use_role("staff"), db.atomic():
        entry = append(
            events.READ_REFUSED,
            actor=actor_of(support),
            subject=agreed.subject,
            now=now,
            payload={**payload, "rule": "mfa"},
            outcome="refused",
        )
    assert seen_later(agreed, entry, lines[0].id) == 0


def test_an_item_of_somebody_else_stays_closed_even_when_it_was_agreed_to(
    make_request, make_user, support, user, lines, shown, now
):
    other = make_user("omar")
    foreign = put_row("workloads_logline", other.reference, now)
    approval_request = make_request(items=[type(lines[0])("workloads.logline", foreign, "Log line")])
    grant = services.agree_to_request(approval_request, user=user, items={foreign}, shown=shown, now=now)
    entry = commit_read(grant, foreign, support)
    assert seen_later(grant, entry, foreign) == 0


def test_each_restricted_table_has_the_policy_of_the_gate(office):
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename, qual FROM pg_policies WHERE roles = '{office_staff}' AND cmd = 'SELECT'")
        policies = {table: qual for table, qual in cursor.fetchall() if "humanaccess_open_item" in qual}
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")
        secured = {row[0] for row in cursor.fetchall()}
    assert set(policies) == set(RESTRICTED_TABLES.values()) <= secured
    for kind, table in RESTRICTED_TABLES.items():
        assert f"'{kind}'" in policies[table]


@pytest.mark.parametrize("role", ["default", "staff", "worker", "auditor"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE humanaccess_grant SET ends_at = now()",
        "DELETE FROM humanaccess_grant",
        "TRUNCATE humanaccess_grant CASCADE",
        "INSERT INTO humanaccess_grant (id) VALUES (gen_random_uuid())",
        "UPDATE humanaccess_decision SET verdict = 'agreed'",
        "DELETE FROM humanaccess_decision",
        "DELETE FROM humanaccess_ask",
    ],
)
def test_no_role_writes_grants_or_rewrites_decisions_by_hand(office, role, statement):
    with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
        run(statement)


def test_the_staff_role_cannot_answer_for_the_user(make_request, support, user, now):
    approval_request = make_request()
    with db.use_role("staff"):
        with pytest.raises(DatabaseError, match="row-level security"), db.atomic():
            Decision.objects.create(
                approval_request=approval_request,
                subject=user.reference,
                decided_by=user.reference,
                verdict="agreed",
                text_version="1",
                shown_at=now,
                sealed=b"x",
                decided_at=now,
            )
        with pytest.raises(DatabaseError, match="row-level security"), db.atomic():
            ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="agreed", closed_at=now)
        with pytest.raises(DatabaseError, match="permission denied"), db.atomic():
            RequestedItem.objects.filter(approval_request=approval_request).update(answer="agreed")
        with db.atomic():
            ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="approved", closed_at=now)
        with (
            pytest.raises(DatabaseError, match="has not agreed"),
            db.atomic(),
            db.connection().cursor() as cursor,
        ):
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])


def test_an_approval_by_the_asker_or_without_the_right_opens_nothing(make_request, make_staff, engineer, now):
    from humanaccess.grounds import Ground

    helper = make_staff("hana", Role.SUPPORT)
    for decider in (engineer, helper):
        approval_request = make_request(Ground.SECURITY)
        with db.use_role("staff"):
            Decision.objects.create(
                approval_request=approval_request,
                subject=approval_request.subject,
                decided_by=decider.reference,
                verdict="approved",
                decided_at=now,
            )
            ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="approved", closed_at=now)
            with pytest.raises(DatabaseError, match="second person"):
                run("SELECT humanaccess_open_grant(%s, %s)", approval_request.pk, now)


def test_an_approval_request_is_never_rewritten(make_request, engineer, now):
    approval_request = make_request()
    with db.use_role("staff"):
        for change in ({"asker": engineer.reference}, {"window": timedelta(days=5)}, {"ground": "security"}):
            with pytest.raises(DatabaseError, match="never rewritten"), db.atomic():
                ApprovalRequest.objects.filter(pk=approval_request.pk).update(**change)


def test_users_see_their_own_requests_only(agreed, make_user):
    other = make_user("omar")
    with db.row_security_for(other.reference):
        assert not ApprovalRequest.objects.exists()
        assert not Grant.objects.exists()
    assert not ApprovalRequest.objects.exists()
    with pytest.raises(DatabaseError, match="own side"):
        run("SELECT humanaccess_end_grant(%s, 'staff', now())", agreed.pk)
    with db.row_security_for(other.reference), db.connection().cursor() as cursor:
        cursor.execute("SELECT humanaccess_end_grant(%s, 'user', now())", [agreed.pk])
        assert cursor.fetchone() == (False,)
