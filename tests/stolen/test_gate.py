"""The gate against SQL by hand: no restricted row without a committed entry that stays, whatever is set or forged."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity.actors import actor_of
from accounts.personaldata.item_providers import FIRST
from audit.log import canonical_json, rfc3339, uuid7
from audit.sequencer.count_checkpoints import count_checkpoints
from audit.sequencer.sequence import sequence
from audit.verification.verify import verify
from core import db
from humanaccess import services
from omegaoffice.db.roles import RUNNING
from tests.platform_rows import SHAPES, put_row
from tests.stolen.thief import entries

STEP, READ, LISTED = "rights.step.started", "humanaccess.item.read", "humanaccess.items.listed"
LATER = timezone.now() + timedelta(days=26_000)
#: columns that would decide what an entry authorises, as a thief would choose them
FORGED = [{}, {"xid": "1"}, {"written_at": LATER}, {"xid": "1", "written_at": LATER}]


@pytest.fixture
def rows(user, now):
    """One row of each restricted table; table → id."""
    return {table: put_row(table, user.reference, now - timedelta(hours=1)) for table in SHAPES}


@pytest.fixture
def worker(steal):
    return steal("office_worker")


@pytest.fixture
def staff(steal):
    return steal("office_staff")


def seen(thief):
    """Return how many rows of all restricted tables the thief sees."""
    return sum(thief.run(f"SELECT count(*) FROM {table}")[0][0] for table in SHAPES)


def forge_step(thief, user, in_leaf=None, **columns):
    facts = {"actor": "machine:thief", "payload": {"purpose": "right"}}  # without one nothing is authorised anyway
    entry = thief.forge(STEP, subject=user.reference, **facts, in_leaf=in_leaf, columns=columns)
    thief.claim(subject=user.reference, entry=entry)
    return entry


def forge_read(thief, grant, item, reader, *, kind="workloads.logline", **columns):
    payload = {"case": grant.approval_request.reference, "grant": str(grant.pk), "kind": kind, "item": str(item)}
    entry = thief.forge(READ, subject=grant.subject, actor=str(actor_of(reader)), payload=payload, columns=columns)
    thief.claim(subject=grant.subject, grant=grant.pk, entry=entry)
    return entry


@pytest.mark.parametrize("columns", FORGED, ids=lambda columns: " ".join(columns) or "as it is")
def test_a_machine_entry_that_is_rolled_back_shows_nothing(rows, worker, user, columns):
    worker.run("BEGIN")
    forge_step(worker, user, **columns)
    assert seen(worker) == 0
    worker.run("ROLLBACK")
    assert seen(worker) == 0
    worker.run("BEGIN")
    worker.run("SAVEPOINT one")
    forge_step(worker, user, **columns)
    assert seen(worker) == 0
    worker.run("RELEASE SAVEPOINT one")
    assert seen(worker) == 0
    worker.run("SAVEPOINT two")
    forge_step(worker, user, **columns)
    worker.run("ROLLBACK TO SAVEPOINT two")
    assert seen(worker) == 0
    worker.run("ROLLBACK")
    assert entries(STEP) == 0


@pytest.mark.parametrize("columns", FORGED, ids=lambda columns: " ".join(columns) or "as it is")
def test_a_read_entry_that_is_rolled_back_shows_nothing(agreed, lines, support, staff, columns):
    item = lines[0].id
    staff.run("BEGIN")
    forge_read(staff, agreed, item, support, **columns)
    assert seen(staff) == 0
    staff.run("SAVEPOINT one")
    forge_read(staff, agreed, item, support, **columns)
    assert seen(staff) == 0
    staff.run("RELEASE SAVEPOINT one")
    assert seen(staff) == 0
    staff.run("ROLLBACK")
    assert seen(staff) == 0
    assert entries(READ) == 0


def test_an_entry_of_a_prepared_transaction_shows_nothing(rows, worker, user):
    worker.run("BEGIN")
    forge_step(worker, user)
    try:
        worker.run("PREPARE TRANSACTION 'thief'")
    except psycopg.Error as error:
        assert "prepared transactions are disabled" in str(error)  # noqa: PT017  PostgreSQL's own default
        return
    assert seen(worker) == 0
    worker.run("ROLLBACK PREPARED 'thief'")


@pytest.mark.parametrize("role", ["office_worker", "office_owner"])
def test_an_entry_put_in_by_copy_gets_the_databases_time_as_well(rows, worker, steal, user, role):
    """PostgreSQL lets nobody copy into a table with row-level security but its owner."""
    thief, at = steal(role), timezone.now()
    entry = uuid7.uuid7(at)
    facts = {"actor": "machine:t", "event": STEP, "outcome": "ok", "subject": user.reference}
    rest = {"version": 1, "event_version": 1, "request": "", "payload": {}, "sd": []}
    leaf = canonical_json.encode({"id": str(entry), "time": rfc3339.write(at), **rest, **facts})
    thief.run("BEGIN")
    copied = f"COPY audit_entry (id, xid, leaf, time, written_at, {', '.join(facts)}) FROM STDIN"
    try:
        with thief.connection.cursor().copy(copied) as copy:
            copy.write_row([entry, "1", leaf, at, LATER, *facts.values()])
    except psycopg.errors.FeatureNotSupported:
        assert role != "office_owner"
        return
    checked = "SELECT xid = pg_current_xact_id(), written_at <= clock_timestamp() FROM audit_entry WHERE id = %s"
    assert thief.run(checked, entry) == [(True, True)]
    thief.run("ROLLBACK")


def test_a_committed_entry_bears_the_databases_own_time_and_transaction(worker, user):
    forge_step(worker, user, xid="1", written_at=LATER)
    xid, off = worker.run("SELECT xid::text, abs(extract(epoch FROM clock_timestamp() - written_at)) FROM audit_entry")[
        0
    ]
    assert xid != "1"
    assert off < 60


def test_types_and_functions_of_a_thief_do_not_come_before_the_databases_own(rows, worker, user):
    for name in ("jsonb", "text", "timestamptz"):
        worker.run(f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.{name}")
    for name, gives in (("clock_timestamp", "timestamptz"), ("pg_current_xact_id", "xid8")):
        worker.run(
            f"CREATE FUNCTION pg_temp.{name}() RETURNS pg_catalog.{gives} LANGUAGE sql AS 'SELECT NULL::{gives}'"
        )
    worker.run("SET search_path = pg_temp, public, pg_catalog")
    with pytest.raises(psycopg.Error, match="what its leaf says"):
        forge_step(worker, user, case_ref="HA-2026-000001")
    worker.run("BEGIN")
    entry = forge_step(worker, user, xid="1", written_at=LATER)
    checked = (
        "SELECT xid = pg_catalog.pg_current_xact_id(), written_at <= pg_catalog.clock_timestamp() FROM audit_entry"
    )
    assert worker.run(f"{checked} WHERE id = %s", entry) == [(True, True)]
    assert seen(worker) == 0
    worker.run("ROLLBACK")


#: what a column could say otherwise than the leaf
OTHERWISE = [
    {"actor": "staff:" + "a" * 32},
    {"event": "audit.heartbeat.written"},
    {"outcome": "failed"},
    {"subject": "b" * 32},
    {"subject": None},
    {"case_ref": "HA-2026-000001"},
    {"time": LATER},
    {"id": "00000000-0000-7000-8000-000000000000"},
    {"leaf": b"not an entry"},
    {"leaf": b"{}"},
    {"leaf": b"\xff"},
]


@pytest.mark.parametrize("role", RUNNING)
def test_an_entry_whose_columns_differ_from_its_leaf_is_not_taken(steal, user, role):
    thief = steal(role)
    for columns in OTHERWISE:
        with pytest.raises(psycopg.Error, match=r"what its leaf says|json|UTF8"):
            thief.forge(STEP, subject=user.reference, actor="machine:thief", columns=columns)
    assert entries(STEP) == 0


@pytest.mark.tampering
@pytest.mark.parametrize("age", ["-1 hour", "66 minutes", "1 year", None])
def test_an_entry_of_another_time_authorises_no_machine(rows, worker, user, age):
    """As an earlier version let it be written, or as an owner may write it."""
    forge_step(worker, user)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
        cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s::interval", [age])
    assert seen(worker) == 0
    assert worker.run("SELECT * FROM audit_ticket(current_setting('office.entry')::uuid)") == []


@pytest.mark.parametrize("outcome", ["refused", "failed"])
def test_an_entry_of_what_was_refused_authorises_nothing(rows, worker, user, outcome):
    forge_step(worker, user, {"outcome": outcome}, outcome=outcome)
    assert seen(worker) == 0
    assert worker.run("SELECT * FROM audit_ticket(current_setting('office.entry')::uuid)") == []


@pytest.mark.parametrize("role", RUNNING)
def test_no_role_gets_further_by_settings_alone(rows, agreed, steal, user, role):
    thief = steal(role)
    thief.claim(entry=agreed.pk, grant=agreed.pk, subject="" if role == "office_self" else user.reference)
    for table in SHAPES:
        try:
            assert thief.run(f"SELECT count(*) FROM {table}") == [(0,)]
        except psycopg.errors.InsufficientPrivilege:
            assert role not in {"office_self", "office_staff", "office_worker"}
    if role in {"office_self", "office_staff", "office_worker"}:
        thief.run("SET row_security = off")
        assert "row-level security" in thief.fails("SELECT * FROM workloads_logline")
    for statement in (
        "SET session_replication_role = replica",
        "SET ROLE office_owner",
        "SET SESSION AUTHORIZATION office_owner",
        "ALTER TABLE workloads_logline DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_stamped",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "UPDATE audit_entry SET xid = '1'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ):
        assert thief.fails(statement)


@pytest.mark.parametrize("role", ["office_ingest", "office_sequencer", "office_auditor", "office_staff"])
def test_a_machine_entry_helps_no_other_role(rows, steal, user, role):
    thief = steal(role)
    forge_step(thief, user)
    for table in SHAPES:
        try:
            assert thief.run(f"SELECT count(*) FROM {table}") == [(0,)]
        except psycopg.errors.InsufficientPrivilege:
            assert role != "office_staff"


def test_staff_list_nothing_without_a_committed_entry_of_that_person_and_kind(rows, staff, user, make_user, now):
    start, end, app = now - timedelta(days=1), now + timedelta(days=1), SHAPES["workloads_logline"][0]["app"]
    listings = {
        "workloads.app": ("SELECT * FROM workloads_outline_apps(%s)", ()),
        "workloads.logline": ("SELECT * FROM workloads_name_lines(%s, %s, %s, %s, %s, 50)", (app, start, end, FIRST)),
        "workloads.command": ("SELECT * FROM workloads_name_commands(%s, NULL, %s, %s, %s, 50)", (start, end, FIRST)),
        "workloads.usage": ("SELECT * FROM workloads_name_usage(%s, NULL, %s, %s, %s, 50)", (start, end, FIRST)),
        "workloads.metric": ("SELECT * FROM workloads_name_metrics(%s, NULL, %s, %s, %s, 50)", (start, end, FIRST)),
        "connections.automation": ("SELECT * FROM connections_outline_automations(%s)", ()),
        "connections.run": ("SELECT * FROM connections_name_runs(%s, %s, %s, %s, 50)", (start, end, FIRST)),
        "workloads.webvisit": ("SELECT * FROM workloads_name_visits(%s, %s, %s, %s, 50)", (start, end, FIRST)),
        "connections.transfer": ("SELECT * FROM connections_name_transfers(%s, %s, %s, %s, 50)", (start, end, FIRST)),
    }

    def listed(kind):
        statement, more = listings[kind]
        return len(staff.run(statement, user.reference, *more))

    def forge(kind, subject=user.reference, event=LISTED, actor="staff:" + "5" * 32, **columns):
        staff.claim(
            subject=subject,
            entry=staff.forge(event, subject=subject, actor=actor, payload={"kind": kind}, columns=columns),
        )

    kinds = list(listings)
    other = make_user("omar").reference
    for kind, another in zip(kinds, [*kinds[1:], kinds[0]], strict=True):
        assert listed(kind) == 0
        staff.run("BEGIN")
        forge(kind, xid="1", written_at=LATER)
        assert listed(kind) == 0, "an entry of the same transaction"
        staff.run("ROLLBACK")
        assert listed(kind) == 0, "an entry that was rolled back"
        forge(another)
        assert listed(kind) == 0, "an entry of another kind"
        forge(kind, subject=other)
        assert listed(kind) == 0, "an entry about somebody else"
        forge(kind, event=READ)
        assert listed(kind) == 0, "an entry of another event"
        forge(kind, actor="user:" + "5" * 32)
        assert listed(kind) == 0, "an entry of somebody who is no staff"
        forge(kind)
        assert listed(kind) == 1
    assert entries(LISTED) == 4 * len(kinds)


@pytest.mark.tampering
def test_an_entry_of_a_listing_serves_for_seconds(rows, staff, user):
    entry = staff.forge(LISTED, subject=user.reference, actor="staff:" + "5" * 32, payload={"kind": "workloads.app"})
    staff.claim(subject=user.reference, entry=entry)
    for age, count in (("1 second", 1), ("11 seconds", 0), ("-1 hour", 0)):
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
            cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s::interval", [age])
        assert len(staff.run("SELECT * FROM workloads_outline_apps(%s)", user.reference)) == count


#: table with more than one record → the event of an access to its sums, and the function that gives them
SUMS = {
    "workloads_command": ("workloads.sums.shown", "workloads_shown_sums"),
    "connections_run": ("connections.sums.shown", "connections_shown_sums"),
}


@pytest.mark.parametrize("table", SUMS)
@pytest.mark.parametrize("columns", FORGED, ids=lambda columns: " ".join(columns) or "as it is")
def test_staff_see_no_sum_without_a_committed_entry_of_that_person_and_kind(
    staff, user, make_user, now, table, columns
):
    event, function = SUMS[table]
    (another,) = {each for each, _ in SUMS.values()} - {event}
    other = make_user("omar").reference
    for subject, count in ((user.reference, 10), (other, 5)):
        for _ in range(count):
            put_row(table, subject, now)

    def shown():
        return staff.run(f"SELECT records FROM {function}('', '-infinity', 'infinity', 200, 0)")

    def forge(event=event, *, subject=user.reference, actor="staff:" + "5" * 32, in_leaf=None, **more):
        entry = staff.forge(event, subject=subject, actor=actor, in_leaf=in_leaf, columns=columns | more)
        staff.claim(subject=user.reference, entry=entry)

    assert shown() == []
    staff.claim(subject=user.reference, entry=uuid4())
    assert shown() == [], "an entry that is nowhere"
    staff.run("BEGIN")
    forge()
    assert shown() == [], "an entry of the same transaction"
    staff.run("SAVEPOINT one")
    forge()
    assert shown() == [], "an entry of a savepoint"
    staff.run("RELEASE SAVEPOINT one")
    assert shown() == [], "an entry of a savepoint that was released"
    staff.run("SAVEPOINT two")
    forge()
    staff.run("ROLLBACK TO SAVEPOINT two")
    assert shown() == [], "an entry of a savepoint that was rolled back"
    staff.run("ROLLBACK")
    assert shown() == [], "an entry that was rolled back"
    assert entries(event) == 0
    forge(another)
    assert shown() == [], "an entry of the other kind"
    forge(LISTED)
    assert shown() == [], "an entry of another event"
    forge(actor="user:" + "5" * 32)
    assert shown() == [], "an entry of somebody who is no staff"
    forge(in_leaf={"outcome": "refused"}, outcome="refused")
    assert shown() == [], "an entry of what was refused"
    forge(subject=other)
    assert shown() == [(5,)], "an entry about somebody else gives theirs"
    forge()
    assert shown() == [(10,)]


@pytest.mark.tampering
def test_an_entry_of_an_access_to_sums_serves_for_seconds(staff, user, now):
    for _ in range(5):
        put_row("workloads_command", user.reference, now)
    staff.claim(entry=staff.forge("workloads.sums.shown", subject=user.reference, actor="staff:" + "5" * 32))
    for age, count in (("1 second", 1), ("11 seconds", 0), ("-1 hour", 0)):
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
            cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s::interval", [age])
        assert len(staff.run("SELECT * FROM workloads_shown_sums('', '-infinity', 'infinity', 9, 0)")) == count
    for table in ("workloads_dailytotal", "connections_dailytotal"):
        assert "permission denied" in staff.fails(f"SELECT * FROM {table}")


def test_a_reader_who_has_lost_the_role_sees_nothing_though_grant_and_entry_stand(agreed, lines, support, staff):
    forge_read(staff, agreed, lines[0].id, support)
    assert seen(staff) == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_roleassignment SET ended_at = now() WHERE user_id = %s", [support.pk])
        forge_read(staff, agreed, lines[0].id, support)
        cursor.execute("SELECT ended_at FROM humanaccess_grant WHERE id = %s", [agreed.pk])
        assert cursor.fetchone() == (None,)
    assert seen(staff) == 0


def test_an_approval_request_expires_by_the_databases_clock(make_request, lines, user, shown, staff, now):
    approval_request = make_request(now=now - timedelta(days=8))
    names = 'ground, state, asker, subject, sealed, abuse_reference, "window", asked_at'
    copied = (
        f"INSERT INTO humanaccess_ask (id, reference, expires_at, {names}) "
        f"SELECT %s, %s, %s, {names} FROM humanaccess_ask LIMIT 1"
    )
    assert "row-level security" in staff.fails(copied, uuid4(), "HA-2026-999998", now + timedelta(days=8))
    staff.run(copied, uuid4(), "HA-2026-999999", now + timedelta(days=6))
    with pytest.raises(DatabaseError, match="waits for the user"):
        services.agree_to_request(
            approval_request, user=user, items={lines[0].id}, shown=shown, now=now - timedelta(days=7, minutes=1)
        )


#: payloads of a count of checkpoints that no code of the office writes
UNREADABLE = [{}, {"size": "9", "checkpoints": 1}, {"size": 1}, {"size": None, "checkpoints": {}}]


@pytest.mark.parametrize("payload", UNREADABLE, ids=str)
def test_a_count_of_checkpoints_that_says_nothing_stops_neither_count_nor_verification(
    office, steal, now, settings, tmp_path, payload
):
    settings.AUDIT_CHECKPOINT_DIR, counted = str(tmp_path), "audit.checkpoints.counted"
    steal("office_ingest").forge(counted, subject=None, actor="machine:sequencer", in_leaf={"payload": payload})
    with db.use_role("sequencer"):
        sequence(now)
        count_checkpoints(now)
    assert entries(counted) == 2
    with db.use_role("auditor"):
        assert verify().checkpoints == 1


@pytest.mark.parametrize(
    ("in_leaf", "columns"),
    [
        ({"subject": 5}, {"subject": "5"}),
        ({"subject": True}, {"subject": "true"}),
        ({"actor": 5}, {"actor": "5"}),
        ({"event": 5}, {"event": "5"}),
        ({"payload": {"case": 5}}, {"case_ref": "5"}),
        ({"subject": "\0"}, {"subject": "\ufffd"}),
        ({"payload": {"case": "\\u0000"}}, {"case_ref": "\\ufffd"}),
    ],
)
def test_a_leaf_that_reads_otherwise_outside_of_the_database_is_not_taken(office, steal, in_leaf, columns):
    with pytest.raises(psycopg.Error, match="what its leaf says"):
        steal("office_ingest").forge(STEP, subject=None, actor="machine:thief", in_leaf=in_leaf, columns=columns)


@pytest.mark.parametrize("in_leaf", [{"payload": []}, {"payload": None}, {"payload": "x"}, {"sd": {}}, {"sd": None}])
def test_an_entry_that_no_reader_could_take_for_one_is_refused(office, steal, in_leaf):
    with pytest.raises(psycopg.Error, match="every field of its format"):
        steal("office_ingest").forge(STEP, subject=None, actor="machine:thief", in_leaf=in_leaf)
