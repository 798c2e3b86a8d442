"""The journal's signed length lies in every destination: a journal cut off together with its database is noticed."""

import re
import tracemalloc
from hashlib import sha256
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.erasure.journal import check_journal, publish_erasures, published_erasures
from audit.erasure.journal_format import Erasure, compare_lengths, read_journal
from audit.errors import ContradictedError, ErasuresNotReplayedError, JournalBrokenError, JournalShortError
from audit.merkle.journal_length import JournalLength, RunningLength, open_length
from audit.merkle.signed_notes import NoteError, Signer
from audit.publishing import destinations, published
from audit.tasks import verify_daily
from audit.tree import checkpoints
from audit.verification.verify import verify
from core import db
from omegaoffice.settings import services
from tests.audit.erasure.restoring import check, dump, erase, put_into_journal, restore
from tests.audit.publishing.growing import deliver, grow, prepare
from tests.s3 import s3_server

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
FOREIGN = Signer("foreign.example/log", b"f" * 32)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    return prepare(settings, tmp_path, monkeypatch)


@pytest.fixture
def journal(folder):
    return folder / "erasures"


@pytest.fixture
def bucket(settings):
    """A bucket of somebody else's, which gets what the folder gets."""
    with s3_server("notes") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**options, "file_overwrite": True}}
        settings.STORAGES = {**settings.STORAGES, "checkpoints": backend}
        yield client


@pytest.fixture
def gone(make_user, now):
    """Return references of three people who were erased; the log is signed."""
    people = [make_user(name, is_active=False).reference for name in ("nura", "rana", "hala")]
    for reference in people:
        erase(reference, now)
    grow(now)
    return people


def audit_verify():
    """Run the command; return its exit code and what it wrote to the error stream."""
    errors = StringIO()
    try:
        call_command("audit_verify", stdout=StringIO(), stderr=errors)
    except SystemExit as ended:
        return ended.code, errors.getvalue()
    return 0, errors.getvalue()


def lines_of(journal):
    return journal.read_text().splitlines(keepends=True)


def opened(note):
    return open_length(note, checkpoints.signer().name, checkpoints.verifiers())


def test_every_destination_gets_the_signed_length(office, now, settings, folder, bucket, gone):
    settings.AUDIT_CHECKPOINT_MAIL = "notary@example.org"
    grow(now)
    assert deliver(now) == 2
    note = (folder / "erasures-length").read_bytes()
    running = RunningLength(settings.OFFICE_LOG_ORIGIN)
    assert opened(note) == [running.add(reference) for reference in gone][-1]
    assert bucket.get_object(Bucket="notes", Key="erasures-length")["Body"].read() == note
    assert note.decode() in mail.outbox[0].body
    kept = [(each.name, published.read_length(each)) for each in destinations.configured()]
    assert kept == [("folder", opened(note)), ("bucket", opened(note)), ("mail", None)]
    check()
    assert audit_verify() == (0, "")


def test_a_longer_length_is_never_replaced(office, now, gone):
    folder = destinations.folder()
    longest = folder.latest_length()
    for shorter in (1, 3):
        folder.put_length(JournalLength(checkpoints.signer().name, shorter, "0" * 64).sign(checkpoints.signer()))
        assert folder.latest_length() == longest


def test_a_journal_as_old_as_its_databases_is_noticed_by_the_bucket(make_user, now, tmp_path, clone, bucket, folder):
    """Databases and folder as they were yesterday agree with each other: only the bucket knows the longer length."""
    first, second = (make_user(name, is_active=False).reference for name in ("nura", "rana"))
    erase(first, now)
    grow(now)
    backup = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    dump(clone, tmp_path)
    erase(second, now)
    grow(now)
    deliver(now)
    whole = (folder / "erasures").read_bytes()
    restore(clone, tmp_path)
    for path in list(folder.iterdir()):
        path.write_bytes(backup[path]) if path in backup else path.unlink()
    with pytest.raises(
        ErasuresNotReplayedError, match="lacks 1 lines that were published to the bucket: put its newest"
    ):
        check()
    with pytest.raises(CommandError, match="lacks 1 lines that were published to the bucket") as refused:
        call_command("replay_erasures")
    assert refused.value.returncode == 1
    with (
        db.use_role("auditor"),
        pytest.raises(JournalShortError, match="lacks 1 lines that were published to the bucket"),
    ):
        check_journal()
    (folder / "erasures").write_bytes(whole)
    call_command("replay_erasures")
    check()
    assert [each.reference for each in published_erasures()] == [first, second]


def test_an_old_journal_under_a_newer_database_is_named_everywhere(office, now, client, gone, journal):
    journal.write_text("".join(lines_of(journal)[:1]))
    with pytest.raises(ErasuresNotReplayedError, match="lacks 2 lines that the log counted"):
        check()
    code, errors = audit_verify()
    assert (code, errors.strip()) == (1, "TAMPERED: The journal of erasures: it lacks 2 lines that the log counted")
    answer = client.get(reverse("readyz"))
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["degraded"] == "The journal of erasures is shorter than it was."
    with db.use_role("worker"):
        assert publish_erasures(now=now) == 2
    assert audit_verify() == (0, "")
    assert client.get(reverse("readyz")).json()["status"] == "ok"


def test_a_journal_that_is_gone_or_unreadable_degrades_readyz(office, client, gone, journal):
    whole = journal.read_text()
    journal.unlink()
    assert client.get(reverse("readyz")).json()["degraded"] == "The journal of erasures is shorter than it was."
    journal.mkdir()
    assert client.get(reverse("readyz")).json()["degraded"] == "The journal of erasures cannot be checked."
    journal.rmdir()
    journal.write_text(whole[:-20])  # a torn last line does not count
    assert client.get(reverse("readyz")).json()["degraded"] == "The journal of erasures is shorter than it was."


def test_what_cannot_be_read_is_not_taken_for_whole(office, now, settings, gone, journal, caplog):
    options = services.s3_options("s3://key:secret@127.0.0.1:9/notes?tls=0")
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "checkpoints": backend}
    check()  # a bucket that is away does not keep the office closed
    code, errors = audit_verify()
    assert code == 2
    assert "Cannot check that nothing was taken off the end: The bucket cannot be read" in errors
    del settings.STORAGES["checkpoints"]
    journal.unlink()
    journal.mkdir()
    code, errors = audit_verify()
    assert code == 2
    assert "The journal of erasures cannot be read: IsADirectoryError." in errors


def test_a_bucket_that_never_answers_holds_a_start_up_for_seconds(monkeypatch):
    monkeypatch.setattr(services, "AUDIT_CHECKPOINT_BUCKET", "s3://key:secret@127.0.0.1:9/notes?tls=0")
    storage = storages.create_storage(services.storages()["checkpoints"])
    found = storage.connection.meta.client.meta.config
    assert (found.connect_timeout, found.read_timeout, found.signature_version) == (5, 10, "s3v4")
    assert found.retries["total_max_attempts"] == 2


def test_an_auditor_with_no_copy_of_the_journal_or_an_older_one_is_told_so(office, gone, journal, settings):
    settings.OFFICE_LOG_VERIFIERS = [checkpoints.signer().verifier.encode()]
    settings.OFFICE_LOG_KEY = ""
    assert audit_verify() == (0, "")
    journal.write_text("".join(lines_of(journal)[:1]))
    code, errors = audit_verify()
    assert code == 2
    assert "it lacks 2 lines that the log counted; an older copy, or it was cut off." in errors
    journal.unlink()
    code, errors = audit_verify()
    assert code == 2
    assert "The journal of erasures is not here, and once had 3 lines." in errors


def test_lines_that_were_swapped_are_named(office, gone, journal):
    first, second, third = lines_of(journal)
    journal.write_text(second + first + third)
    with pytest.raises(JournalBrokenError, match="Line 1 of the journal of erasures: it has the number 2"):
        check()
    assert "TAMPERED: Line 1 of the journal of erasures" in audit_verify()[1]


def test_a_torn_last_line_is_written_again(office, now, gone, journal):
    whole = journal.read_text()
    journal.write_text(whole[:-30])
    with pytest.raises(ErasuresNotReplayedError, match="lacks 1 lines"):
        check()
    with db.use_role("worker"):
        assert publish_erasures(now=now) == 1
    assert journal.read_text() == whole


def test_a_line_signed_by_somebody_else_is_named(office, gone, journal, settings):
    first, _second, third = lines_of(journal)
    foreign = Erasure(2, "a" * 32, "2026-11-23T09:30:00Z", str(UUID(int=0)))
    journal.write_text(first + foreign.sign(FOREIGN, settings.OFFICE_LOG_ORIGIN) + "\n" + third)
    with pytest.raises(JournalBrokenError, match="Line 2 of the journal of erasures: no known key signed"):
        check()
    assert audit_verify()[0] == 1


def test_other_people_under_the_logs_own_signature_are_named(office, gone, journal, settings):
    journal.write_text("")
    for number in (7, 8, 9):
        put_into_journal(journal, f"{number:032x}", settings)
    with pytest.raises(JournalBrokenError, match="first 3 lines do not name those that were published to the folder"):
        check()


def test_a_signature_that_the_signed_length_stands_for_is_checked_by_the_verification(office, gone, journal):
    first, *others = lines_of(journal)
    number, reference, time, entry, _signature = first.split()
    journal.write_text(f"{number} {reference} {time} {entry} {'A' * 92}\n" + "".join(others))
    check()
    assert "TAMPERED: Line 1 of the journal of erasures" in audit_verify()[1]


def test_a_length_that_none_of_our_keys_signed_is_named(office, now, folder, gone, caplog):
    (folder / "erasures-length").write_bytes(JournalLength("foreign.example/log", 9, "0" * 64).sign(FOREIGN))
    with pytest.raises(ContradictedError, match="in the folder: no known key signed"):
        check()
    assert audit_verify()[0] == 1
    grow(now)  # no checkpoint waits for it
    with db.use_role("worker"):
        publish_erasures(now=now)


def test_the_daily_verification_records_a_short_journal(office, gone, journal):
    journal.write_text("")
    verify_daily()
    with db.use_role("auditor"), pytest.raises(JournalShortError):
        verify()
    with db.use_role("auditor"):
        leaf = db.select_value("SELECT leaf FROM audit_entry WHERE event = 'audit.log.differed'")
    assert b"it lacks 3 lines that the log counted" in bytes(leaf)


def test_the_length_is_what_the_documentation_computes(office, gone, journal):
    """`head -n N erasures | cut -d' ' -f2 | sha256sum`."""
    references = "".join(line.split(" ")[1] + "\n" for line in lines_of(journal))
    assert opened(destinations.folder().latest_length()).digest == sha256(references.encode()).hexdigest()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("@v1", "@v2"),
        ("\n3\n", "\n03\n"),
        ("\n3\n", "\n-3\n"),
        ("\n3\n", "\n4\n"),
        ("\n3\n", "\n3\n\n"),
        ("log", "lag"),
    ],
)
def test_a_changed_length_is_refused(was, becomes):
    signer = Signer("office.example/log", b"1" * 32)
    note = JournalLength(signer.name, 3, "a" * 64).sign(signer).decode()
    with pytest.raises(NoteError):
        open_length(note.replace(was, becomes, 1).encode(), signer.name, [signer.verifier])


def test_a_checkpoint_is_no_length_and_a_length_no_checkpoint(office, now, gone, folder):
    with pytest.raises(NoteError):
        opened((folder / "checkpoint").read_bytes())
    with pytest.raises(NoteError):
        checkpoints.opened((folder / "erasures-length").read_bytes())


def written(count, signer=None):
    """Return a journal of so many lines, signed only where a signer is given."""
    lines = []
    for number in range(1, count + 1):
        each = Erasure(number, f"{number:032x}", "2026-11-23T09:30:00Z", str(UUID(int=number)))
        unsigned = f"{each.number} {each.reference} {each.time} {each.entry} {'A' * 92}"
        lines.append(each.sign(signer, signer.name) if signer else unsigned)
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize(("count", "is_signed"), [(100_000, False), (3_000, True)])
def test_a_long_journal_is_read_in_constant_memory(count, is_signed):
    signer = Signer("office.example/log", b"1" * 32)
    file = BytesIO(written(count, signer if is_signed else None))
    vouched, known = (0 if is_signed else count), [(JournalLength(signer.name, count), "the log counted")]
    tracemalloc.start()
    try:
        read = compare_lengths(read_journal(file, signer.name, [signer.verifier], vouched=vouched), known)
        assert sum(1 for _erasure in read) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_a_line_without_end_does_not_fill_the_memory():
    signer = Signer("office.example/log", b"1" * 32)
    with pytest.raises(JournalBrokenError, match=re.escape("Line 1 of the journal of erasures: it is not a line")):
        list(read_journal(BytesIO(b"1" * 10_000), signer.name, [signer.verifier]))
