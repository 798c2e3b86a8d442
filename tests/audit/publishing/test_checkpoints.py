"""Checkpoints outside the database: where they go, what happens when they do not arrive, and who refuses to go on."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command

from audit.checks import log_settings_are_sound
from audit.errors import TamperedError
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import PUBLICATION_MISSING
from audit.log.models import Entry
from audit.publishing import destinations, published
from audit.publishing.metrics import list_destinations
from audit.publishing.models import Delivery
from audit.tasks import sequence_pending
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from audit.verification.verify import verify
from core import db
from tests.audit.publishing.growing import COUNTED, deliver, grow, prepare
from tests.s3 import s3_server


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    return prepare(settings, tmp_path, monkeypatch)


def rows(destination):
    with db.use_role("auditor"):
        return list(
            Delivery.objects.filter(place=destination).order_by("size").values_list("size", "state", "attempts")
        )


def test_the_folder_holds_the_newest_and_the_first_of_each_hour(office, now, folder):
    for minutes in (0, 10, 40, 90):
        grow(now + timedelta(minutes=minutes))
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [
        "2026-11-23T09Z.note",
        "2026-11-23T10Z.note",
        "2026-11-23T11Z.note",
        "checkpoint",
    ]
    assert checkpoints.opened((folder / "checkpoint").read_bytes()).size == 4
    assert checkpoints.opened((folder / "2026-11-23T10Z.note").read_bytes()).size == 3
    assert [path for path in folder.iterdir() if path.suffix == ".draft"] == []


def test_an_older_note_never_takes_the_place_of_a_newer_one(office, now, folder):
    old, new = grow(now), grow(now)
    [destination] = destinations.configured()
    destination.put(old.size, old.note.encode(), now)
    assert checkpoints.opened(destination.latest()).size == new.size


def test_a_folder_that_cannot_be_written_is_tried_again_and_keeps_nothing_waiting(office, now, folder):
    folder.parent.joinpath("checkpoints").write_text("a file where the folder should be")
    assert grow(now).size == 1
    with db.use_role("auditor"):
        row = Delivery.objects.get()
    assert (row.state, row.attempts, row.size) == ("waiting", 1, 1)
    assert row.error == "The folder cannot be written: File exists."
    assert row.due_at == now + timedelta(seconds=15)
    folder.unlink()
    grow(now + timedelta(seconds=5))
    assert rows("folder") == [(2, "waiting", 1)]
    assert deliver(now + timedelta(seconds=16)) == 1
    assert rows("folder") == [(2, "delivered", 2)]
    assert checkpoints.opened((folder / "checkpoint").read_bytes()).size == 2


def test_a_letter_goes_out_once_an_hour_and_only_when_the_log_grew(office, now, settings):
    settings.AUDIT_CHECKPOINT_MAIL = "notary@example.org"
    for minutes in range(4):
        grow(now + timedelta(minutes=minutes))
        deliver(now + timedelta(minutes=minutes))
    assert [message.to for message in mail.outbox] == [["notary@example.org"]]
    assert mail.outbox[0].subject == "Checkpoint of omegaoffice.example/log: 1 entries"
    assert rows("mail") == [(1, "delivered", 1), (4, "waiting", 0)]
    deliver(now + timedelta(minutes=61))
    deliver(now + timedelta(hours=5))
    assert len(mail.outbox) == 2
    note = mail.outbox[1].body.partition("since.\n\n")[2]
    assert checkpoints.opened(note.encode()).size == 4


def test_a_mail_server_that_refuses_is_reported_without_the_address(office, now, settings, monkeypatch):
    from smtplib import SMTPRecipientsRefused

    settings.AUDIT_CHECKPOINT_MAIL = "notary@example.org"

    def refuse(self, **_options):
        raise SMTPRecipientsRefused({"notary@example.org": (550, b"no")})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    grow(now)
    deliver(now)
    with db.use_role("auditor"):
        assert Delivery.objects.get(place="mail").error == "The mail could not be sent: SMTPRecipientsRefused."


@pytest.fixture
def bucket(settings):
    """A bucket in a server of its own on loopback."""
    with s3_server("notes") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | {"file_overwrite": True}}
        settings.STORAGES = {**settings.STORAGES, "checkpoints": backend}
        yield client


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_bucket_gets_the_newest_each_minute_and_is_compared(office, now, bucket, folder):
    grow(now)
    assert deliver(now) == 1
    later = now + timedelta(seconds=30)
    grow(later)
    assert deliver(later) == 0
    assert deliver(now + timedelta(seconds=61)) == 1
    names = [item["Key"] for item in bucket.list_objects_v2(Bucket="notes")["Contents"]]
    assert names == ["2026-11-23T09Z.note", "checkpoint"]
    with db.use_role("auditor"):
        assert {found.destination: found.checkpoint.size for found in published.read_published()} == {
            "folder": 2,
            "bucket": 2,
        }
        assert verify().missing == []

    # Both destinations were emptied: verifying reports it, and it is logged before the checkpoint is put back.
    bucket.delete_object(Bucket="notes", Key="checkpoint")
    for path in folder.iterdir():
        path.unlink()
    with db.use_role("auditor"):
        assert verify().missing == [
            "The folder holds no checkpoint, though one of 2 entries was put there.",
            "The bucket holds no checkpoint, though one of 2 entries was put there.",
        ]
    grow(now + timedelta(minutes=5))
    deliver(now + timedelta(minutes=5))
    with db.use_role("auditor"):
        entries = Entry.objects.filter(event=PUBLICATION_MISSING.name).order_by("id")
        assert [b'"folder"' in bytes(entry.leaf) for entry in entries] == [True, False]

    # A bucket that is ahead of the database is not written to, and is a finding.
    bucket.put_object(Bucket="notes", Key="checkpoint", Body=checkpoints.signed(99, b"r" * 32))
    grow(now + timedelta(minutes=9))
    deliver(now + timedelta(minutes=9))
    with db.use_role("auditor"):
        assert "entries were taken away" in Delivery.objects.get(place="bucket", state="waiting").error
        with pytest.raises(TamperedError, match="checkpoint 99"):
            verify()


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_bucket_that_is_away_waits_longer_each_time(office, now, bucket):
    bucket.delete_bucket(Bucket="notes")
    grow(now)
    at = now
    for attempt, pause in enumerate((15, 30, 60), start=1):
        assert deliver(at) == 0
        with db.use_role("auditor"):
            row = Delivery.objects.get(place="bucket")
        assert (row.attempts, row.due_at) == (attempt, at + timedelta(seconds=pause))
        assert row.error == "The bucket cannot be written: NoSuchBucket."
        at = row.due_at
    bucket.create_bucket(Bucket="notes")
    assert deliver(at) == 1


def test_delivered_rows_go_after_a_day_but_for_the_newest(office, now):
    for hours in (0, 1, 30):
        grow(now + timedelta(hours=hours))
    assert [size for size, _, _ in rows("folder")] == [3]


@pytest.fixture
def ahead(office, now, folder):
    """What was published is ahead of the database."""
    grow(now, 5)
    [destination] = destinations.configured()
    destination.put(9, checkpoints.signed(9, b"r" * 32), now)


def test_the_worker_takes_nothing_while_the_database_is_behind(ahead, now, caplog):
    with db.use_role("worker"), db.atomic():
        append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": 0})
    sequence_pending()
    with db.use_role("auditor"):
        assert StoredCheckpoint.objects.count() == 1
    assert "sequencing_refused" in caplog.text
    with pytest.raises(SystemExit) as code:
        call_command("audit_sequence")
    assert code.value.code == 1


def test_up_starts_nothing_while_the_database_is_behind(ahead, monkeypatch):
    monkeypatch.setattr("omegaoffice.dev.management.commands.up.supervise", lambda *_a, **_k: pytest.fail("started"))
    with pytest.raises(CommandError, match="entries were taken away"):
        call_command("up", port=8000)


def test_audit_verify_ends_with_2_where_what_was_published_is_gone(office, now, folder, capsys):
    grow(now)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(SystemExit) as code:
        call_command("audit_verify")
    assert code.value.code == 2
    assert "though one of 1 entries was put there" in capsys.readouterr().err


def test_a_published_note_of_another_key_is_a_finding(office, now, folder):
    from audit.merkle.signed_notes import Signer

    grow(now)
    other = Signer("omegaoffice.example/log", bytes(32))
    text = Path(folder / "checkpoint").read_text().partition("\n\n")[0] + "\n"
    line = other.sign(text).encode()
    (folder / "checkpoint").write_text(f"{text}\n{line}\n")
    with db.use_role("auditor"), pytest.raises(TamperedError, match="no known key signed the note"):
        verify()


def test_a_destination_that_is_behind_is_counted_with_its_reason(office, now, settings, monkeypatch):
    settings.AUDIT_CHECKPOINT_MAIL = "notary@example.org"
    grow(now)
    deliver(now)

    def behind(minutes):
        with db.use_role("auditor"):
            return [each for each in list_destinations(now + timedelta(minutes=minutes)) if each.behind]

    assert behind(60) == []
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(OSError("gone")))
    grow(now + timedelta(minutes=1))
    deliver(now + timedelta(minutes=62))
    assert behind(65) == []
    [late] = behind(67)
    assert (late.name, late.delivered, late.waiting, late.seconds) == ("mail", 1, 2, 66 * 60)
    assert late.error == "The mail could not be sent: OSError."
    settings.AUDIT_CHECKPOINT_MAIL = ""
    assert behind(67) == []


def test_audit_places_shows_an_operator_what_went_where(office, now, settings, capsys, folder):
    call_command("audit_places")
    assert capsys.readouterr().out == "No checkpoint yet.\nfolder has none yet\n"
    settings.AUDIT_CHECKPOINT_MAIL = "notary@example.org"
    with time_machine.travel(now, tick=False):
        grow(now)
        call_command("audit_places")
    assert capsys.readouterr().out == (
        "The newest checkpoint is 0 seconds old.\nfolder has 1 entries\nmail has none yet; 1 wait since 0 seconds\n"
    )
    with time_machine.travel(now + timedelta(hours=2), tick=False), pytest.raises(SystemExit) as code:
        call_command("audit_places")
    assert code.value.code == 1
    assert "BEHIND mail has none yet; 1 wait since 7200 seconds\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OFFICE_LOG_KEY", "xyz"),
        ("OFFICE_LOG_NEXT_KEY", "11"),
        ("OFFICE_LOG_VERIFIERS", ["nonsense"]),
        ("OFFICE_WITNESSES", "one two"),
        ("OFFICE_WITNESSES", "one"),
    ],
)
def test_settings_that_cannot_be_read_are_reported_at_start(settings, name, value):
    setattr(settings, name, value)
    [error] = log_settings_are_sound()
    assert error.id == "audit.E001"
    assert error.msg.startswith(name)


def test_a_process_without_any_key_of_the_log_is_right(settings):
    settings.OFFICE_LOG_KEY = ""
    assert log_settings_are_sound() == []
