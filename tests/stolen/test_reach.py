"""What each role reaches is all classified, can be done, and stands in THREAT_MODEL.md in the same words."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from accounts.connections.models import GitHubGrant, GoogleGrant, Revocation
from accounts.identity.actors import actor_of
from accounts.identity.roles import Role
from core import db
from humanaccess.aggregates import weeks_of
from omegaoffice.db.roles import RUNNING
from rights.services import file_correction, place_hold, receive_request
from rights.states import Kind
from tests.platform_rows import put_row
from tests.stolen.reach import ANY, PEOPLE
from tests.stolen.reach_machines import MACHINES
from tests.stolen.thief import entries

ROOT = Path(__file__).resolve().parent.parent.parent
ABILITIES = [*PEOPLE, *MACHINES]
LETTERS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}
#: whatever else a role could hold on a table; none does
OTHER = ("TRUNCATE", "REFERENCES", "TRIGGER")

_RELATIONS = """
SELECT c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%%'
  AND n.nspname NOT LIKE 'pg\\_temp%%' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
"""
_FUNCTIONS = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prorettype <> 'trigger'::regtype
  AND has_schema_privilege(%(role)s, n.oid, 'USAGE') AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
"""


def select(statement, values=None):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def reached(role):
    """Return (relation, right) of everything that the catalogue lets a role do, on columns or on the whole."""
    found = set()
    for name, kind in select(_RELATIONS, {}):
        if kind == "S":
            found |= {(name, p) for p in ("USAGE", "SELECT", "UPDATE")
                      if select("SELECT has_sequence_privilege(%s, %s, %s)", [role, name, p])[0][0]}  # fmt: skip
            continue
        for privilege in (*LETTERS.values(), *OTHER):
            on = "table" if privilege in {"DELETE", "TRUNCATE", "TRIGGER"} else "any_column"
            if select(f"SELECT has_{on}_privilege(%s, %s, %s)", [role, name, privilege])[0][0]:
                found.add((name, privilege))
    return found


@pytest.mark.parametrize("role", RUNNING)
def test_everything_that_a_role_reaches_is_classified(office, role):
    mine = [ability for ability in ABILITIES if ability.role == role]
    wanted = {
        (table, LETTERS[letter])
        for ability in mine
        for tables, letters in ability.over.items()
        for table in tables.split()
        for letter in letters
    }
    assert reached(role) == wanted
    called = {name for (name,) in select(_FUNCTIONS, {"role": role})}
    assert called == {name for ability in mine for name in ability.calls.split()}


@pytest.mark.parametrize("role", RUNNING)
def test_no_role_makes_or_becomes_anything_that_stays(office, role):
    schemas = select(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_temp%%' "
        "AND has_schema_privilege(%s, oid, 'CREATE')",
        [role],
    )
    assert schemas == []
    database = "SELECT has_database_privilege(%s, current_database(), 'CREATE')"
    assert select(database, [role]) == [(False,)]
    assert select("SELECT 1 FROM pg_auth_members WHERE member = %s::regrole", [role]) == []
    assert select("SELECT 1 FROM pg_class WHERE relowner = %s::regrole", [role]) == []
    assert select("SELECT 1 FROM pg_proc WHERE proowner = %s::regrole", [role]) == []


@pytest.fixture
def world(user, agreed, make_staff, now, lines):
    """Something in each table that a thief may change."""
    put_row("connections_automation", user.reference, now)
    put_row("workloads_app", user.reference, now)
    otto = make_staff("otto", Role.PRIVACY_OFFICER)
    facts = {"authority": "A court", "reason": "It may be evidence in a trial.", "ends_on": now.date() + timedelta(9)}
    with db.use_role("staff"):
        place_hold(user.reference, category="usage", actor=otto, now=now, **facts)
    adam = make_staff("adam", Role.ADMINISTRATOR)
    for _ in range(5):
        put_row("workloads_command", user.reference, now)
    ended = uuid4()
    put_row("workloads_logline", user.reference, now, app=ended)
    cache.set("count", 3)
    with db.use_role("default"):
        receive_request(user, kind=Kind.ACCESS, identified=True, now=now)
        wanted, why = [("identity.account::email", "right@example.org")], "It has a letter too many."
        file_correction(user, wanted=wanted, reason=why, evidence=b"A paper.", identified=True, now=now)
        receive_request(user, kind=Kind.OBJECTION, identified=True, now=now, details={"to": "security"})
    facts = {"subject": user.reference, "scopes": ["drive"], "sealed": b"x"}
    with db.row_security_for(user.reference):
        GoogleGrant.objects.create(
            account_id="1", token_hash="-", granted_at=now, changed_at=now, checked_at=now, **facts
        )
        GitHubGrant.objects.create(account_id="1", granted_at=now, changed_at=now, subject=user.reference, sealed=b"x")
        Revocation.objects.create(reason="user", asked_at=now, due_at=now, **facts)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (gen_random_uuid(), %s, now())",
            [user.reference],
        )
        cursor.execute(
            "INSERT INTO terms_policyversion VALUES "
            "(gen_random_uuid(), '2099-01-01', '# x', '', 'x', '', '{}', now(), NULL, '')"
        )
        cursor.execute(
            "INSERT INTO terms_acceptance (id, subject, version_id, how, cause, recorded_at) "
            "SELECT gen_random_uuid(), %s, id, 'explicit', 'request:x', now() FROM terms_policyversion",
            [user.reference],
        )
        cursor.execute(
            "INSERT INTO terms_announcement "
            "(id, kind, title_en, title_ar, text_en, text_ar, apps, writers, written_at, released_by) "
            "VALUES (gen_random_uuid(), 'service', '', '', '', '', '{}', '{}', now(), '')"
        )
        cursor.execute(
            "INSERT INTO connections_securityevent "
            "VALUES (gen_random_uuid(), '1', 'tokens-revoked', now(), now(), 'account', '1', NULL, '')"
        )
        cursor.execute(
            "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
            "VALUES (gen_random_uuid(), 0, %s, 'restrict', '{}', '', now())",
            [user.reference],
        )
        cursor.execute(
            "INSERT INTO workloads_pseudonym (id, subject, provider, value, made_at) "
            "VALUES (gen_random_uuid(), %s, 'mixpanel', repeat('d', 32), now())",
            [user.reference],
        )
        cursor.execute(
            "INSERT INTO identity_usertoken (id, subject, name, hash, scopes, made_at, expires_at, revoked_at) "
            "SELECT gen_random_uuid(), %s, 'x', sha256(n::text::bytea), '{held:read}', at, at + interval '99 days', "
            "CASE n WHEN 1 THEN at END FROM (VALUES (1, now() - interval '91 days'), (2, now())) v (n, at)",
            [user.reference],
        )
        cursor.execute("UPDATE rights_correction SET decision = 'accepted'")
        cursor.execute(
            "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
            "SELECT id, 0, subject, 'correct', '{}', '', now() FROM rights_correction"
        )
        cursor.execute("UPDATE rights_rightsrequest SET state = 'verifying' WHERE kind = 'correction'")
        cursor.execute("INSERT INTO workloads_terminatedapp VALUES (%s, %s, now(), NULL)", [ended, user.reference])
        cursor.execute(
            "INSERT INTO audit_disclosure VALUES (gen_random_uuid(), %s, 'x'), (gen_random_uuid(), %s, 'x')",
            ["e" * 32, "f" * 32],
        )
    return {"user": user, "grant": agreed, "item": lines[0].id, "adam": adam}


def read_item(thief, world):
    """Read one row after a read entry, and see that the entry stays."""
    grant, item = world["grant"], world["item"]
    payload = {
        "case": grant.approval_request.reference,
        "grant": str(grant.pk),
        "kind": "workloads.logline",
        "item": str(item),
    }
    entry = thief.forge("humanaccess.item.read", subject=grant.subject, actor=f"staff:{grant.reader}", payload=payload)
    thief.claim(subject=grant.subject, grant=grant.pk, entry=entry)
    assert thief.run("SELECT id FROM workloads_logline") == [(item,)]
    assert entries("humanaccess.item.read") == 1


def list_items(thief, world):
    reference = world["user"].reference
    actor = str(actor_of(world["user"])).replace("user:", "staff:")
    entry = thief.forge("humanaccess.items.listed", subject=reference, actor=actor, payload={"kind": "workloads.app"})
    thief.claim(subject=reference, entry=entry)
    assert len(thief.run("SELECT * FROM workloads_outline_apps(%s)", reference)) == 1
    assert entries("humanaccess.items.listed") == 1


def read_sums(thief, world):
    entry = thief.forge("workloads.sums.shown", subject=world["user"].reference, actor="staff:thief")
    thief.claim(entry=entry)
    sums = thief.run("SELECT records FROM workloads_shown_sums('', '-infinity', 'infinity', 9, 0) WHERE records > 0")
    assert sums == [(5,)]
    assert entries("workloads.sums.shown") == 1


def run_query(thief, _world):
    """Without the entry of this run nothing is answered; the first answer stays."""
    week = weeks_of(90, timezone.now())[0]
    run = "SELECT humanaccess_run_aggregate('log_lines', %s)"
    assert "No entry" in thief.fails(run, week)
    payload = {"query": "log_lines", "week": week.isoformat()}
    thief.claim(entry=thief.forge("humanaccess.aggregate.run", subject=None, actor="staff:thief", payload=payload))
    thief.run(run, week)
    assert thief.run("SELECT week, cells FROM humanaccess_aggregate") == [(week, [])]
    assert entries("humanaccess.aggregate.run") == 1


def give_role(thief, world):
    """A role that waits counts at once where the row names an administrator who did nothing."""
    given = (
        "INSERT INTO identity_roleassignment (user_id, role, given_by, given_at, confirmed_by, confirmed_at, ended_by) "
        "SELECT id, 'administrator', '', now(), %s, now(), '' FROM identity_user WHERE reference = %s "
        "RETURNING effective_at <= clock_timestamp()"
    )
    thief.run("BEGIN")
    assert thief.run(given, world["adam"].reference, world["user"].reference) == [(True,)]
    thief.run("ROLLBACK")


def step(thief, world):
    reference = world["user"].reference
    entry = thief.forge("rights.step.started", subject=reference, actor="machine:thief", payload={"purpose": "right"})
    thief.claim(subject=reference, entry=entry)
    assert len(thief.run("SELECT * FROM workloads_logline")) == 4
    assert entries("rights.step.started") == 1


def erase(thief, _world):
    """Without the entry of an erasure nothing goes; with it, that holder's details do."""
    gone = "DELETE FROM audit_disclosure WHERE holder = %s"
    assert "was erased" in thief.fails(gone, "e" * 32)
    thief.run("BEGIN")
    thief.forge("audit.subject.shredded", subject="e" * 32, actor="machine:thief", columns={"xid": "1"})
    assert "was erased" in thief.fails(gone, "e" * 32)
    thief.run("ROLLBACK")
    thief.forge("audit.subject.shredded", subject="e" * 32, actor="machine:thief")
    thief.run(gone, "e" * 32)
    assert "was erased" in thief.fails(gone, "f" * 32)
    assert entries("audit.subject.shredded") == 1


def erase_rows(thief, world):
    """Without the entry of an erasure no row goes; taken back, the entry takes the rows back with it."""
    reference = world["user"].reference
    gone = "SELECT workloads_erase('workloads_logline', %s, 9)"
    assert "says that" in thief.fails(gone, reference)
    thief.run("BEGIN")
    thief.forge("audit.subject.shredded", subject=reference, actor="machine:thief")
    assert thief.run(gone, reference) == [(4,)]
    assert thief.run("SELECT workloads_left('workloads_logline', %s)", reference) == [(0,)]
    thief.run("ROLLBACK")
    assert thief.run("SELECT workloads_left('workloads_logline', %s)", reference) == [(4,)]


def erase_app(thief, world):
    """Without the entry of an app's end nothing of it goes; taken back, the entry takes the rows back with it."""
    gone = "SELECT workloads_erase_app('workloads_logline', (SELECT app FROM workloads_terminatedapp), 9)"
    assert "only with an entry" in thief.fails(gone)
    thief.run("BEGIN")
    [(app,)] = thief.run("SELECT app FROM workloads_terminatedapp")
    reference = world["user"].reference
    thief.forge("workloads.app.terminated", subject=reference, actor="machine:thief", payload={"app": str(app)})
    assert thief.run(gone) == [(1,)]
    thief.run("ROLLBACK")
    assert "only with an entry" in thief.fails(gone)


def lend_token(thief, world):
    """Without the entry that a token was handed out no grant is seen, and none of anybody else's with it."""
    reference, seen = world["user"].reference, "SELECT count(*) FROM connections_googlegrant"
    assert thief.run(seen) == [(0,)]
    facts = {"subject": reference, "actor": "machine:thief", "payload": {"purpose": "operating"}}
    entry = thief.forge("connections.token.handed_out", **facts)
    thief.claim(subject=reference, entry=entry)
    assert thief.run("SELECT sealed FROM connections_googlegrant") != []
    thief.run("UPDATE connections_googlegrant SET used_at = now()")
    thief.claim(subject="f" * 32, entry=entry)
    assert thief.run(seen) == [(0,)]


def order_erasure(thief, world):
    """Without the entry of an erasure nothing is ordered; what is ordered is numbered, and has the person's apps."""
    reference = world["user"].reference
    order = (
        "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
        "VALUES (gen_random_uuid(), 99, %s, 'erase', '{}', '', now()) RETURNING number, cardinality(apps)"
    )
    assert "Nothing is ordered" in thief.fails(order, reference)
    thief.run("BEGIN")
    thief.forge("rights.erasure.started", subject=reference, actor="machine:thief")
    assert thief.run(order, reference) == [(3, 1)]
    thief.run("ROLLBACK")


def read_pseudonym(thief, world):
    """Without the entry that a deletion has begun no pseudonym is told, nor without one that it is shown."""
    reference, tell = world["user"].reference, "SELECT rights_shown_pseudonym(%s)"
    ((step,),) = thief.run(
        "INSERT INTO rights_step (id, request_id, subject, position, verb, holding, status, due_at, attempts, "
        "attempts_allowed, lease_owner, last_error, left_out, progress, part) SELECT gen_random_uuid(), id, subject, "
        "0, 'attest', 'mixpanel', 'waiting', now(), 0, 5, '', '', '', 0, '' FROM rights_rightsrequest "
        "WHERE kind = 'access' RETURNING id"
    )
    facts = {"subject": reference, "actor": "staff:thief"}
    thief.claim(entry=thief.forge("rights.pseudonym.shown", **facts))
    assert thief.run(tell, step) == [(None,)]
    begun = thief.forge("rights.erasure.started", **facts)
    assert thief.run(tell, step) == [("d" * 32,)]
    thief.claim(entry=begun)
    assert thief.run(tell, step) == [(None,)]
    thief.run("BEGIN")
    thief.claim(entry=thief.forge("rights.pseudonym.shown", **facts))
    assert thief.run(tell, step) == [(None,)]
    thief.run("ROLLBACK")
    assert entries("rights.pseudonym.shown") == 1


ACTS = {
    "~read": read_item,
    "~list": list_items,
    "~sums": read_sums,
    "~aggregate": run_query,
    "~role": give_role,
    "~order": order_erasure,
    "~erase_app": erase_app,
    "~lend_token": lend_token,
    "~pseudonym": read_pseudonym,
    "~step": step,
    "~erase": erase,
    "~erase_rows": erase_rows,
}


@pytest.mark.parametrize("role", RUNNING)
def test_every_listed_ability_can_be_done(world, steal, role):
    thief = steal(role)
    for ability in (each for each in ABILITIES if each.role == role):
        for statement in ability.statements:
            if act := ACTS.get(statement):
                act(thief, world)
                continue
            thief.claim(subject=world["user"].reference)
            thief.run("BEGIN")
            done = thief.connection.execute(statement.format(grant=world["grant"].pk, item=world["item"]))
            assert done.rowcount > 0, (ability.told, statement)
            thief.run("ROLLBACK")
    thief.run("CREATE TEMPORARY TABLE mine (id int)")
    thief.run("CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    thief.run("BEGIN")
    thief.run(f"ALTER ROLE {role} SET statement_timeout = 1")
    thief.run("ROLLBACK")


def told():
    """Return (role, ability) of the table of THREAT_MODEL.md."""
    text = (ROOT / "THREAT_MODEL.md").read_text()
    section = text.split("## What SQL as a database role still does")[1].split("\n## ")[0]
    return re.findall(r"^\| `?(office_\w+|each of them)`? \| (.+?) \|", section, re.MULTILINE)


def test_the_threat_model_lists_the_same_abilities():
    rows = told()
    assert rows[:-1] == [(ability.role, ability.told) for ability in ABILITIES]
    assert rows[-1] == ("each of them", ANY)
    first = (ROOT / "THREAT_MODEL.md").read_text().split("## What each stolen credential reaches")[1].split("\n## ")[0]
    assert set(RUNNING) <= set(re.findall(r"^\| `(office_\w+)` \|", first, re.MULTILINE))
