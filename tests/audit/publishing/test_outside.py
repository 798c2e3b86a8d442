"""What is known outside: witnesses, stored cosignatures, destinations set back, checkpoints and partitions gone."""

import logging
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from audit import db_guards
from audit.errors import ContradictedError, TamperedError
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import CHECKPOINTS_COUNTED
from audit.log.models import Entry
from audit.log.partitions import ensure_partitions, missing_partitions
from audit.promises import _tree_verified
from audit.publishing import destinations, published, ssrf_safe_post
from audit.publishing.metrics import log_faults
from audit.publishing.models import Delivery
from audit.sequencer.count_checkpoints import count_checkpoints
from audit.tree import checkpoints
from audit.tree.models import Cosignature, StoredCheckpoint
from audit.verification.verify import verify
from core import db
from core.promises import PromiseState
from tests.audit.publishing.growing import deliver, grow, prepare
from tests.audit.publishing.witness_server import cosigning
from tests.signin import sign_in

WITNESS = "witness witness.example/w1"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    settings.AUDIT_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(ssrf_safe_post, "DEADLINE", 2)
    return prepare(settings, tmp_path, monkeypatch)


@pytest.fixture
def witness(settings, now):
    with cosigning(settings, now) as server:
        yield server


def count_logged(event):
    with db.use_role("auditor"):
        return Entry.objects.filter(event=event).count()


def named(sentence):
    with db.use_role("auditor"), pytest.raises(TamperedError, match=sentence):
        verify()


def agrees():
    with db.use_role("auditor"):
        return verify()


def past_the_triggers(monkeypatch, *statements):
    monkeypatch.setattr(db_guards, "differences", lambda _cursor: [])
    with connections["owner"].cursor() as cursor:
        for table in ("audit_checkpoint", "audit_cosignature"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)


def forked(witness, now):
    witness.size, witness.root = 2, b"r" * 32
    grow(now, 2)
    deliver(now)


def grown_apart(witness, now):
    witness.size, witness.root = 2, b"r" * 32
    grow(now, 5)
    deliver(now)


def ahead(witness, now):
    witness.size, witness.root = 9, b"r" * 32
    grow(now, 2)
    deliver(now)


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (forked, "forked", "holds another root for 2 entries: there are two histories"),
        (
            grown_apart,
            "forked",
            "answered 422: 5 entries of ours do not continue the 2 that it has seen: there are two",
        ),
        (
            ahead,
            "taken_away",
            "has seen 9 entries, and the database holds a checkpoint of 2 at most: entries were taken",
        ),
    ],
)
def test_what_a_witness_says_is_a_finding_at_once(office, now, witness, caplog, make, kind, sentence):
    with caplog.at_level(logging.CRITICAL):
        make(witness, now)
    assert "log_contradicted" in caplog.text
    assert count_logged("audit.publication.contradicted") == 1
    with db.use_role("auditor"):
        row = Delivery.objects.get(place=WITNESS)
        assert (row.state, row.contradiction) == ("waiting", kind)
        assert _tree_verified(now).state == PromiseState.BROKEN
    named(f"{WITNESS}: {sentence}")
    errors = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_verify", stderr=errors)
    assert errors.getvalue().startswith(f"TAMPERED: {WITNESS}: {sentence}")
    output = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_places", stdout=output)
    assert f"TAMPERED {WITNESS} has none yet" in output.getvalue()
    deliver(now + timedelta(hours=1))
    assert count_logged("audit.publication.contradicted") == 1  # logged once while it lasts


def test_a_fork_is_not_reported_as_entries_taken_away(office, now, witness):
    forked(witness, now)
    with db.use_role("auditor"):
        [fault] = log_faults()
        assert "another history" in fault
        assert "taken away" not in fault + Delivery.objects.get(place=WITNESS).error


def test_it_stands_when_the_witness_is_taken_out_of_the_settings(office, now, witness, settings):
    forked(witness, now)
    settings.OFFICE_WITNESSES = ""
    named("there are two histories")
    output = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_places", stdout=output)
    assert f"TAMPERED {WITNESS}" in output.getvalue()


def test_it_ends_when_the_witness_takes_a_checkpoint_again(office, now, witness):
    """A restored witness, or one that answered wrongly: nothing else could clear it."""
    grow(now, 2)
    witness.faults = [(409, "text/x.tlog.size", b"9\n")]
    deliver(now)
    named("entries were taken away")
    deliver(now + timedelta(seconds=16))
    found = agrees()
    assert (found.cosignatures, found.unknown) == (1, 0)
    with db.use_role("auditor"):
        assert log_faults() == []


@pytest.mark.usefixtures("witness")
def test_the_staffs_first_page_says_it(office, now, witness, client, make_staff):
    from accounts.identity.roles import Role

    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True, fresh=True)
    assert "contradicts the log" not in client.get("/staff/").content.decode()
    forked(witness, now)
    page = client.get("/staff/").content.decode()
    assert f"{WITNESS} contradicts the log: it knows another history of the log." in page


@pytest.mark.tampering
def test_a_fork_beside_the_honest_cosignature_is_seen(office, now, witness, monkeypatch, folder):
    """The history is rewritten with the log's own key, down to the last tile; the cosignature remains."""
    grow(now, 3)
    deliver(now)
    assert agrees().cosignatures == 1
    note = checkpoints.signed(3, b"x" * 32).decode()
    past_the_triggers(
        monkeypatch,
        f"UPDATE audit_checkpoint SET root = repeat('x', 32)::bytea, note = $n${note}$n$",
    )
    (folder / "checkpoint").unlink()
    named("checkpoint 3: the cosignature by witness.example/w1 is not over it: there are two histories")


def test_a_cosignature_by_a_key_that_nobody_names_is_counted(office, now, witness, settings, capsys):
    grow(now, 3)
    deliver(now)
    settings.OFFICE_WITNESSES = ""
    call_command("audit_verify")
    assert (
        "0 cosignatures of witnesses agree; 1 by keys that OFFICE_WITNESSES does not name." in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("root", "size", "kind", "sentence"),
    [
        (b"r" * 32, 3, "forked", "with another root: there are two histories"),
        (b"r" * 32, 9, "taken_away", "the database does not hold it: entries were taken away"),
        (b"r" * 32, 2, "forked", "the entries give another root: there are two histories"),
    ],
)
def test_each_difference_to_what_was_published_has_its_own_sentence(office, now, folder, root, size, kind, sentence):
    grow(now, 3)
    (folder / "checkpoint").write_bytes(checkpoints.signed(size, root))
    with db.use_role("auditor"), pytest.raises(ContradictedError, match=sentence) as found:
        published.compare(published.read_published())
    assert found.value.kind == kind
    grow(now)
    with db.use_role("auditor"):
        assert Delivery.objects.get(place="folder", state="waiting").contradiction == kind
    assert count_logged("audit.publication.contradicted") == 1


def test_a_folder_set_back_alone_is_named_and_the_log_says_so_before_it_is_mended(office, now, folder):
    grow(now, 3)
    older = (folder / "checkpoint").read_bytes()
    grow(now, 2)
    (folder / "checkpoint").write_bytes(older)
    named("the folder: it holds the checkpoint of 3 entries, though one of 5 was put there: it was set back")
    with db.use_role("sequencer"):
        [error] = published.compare(published.read_published())
    assert "it was set back" in error
    grow(now)
    assert count_logged("audit.publication.rolled_back") == 1
    assert agrees().entries == 6
    [destination] = destinations.configured()
    assert checkpoints.opened(destination.latest()).size == 6


@pytest.mark.tampering
@pytest.mark.parametrize("size", [1, 2])
def test_an_older_checkpoint_that_is_deleted_is_named(office, now, monkeypatch, size):
    for _ in range(3):
        grow(now)
    past_the_triggers(monkeypatch, f"DELETE FROM audit_checkpoint WHERE size = {size}")
    named(f"checkpoint {size}: it was delivered to the folder, and the database does not hold it")


@pytest.mark.tampering
def test_a_checkpoint_that_no_destination_has_is_missed_by_the_hourly_count(office, now, monkeypatch):
    for _ in range(3):
        grow(now)
    with db.use_role("sequencer"):
        count_checkpoints(now)
    past_the_triggers(
        monkeypatch, "DELETE FROM audit_checkpoint WHERE size = 2", "DELETE FROM audit_delivery WHERE size < 3"
    )
    named("the checkpoints: 3 were signed up to 3 entries, and 2 are left")
    grow(now)
    with db.use_role("sequencer"):
        count_checkpoints(now + timedelta(minutes=59))
        count_checkpoints(now + timedelta(hours=1))
    assert count_logged("audit.checkpoints.counted") == 2
    named("the checkpoints: 4 were signed up to 5 entries, and 3 are left")


def count(now):
    with db.use_role("sequencer"):
        count_checkpoints(now)


def forge_count(now, **payload):
    with db.use_role("worker"), db.atomic():
        append(CHECKPOINTS_COUNTED, actor=machine("thief"), subject=None, now=now, payload=payload)


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("ahead", "forged"),
    [
        (timedelta(days=3650), {"checkpoints": 0, "size": 1}),
        (timedelta(0), {"checkpoints": 0, "size": 2**52}),
        (timedelta(0), {"checkpoints": 0, "size": 3}),
    ],
)
def test_a_forged_count_neither_ends_counting_nor_takes_an_earlier_one_back(office, now, monkeypatch, ahead, forged):
    for _ in range(3):
        grow(now)
    count(now)
    forge_count(now + ahead, **forged)
    grow(now)
    count(now + timedelta(hours=1))
    assert count_logged("audit.checkpoints.counted") == 3
    agrees()
    past_the_triggers(
        monkeypatch, "DELETE FROM audit_checkpoint WHERE size = 2", "DELETE FROM audit_delivery WHERE size < 3"
    )
    named("the checkpoints: ")


@pytest.mark.tampering
@pytest.mark.parametrize("table", ["audit_cosignature", "audit_time_stamp"])
def test_a_checkpoint_that_somebody_vouched_for_is_missed(office, now, witness, monkeypatch, table):
    grow(now)
    deliver(now)
    grow(now)
    past_the_triggers(
        monkeypatch,
        "INSERT INTO audit_time_stamp (size, stamped_at, response) VALUES (1, now(), 'x')"
        if table == "audit_time_stamp"
        else "SELECT 1",
        "DELETE FROM audit_checkpoint WHERE size = 1",
        "DELETE FROM audit_delivery WHERE size = 1",
    )
    named("checkpoint 1: .*, and the database does not hold it")


@pytest.mark.tampering
@pytest.mark.parametrize(
    "statement", ["DROP TABLE audit_entry_rest", "ALTER TABLE audit_entry DETACH PARTITION audit_entry_rest"]
)
def test_a_missing_default_partition_is_a_difference_and_is_put_back(office, now, statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
    sentence = "partition audit_entry_rest, the default one of audit_entry, is missing"
    with db.use_role("auditor"), db.connection().cursor() as cursor:
        assert sentence in db_guards.differences(cursor)
    named(f"the schema: {sentence}")
    call_command("audit_guards", restore=True)
    with db.use_role("auditor"), db.connection().cursor() as cursor:
        assert db_guards.differences(cursor) == []


@pytest.mark.tampering
@pytest.mark.parametrize("ahead", [1, 3])
def test_a_dropped_partition_of_a_month_to_come_is_named(office, now, ahead):
    grow(now)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT 'audit_entry_' || to_char(now() - interval '2 days' + %s * interval '1 month', 'YYYYMM')", [ahead]
        )
        [name] = cursor.fetchone()
        cursor.execute(f"DROP TABLE {name}")
    named(f"the partitions: {name} is missing")
    with db.use_role("sequencer"):
        ensure_partitions(timezone.now())
    agrees()


@pytest.mark.tampering
def test_after_downtime_months_that_nobody_made_are_not_missing(office, now):
    """The newest entry decides until when partitions must exist, not the clock."""
    with db.use_role("auditor"):
        assert missing_partitions() == []
    grow(now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET written_at = now() - interval '1 year'")
        cursor.execute("DROP TABLE " + f"audit_entry_{timezone.now() + timedelta(days=62):%Y%m}")
    with db.use_role("auditor"):
        assert f"audit_entry_{timezone.now() + timedelta(days=62):%Y%m}" not in missing_partitions()


def test_nothing_is_amiss_where_nothing_was_ever_published(office, now):
    with db.use_role("auditor"):
        assert published.compare(published.read_published()) == []
        assert not StoredCheckpoint.objects.exists()
        assert not Cosignature.objects.exists()
    assert not Path(destinations.configured()[0].path).exists()
    assert agrees().entries == 0
