"""Scheduled exports: asked for once when due, stored whole, asked for again when they came to nothing."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.urls import reverse

from accounts.identity.roles import Role
from audit.errors import ScheduleError
from audit.exports.change_state import change_export
from audit.exports.models import Export, ExportSchedule
from audit.exports.run_schedules import deliver_scheduled, request_scheduled
from audit.exports.schedules import boundary, due_after, end_schedule, make_schedule
from audit.exports.states import ExportAct
from audit.log.actors import machine
from audit.log.models import Entry
from audit.search.filters import Filter
from core import db
from tests.audit.exports.finished_export import log, work  # noqa: F401
from tests.s3 import s3_server
from tests.signin import sign_in

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
NOON = MONDAY + timedelta(hours=12)
#: when the export of that Monday is due
DUE = MONDAY + timedelta(days=1, hours=1)
LIST, NEW = "admin:audit_exportschedule_changelist", "admin:audit_exportschedule_new"


@pytest.fixture
def folder(log, settings, tmp_path):  # noqa: F811
    """Where the storage of scheduled exports is."""
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "out")}}
    settings.STORAGES = {**settings.STORAGES, "exports": folder}
    return tmp_path / "out"


def make(name="daily", wanted=None, every="day", folder="siem/daily", now=NOON, **how):
    with db.use_role("staff"):
        return make_schedule(name, wanted or Filter(), every=every, place=folder, actor=machine("c"), now=now, **how)


def tick(now):
    """Do what the scheduler's bell does."""
    with db.use_role("worker"):
        return request_scheduled(now=now), deliver_scheduled(now=now)


def only(model=ExportSchedule):
    with db.use_role("auditor"):
        return model.objects.get()


@pytest.mark.parametrize(
    ("every", "at", "found"),
    [
        ("day", "2026-11-23T00:00:00+00:00", "2026-11-23"),
        ("day", "2026-11-23T23:59:59+00:00", "2026-11-23"),
        ("week", "2026-11-22T23:59:59+00:00", "2026-11-16"),
        ("week", "2026-11-23T00:00:00+00:00", "2026-11-23"),
        ("month", "2026-12-31T23:00:00+00:00", "2026-12-01"),
    ],
)
def test_periods_end_at_midnights_mondays_and_firsts_of_utc(every, at, found):
    assert boundary(every, datetime.fromisoformat(at)).isoformat() == f"{found}T00:00:00+00:00"


def test_a_month_is_as_long_as_its_name_says():
    february = datetime(2028, 2, 1, tzinfo=UTC)
    assert due_after("month", february) == datetime(2028, 3, 1, 1, tzinfo=UTC)


def test_one_is_asked_for_when_due_and_stored_with_its_digest(folder):
    make(wanted=Filter(case="RR-2026-000001"), compress="zstd")
    assert tick(DUE - timedelta(seconds=1)) == (0, 0)
    assert tick(DUE) == (1, 0)
    assert tick(DUE) == (0, 0)
    export = only(Export)
    assert export.asked_by == "machine:scheduler"
    assert export.filter == {
        "after": "2026-11-23T00:00:00.000000Z",
        "before": "2026-11-24T00:00:00.000000Z",
        "case": "RR-2026-000001",
    }
    assert not export.disclose_staff
    work_late(export.pk)
    assert tick(DUE + timedelta(minutes=1)) == (0, 1)
    schedule, export = only(), only(Export)
    assert schedule.covered_until == MONDAY + timedelta(days=1)
    assert schedule.next_at == DUE + timedelta(days=1)
    assert schedule.delivered == f"siem/daily/{export.file_name}"
    stored = folder / schedule.delivered
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == export.archive_sha256
    assert Path(f"{stored}.sha256").read_text() == f"{export.archive_sha256}  {export.file_name}\n"
    assert tick(DUE + timedelta(minutes=2)) == (0, 0)
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="audit.export.delivered").count() == 1


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_bucket_takes_the_archive_and_its_digest(log, settings):  # noqa: F811
    with s3_server("siem") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "exports": backend}
        make()
        tick(DUE)
        work_late(only(Export).pk)
        assert tick(DUE + timedelta(minutes=1)) == (0, 1)
        name = only().delivered
        archive = client.get_object(Bucket="siem", Key=name)["Body"].read()
        digest = client.get_object(Bucket="siem", Key=f"{name}.sha256")["Body"].read().decode()
    assert hashlib.sha256(archive).hexdigest() == only(Export).archive_sha256 == digest.split()[0]


def work_late(export_id):
    """Make the export, and have it expire after the dates of the test."""
    work(export_id)
    with db.use_role("worker"):
        Export.objects.update(expires_at=DUE + timedelta(days=300))


def test_days_that_were_missed_come_in_one(folder):
    make()
    assert tick(DUE + timedelta(days=3)) == (1, 0)
    assert only(Export).filter["before"] == "2026-11-27T00:00:00.000000Z"


def test_two_schedulers_have_one_effect(folder):
    schedule = make()
    other = connections["worker"].copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM audit_export_schedule WHERE id = %s FOR UPDATE", [schedule.pk])
        assert tick(DUE) == (0, 0)
        cursor.execute("ROLLBACK")
    assert tick(DUE) == (1, 0)
    work_late(only(Export).pk)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"audit schedule {schedule.pk}"])
        assert tick(DUE) == (0, 0)
    other.close()
    assert tick(DUE) == (0, 1)


def test_what_came_to_nothing_is_asked_for_again_with_what_came_since(folder):
    make()
    tick(DUE)
    with db.use_role("staff"):
        change_export(only(Export), ExportAct.CANCEL, actor=machine("c"), now=DUE)
    assert tick(DUE + timedelta(minutes=5)) == (0, 0)
    assert tick(DUE + timedelta(days=1)) == (1, 0)
    with db.use_role("auditor"):
        again = Export.objects.order_by("-asked_at")[0]
    assert again.filter == {"after": "2026-11-23T00:00:00.000000Z", "before": "2026-11-25T00:00:00.000000Z"}


def test_one_that_is_still_being_made_is_waited_for(folder):
    make()
    assert tick(DUE) == (1, 0)
    assert tick(DUE + timedelta(days=5)) == (0, 0)


def test_a_storage_that_refuses_is_tried_again_and_half_a_file_is_written_over(folder):
    make()
    tick(DUE)
    work_late(only(Export).pk)
    folder.parent.joinpath("out").write_text("a file where the folder should be")
    assert tick(DUE) == (0, 0)
    assert only().fault == "NotADirectoryError" or only().fault == "FileExistsError"
    folder.unlink()
    stored = folder / "siem" / "daily" / only(Export).file_name
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"half")
    assert tick(DUE + timedelta(minutes=5)) == (0, 0), "not at once"
    assert tick(DUE + timedelta(hours=1)) == (0, 1)
    assert only().fault == ""
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == only(Export).archive_sha256


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"name": ""}, "name"),
        ({"every": "hour"}, "every"),
        ({"folder": "../up"}, "place"),
        ({"folder": "/etc"}, "place"),
        ({"folder": "a//b"}, "place"),
        ({"folder": ""}, "place"),
        ({"compress": "zip"}, "compress"),
        ({"wanted": Filter(after=NOON)}, "after"),
    ],
)
def test_one_that_breaks_a_rule_is_refused_by_field(folder, how, field):
    with pytest.raises(ScheduleError) as refused:
        make(**how)
    assert refused.value.field == field


def test_an_ended_one_asks_for_nothing_more(folder):
    schedule = make()
    with db.use_role("staff"):
        end_schedule(schedule.pk, actor=machine("c"), now=NOON)
        with pytest.raises(ScheduleError):
            end_schedule(schedule.pk, actor=machine("c"), now=NOON)
    assert tick(DUE) == (0, 0)
    make()


def test_the_auditor_makes_one_sees_its_result_and_ends_it(folder, client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)
    assert "Nothing is scheduled" in client.get(reverse(LIST)).content.decode()
    posted = {"name": "daily", "every": "day", "place": "siem", "compress": "gzip", "outcome": "refused"}
    assert client.post(reverse(NEW), posted)["Location"] == reverse(LIST)
    assert client.post(reverse(NEW), posted).status_code == 422
    schedule = only()
    assert schedule.filter == {"outcome": "refused"}
    assert [row["result"] for row in client.get(reverse(LIST)).context["rows"]] == ["none yet"]
    assert tick(schedule.next_at) == (1, 0)
    assert [row["result"] for row in client.get(reverse(LIST)).context["rows"]] == ["waiting"]
    work_late(only(Export).pk)
    assert tick(schedule.next_at) == (0, 1)
    assert [row["result"] for row in client.get(reverse(LIST)).context["rows"]] == ["stored"]
    end = reverse("admin:audit_exportschedule_end", args=[schedule.pk])
    assert client.get(end).status_code == 200
    assert client.post(end)["Location"] == reverse(LIST)
    assert client.post(end).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"every": "hour"}, "every"),
        ({"place": "../up"}, "place"),
        ({"case": "x"}, "case"),
        ({"subject": "zz"}, "subject"),
        ({"actor": "root"}, "actor"),
        ({"event": "no.such"}, "event"),
        ({"outcome": "?"}, "outcome"),
    ],
)
def test_a_form_that_breaks_a_rule_says_which(folder, client, make_staff, wrong, field):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)
    posted = {"name": "daily", "every": "day", "place": "siem", "compress": "gzip", **wrong}
    page = client.post(reverse(NEW), posted)
    assert page.status_code == 422
    assert field in page.context["form"].errors
