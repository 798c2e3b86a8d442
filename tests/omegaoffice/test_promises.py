"""The register of promises: measured on a real office, broken on purpose, and never kept by an accident."""

import io
import json
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.identity.session_store import row_key
from accounts.personaldata import categories
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import HEARTBEAT_WRITTEN, LOG_VERIFIED
from audit.log.models import Entry
from audit.sequencer.sequence import sequence
from audit.tasks import verify_daily
from core import db, promises
from core.promises import CheckResult, Promise, PromiseState
from omegaoffice.promises import UNENCRYPTED, columns
from tests.signin import sign_in
from vault.services import encrypt


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


def measured(only="P15", **options):
    """Return the exit code and the report."""
    out, code = io.StringIO(), 0
    try:
        call_command("promises", only=only, json=True, stdout=out, **options)
    except SystemExit as ended:
        code = ended.code
    report = json.loads(out.getvalue())
    return code, {part["sentence"]: part for part in report["promises"]}, report


def part(parts, words):
    return next(found for sentence, found in parts.items() if words in sentence)


def verified(at):
    with db.use_role("worker"), db.atomic():
        append(LOG_VERIFIED, actor=machine("t"), subject=None, now=at, payload={"entries": 0, "checkpoint": 0})


def sequenced():
    with db.use_role("sequencer"):
        sequence(timezone.now())


def test_a_new_office_says_what_was_not_measured_yet_then_keeps_its_promise(office, user):
    encrypt(user.reference, "t.c:1", b"value")
    code, parts, report = measured()
    assert (code, report["state"]) == (2, "cannot be measured")
    assert part(parts, "read again")["state"] == "cannot be measured"

    verify_daily()
    sequenced()
    code, parts, report = measured()
    assert (code, report["state"]) == (0, "kept")
    assert {found["state"] for found in parts.values()} == {"kept"}
    assert len(parts) == 5


def test_more_than_the_id_of_a_profile_breaks_the_promise(office, user):
    code, parts, _ = measured("P01")
    assert (code, {found["state"] for found in parts.values()}) == (0, {"kept"})
    assert part(parts, "personal field")["figures"]["undeclared"] == 0
    with db.use_role("default"):
        SocialAccount.objects.create(user=user, provider="google", uid="1")
        SocialAccount.objects.update(extra_data={"picture": "https://example.org/layla.png"})
    code, parts, _ = measured("P01")
    assert code == 1
    found = part(parts, "profile at Google")
    assert (found["state"], found["figures"]) == ("broken", {"connected": 1, "with_more_than_the_id": 1})


def test_a_personal_field_that_nobody_declared_breaks_the_promise(office, monkeypatch):
    monkeypatch.delitem(categories._categories, "inbox.letters")
    code, parts, _ = measured("P01")
    assert code == 1
    assert part(parts, "personal field")["note"] == "In no data category: inbox.Letter"


def test_the_table_reads(office, capsys):
    verify_daily()
    sequenced()
    call_command("promises", only="p15")
    told = capsys.readouterr().out
    assert "P15  The schema of both databases is as declared" in told
    assert "differences 0" in told


def test_a_promise_that_nobody_measures_is_refused():
    with pytest.raises(CommandError, match="nobody measures P99") as refused:
        call_command("promises", only="P15,P99")
    assert refused.value.returncode == 2


def test_a_log_that_was_not_read_for_two_days_breaks_it(office):
    verified(timezone.now() - timedelta(hours=49))
    sequenced()
    code, parts, _ = measured()
    assert code == 1
    assert part(parts, "read again")["state"] == "broken"


@pytest.mark.tampering
def test_a_log_that_did_not_agree_breaks_it_and_stands_in_the_log(office):
    with db.use_role("worker"), db.atomic():
        append(HEARTBEAT_WRITTEN, actor=machine("t"), subject=None, now=timezone.now(), payload={"pending": 0})
    sequenced()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
        cursor.execute("UPDATE audit_entry SET actor = 'staff:nobody'")
        cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_no_change")
    verify_daily()
    with pytest.raises(SystemExit):
        call_command("audit_verify", record=True)
    sequenced()
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="audit.log.differed").count() == 2
    code, parts, _ = measured()
    assert (code, part(parts, "read again")["state"]) == (1, "broken")


def test_the_auditor_records_that_it_agreed(office, capsys):
    call_command("audit_verify", record=True)
    assert "0 entries agree" in capsys.readouterr().out
    with db.use_role("auditor"):
        assert Entry.objects.get(event="audit.log.verified").actor == "machine:auditor"


def test_an_entry_that_waits_a_minute_breaks_it(office):
    verified(timezone.now() - timedelta(seconds=61))
    code, parts, _ = measured()
    assert code == 1
    assert part(parts, "waits a minute")["figures"]["oldest_pending_seconds"] > 60


@pytest.mark.tampering
def test_a_guard_that_differs_breaks_it(office):
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT DELETE ON audit_leaf TO office_worker")
    code, parts, _ = measured()
    found = part(parts, "schema")
    assert (code, found["figures"]["differences"]) == (1, 1)
    assert "DELETE on audit_leaf" in found["note"]


@pytest.mark.tampering
@pytest.mark.parametrize("value", [b"call me at noon, it is urgent and long enough", b"short"])
def test_a_value_that_is_not_encrypted_breaks_it(office, now, user, value):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO workloads_command (id, subject, occurred_at, sealed) VALUES (gen_random_uuid(), %s, %s, %s)",
            [user.reference, now, value],
        )
    code, parts, _ = measured()
    found = part(parts, "encrypted")
    assert (code, found["figures"]["unencrypted"]) == (1, 1)
    assert "workloads_command.sealed" in found["note"]
    assert "noon" not in json.dumps(found)


def test_every_binary_column_is_to_be_sealed_or_stands_in_the_list():
    assert {("workloads_logline", "sealed"), ("inbox_letter", "sealed"), ("audit_disclosure", "sealed")} <= set(
        columns()
    )
    assert not set(columns()) & set(UNENCRYPTED)


def test_staff_sessions_without_a_second_factor_are_counted(office, make_staff):
    with_factor, without = make_staff("sam", Role.SUPPORT), make_staff("dora", Role.SUPPORT)
    for person, mfa in ((with_factor, True), (without, False)):
        key = row_key(sign_in(Client(), person, mfa=mfa).session.session_key)
        with db.use_role("default"):
            UserSession.objects.create(
                user=person, session_key=key, ip="127.0.0.1", user_agent="x", last_seen_at=timezone.now()
            )
    _, parts, _ = measured()
    found = part(parts, "second factor")
    assert found["figures"] == {"staff_sessions": 2, "without_second_factor": 0, "within_their_first_hour": 1}
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE usersessions_usersession SET created_at = created_at - interval '2 hours'")
    _, parts, _ = measured()
    found = part(parts, "second factor")
    assert (found["state"], found["figures"]["without_second_factor"]) == ("broken", 1)


def test_a_measurement_that_fails_keeps_no_promise():
    finding = promises.measure(Promise("P00", "x", lambda now: 1 / 0), timezone.now())
    assert finding == CheckResult(PromiseState.UNKNOWN, {}, "The measurement failed: ZeroDivisionError.")
    assert promises.overall([]) is PromiseState.UNKNOWN
    assert (
        promises.overall([CheckResult(PromiseState.UNKNOWN), CheckResult(PromiseState.BROKEN)]) is PromiseState.BROKEN
    )
