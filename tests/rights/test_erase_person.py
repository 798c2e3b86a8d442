"""Erasing a person with something in every table: all of it goes, what stays is declared, nobody else's row changes."""

import inspect
import re
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.services import refuse_sign_in
from accounts.identity.visitors import Visitor
from accounts.personaldata import categories, recheck
from accounts.personaldata.categories import data_categories
from accounts.personaldata.erase import erase_categories
from audit.erasure.crypto_shred import resume_crypto_shreds
from audit.erasure.journal import published_erasures
from audit.errors import ErasureIncompleteError
from audit.log.actors import machine
from core import db
from humanaccess.models import ApprovalRequest, Decision, Grant, RequestedItem
from rights import services
from rights.models import RightsRequest, Step
from rights.states import OPEN, Attestation, Kind, Verb
from tests.permissions.samples import RESTRICTED_TEXTS, make_samples
from tests.platform_rows import SHAPES, put_row

#: what the log's own machinery adds to for every entry, whoever it is about
_WRITTEN_ANYWAY = re.compile(r"audit_|identity_cacheentry|django_session|rights_counter")
#: rows that are rewritten, or that name their person by a digest alone
_MOVING = {"audit_export", "django_session", "rights_counter"}


@pytest.fixture
def now():
    """The time now: entries that let rows go are measured against the database's clock."""
    return timezone.now()


def shred(found, now):
    """Erase Layla by the command, which her access elsewhere would keep from it: it has ended, and is confirmed."""
    with db.use_role("default"):
        User.objects.filter(pk=found.people["user"].pk).update(is_active=False)
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM connections_googlegrant")
        cursor.execute("DELETE FROM connections_githubgrant")
        cursor.execute("UPDATE connections_revocation SET sealed = NULL, due_at = NULL")
    call_command("audit_shred", found.people["user"].reference)


def delete(found, now):
    """Erase Layla by a deletion of her own, from the request to the certificate."""
    layla, officer, counsel = (found.people[name] for name in ("user", "privacy officer", "legal counsel"))
    with db.use_role("staff"):
        opened = RightsRequest.objects.filter(subject=layla.reference, state__in=sorted(OPEN))
        references = [request.reference for request in opened]
    for reference in references:
        services.withdraw_request(layla, reference, now=timezone.now())
    then = now - timedelta(days=15)
    reference = services.receive_request(layla, kind=Kind.DELETION, identified=True, now=then).reference
    facts = {"finding": Attestation.ERASED, "evidence": [b"layla@example.org: deleted"], "backups_until": None}
    with db.use_role("staff"):
        services.take_request(reference, actor=officer, now=now)
        services.start_erasure(reference, actor=officer, now=now)
        for step in Step.objects.filter(request__reference=reference, verb=Verb.ATTEST):
            services.attest_step(reference, step.pk, actor=officer, now=now, **facts)
    run_steps(reference)
    with db.use_role("staff"):
        services.sign_off_deletion(reference, actor=counsel, now=now)
    run_steps(reference)


def run_steps(reference):
    with db.use_role("worker"):
        for step in Step.objects.filter(request__reference=reference).order_by("position").values_list("pk", flat=True):
            services.run_step(step, clock=timezone.now)


@pytest.fixture(params=[shred, delete])
def erased(request, make_user, make_staff, now, settings, tmp_path, files):
    """Layla, with something in every table, before and after her erasure: (samples, rows before, rows after)."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    found = make_samples("legal counsel", make_user, make_staff)
    layla, other = found.people["user"], make_user("somebody")
    for table in SHAPES:
        put_row(table, layla.reference, now - timedelta(hours=2))
        put_row(table, other.reference, now - timedelta(hours=2))
    assert [path for path in files.rglob("*") if path.is_file()] != []
    before = {alias: dump(alias) for alias in ("owner", "vault_owner")}
    request.param(found, now)
    return found, before, {alias: dump(alias) for alias in ("owner", "vault_owner")}


def dump(alias):
    """Return table → its rows as text, as a dump of the database has them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            rows[table] = [text for (text,) in cursor.fetchall()]
    return rows


def holding(rows, *needles):
    """Return the tables in which one of the texts stands, in any case, plain or in a binary column."""
    wanted = [needle.lower() for needle in needles]
    wanted += [needle.encode().hex() for needle in needles]
    return sorted(table for table, texts in rows.items() if any(w in text.lower() for w in wanted for text in texts))


def test_nothing_that_identifies_the_person_is_left_in_either_database(erased):
    found, before, after = erased
    layla = found.people["user"]
    clear = [layla.email, "layla", str(layla.pk), "canary-google-uid", "192.0.2.7"]
    assert [needle for needle in clear if not holding(before["owner"], needle)] == []  # each was there
    needles = [*clear, *RESTRICTED_TEXTS]
    assert holding(after["owner"], *needles) == []
    assert holding(after["vault_owner"], *needles) == []


def test_the_reference_stays_only_where_that_is_declared(erased):
    found, _before, after = erased
    declared = {"audit_entry", "rights_rightsrequest", "rights_step"}
    of_deletions = {"rights_certificate", "workloads_platformorder"}
    declared |= {f"humanaccess_{name}" for name in ("ask", "ask_item", "decision", "grant")}
    declared |= {"humanaccess_legalprocess", "humanaccess_processnote"}
    assert set(holding(after["owner"], found.people["user"].reference)) - of_deletions == declared
    assert holding(after["vault_owner"], found.people["user"].reference) == ["vault_subject_key"]  # a tombstone
    staying = {name for category in data_categories() if category.stays for name in [category.name]}
    assert staying == {
        "audit.entries",
        "humanaccess.asks",
        "humanaccess.processes",
        "rights.requests",
        "workloads.orders",
    }


def test_of_what_stays_no_text_is_left(erased):
    reference = erased[0].people["user"].reference
    with db.use_role("worker"):
        assert set(ApprovalRequest.objects.filter(subject=reference).values_list("reason_digest")) == {("",)}
        assert {bytes(ask.sealed) for ask in ApprovalRequest.objects.filter(subject=reference)} == {b""}
        assert {bytes(each.sealed) for each in Decision.objects.filter(subject=reference)} == {b""}
        assert set(RequestedItem.objects.filter(subject=reference).values_list("label")) == {("",)}
        assert not Grant.objects.filter(subject=reference, ended_at=None).exists()
        assert not Step.objects.filter(subject=reference).exclude(part="").exists()
        assert {row.state for row in RightsRequest.objects.filter(subject=reference)} == {"fulfilled", "withdrawn"}


def test_every_other_persons_rows_are_the_same_to_the_letter(erased):
    found, before, after = erased
    layla = found.people["user"]
    for table, rows in before["owner"].items():
        hers = (layla.reference, str(layla.pk), layla.reference.encode().hex())
        others = [row for row in rows if not any(part in row for part in hers)]
        kept = [row for row in after["owner"][table] if layla.reference not in row]
        if _WRITTEN_ANYWAY.match(table):
            assert table in _MOVING or set(others) <= set(kept), table
            continue
        assert kept == others, table


def test_files_go(erased, files):
    # Evidence of somebody else's deletion stays.
    assert {path.parent.name for path in files.rglob("*") if path.is_file()} == {"evidence"}


def test_what_comes_back_is_found_without_the_code_that_erases_and_goes_again(erased, now):
    reference = erased[0].people["user"].reference
    put_row("workloads_usagerecord", reference, now)
    with db.use_role("worker"):
        left = {category.name for category in data_categories() if category.recheck(reference)}
        assert left == {"usage"}
        erase_categories(reference, now=now)
        assert not any(category.recheck(reference) for category in data_categories())


@pytest.mark.parametrize("name", [category.name for category in data_categories()])
def test_a_category_that_fails_is_named_and_the_others_go(user, now, monkeypatch, name, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    for table in SHAPES:
        put_row(table, user.reference, now)
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(is_active=False)
    declared = categories._categories

    def fail(_reference):
        raise RuntimeError("a text with layla@example.org in it")

    with monkeypatch.context() as broken:
        broken.setitem(declared, name, replace(declared[name], erase=fail))
        with pytest.raises(CommandError, match=f"Not erased yet: {re.escape(name)}") as incomplete:
            call_command("audit_shred", user.reference)
    assert incomplete.value.returncode == 1
    assert "layla" not in str(incomplete.value)
    assert [each.reference for each in published_erasures()] == [user.reference]
    with db.use_role("worker"):
        left = {category.name for category in data_categories() if category.recheck(user.reference)}
        assert left <= {name}
        resume_crypto_shreds(actor=machine("test"), now=now)
        assert not any(category.recheck(user.reference) for category in data_categories())


def test_a_verb_that_does_nothing_is_found(user, now, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    put_row("workloads_logline", user.reference, now)
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(is_active=False)
    declared = categories._categories
    monkeypatch.setitem(declared, "logs", replace(declared["logs"], erase=lambda _reference: 1))
    with pytest.raises(CommandError, match="Not erased yet: logs"):
        call_command("audit_shred", user.reference)


def test_a_refused_erasure_lets_nothing_go(user, now):
    put_row("workloads_logline", user.reference, now)
    with pytest.raises(CommandError, match="account is open"):
        call_command("audit_shred", user.reference)
    with db.use_role("worker"):
        with pytest.raises(DatabaseError, match="says that"):
            db.select_value("SELECT workloads_erase('workloads_logline', %s, 10)", [user.reference])
        assert db.select_value("SELECT workloads_left('workloads_logline', %s)", [user.reference]) == 1


def test_an_account_that_erasing_once_left_behind_goes_by_migrating(user, make_user, now, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    for person in (user, shut := make_user("shut"), make_user("open")):
        services.receive_request(person, kind=Kind.ACCESS, identified=True, now=now)
    left_behind = import_module("rights.migrations.0012_accounts_left_behind").ERASE
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        cursor.execute(left_behind)  # nobody is erased, and nobody goes
        User.objects.filter(pk__in=[user.pk, shut.pk]).update(is_active=False)
    call_command("audit_shred", user.reference)
    # As it was once: the account kept its row, with another reference.
    old = make_user("layla", is_active=False)
    with db.use_role("staff"):  # it met with no more than this since
        refuse_sign_in(
            old, method="password", reason="wrong", email=old.email, visitor=Visitor("127.0.0.1", "x"), now=now
        )
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        RightsRequest.objects.filter(subject=user.reference).update(user=old)
        cursor.execute(left_behind)
        assert set(User.objects.values_list("username", flat=True)) == {"shut", "open"}
        assert RightsRequest.objects.filter(user=shut).exists()
        assert RightsRequest.objects.get(subject=user.reference).user is None


def test_reading_again_uses_nothing_that_erases():
    for category in data_categories():
        assert [name for name in category.recheck.__code__.co_names if "erase" in name] == [], category.name
    imports = [line for line in inspect.getsource(recheck).splitlines() if "import" in line]
    assert imports == ["from collections.abc import Callable", "from core import db"]


def test_no_row_goes_without_an_entry_that_says_so(user, now):
    put_row("workloads_logline", user.reference, now)
    for call in (
        "workloads_erase('workloads_logline', %s, 10)",
        "inbox_erase('inbox_letter', %s, 10)",
        "rights_erase('rights_note', %s, 10)",
        "connections_erase('connections_run', %s, 10)",
        "identity_erase(%s, 'account')",
        "humanaccess_erase(%s)",
    ):
        with pytest.raises(DatabaseError, match="says that"), db.use_role("worker"):
            db.select_value(f"SELECT {call}", [user.reference])
    with db.use_role("worker"), pytest.raises(ErasureIncompleteError) as refused:
        erase_categories(user.reference, now=now)
    assert "logs" in refused.value.categories


def test_a_table_that_is_not_declared_is_not_erased(erased):
    reference = erased[0].people["user"].reference
    with db.use_role("worker"), pytest.raises(DatabaseError, match="is no table"):
        db.select_value("SELECT workloads_erase('audit_entry', %s, 10)", [reference])
    with db.use_role("worker"), pytest.raises(DatabaseError, match="is no table"):
        db.select_value("SELECT workloads_left('audit_entry', %s)", [reference])
