"""The auditor's work in a browser: estimate, start, watch, fetch an export of the log, and check it elsewhere."""

import subprocess
import sys
import tarfile

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from audit.exports import plan
from audit.exports.models import Export
from audit.exports.run import run_export
from audit.tree import checkpoints
from core import db
from tests.audit.exports.finished_export import log  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("log")
def test_an_export_from_the_estimate_to_the_verdict(
    enter, make_staff, live_server, watched, check_page, keep_screen, tmp_path, monkeypatch
):
    monkeypatch.setattr(plan, "SEGMENT", 20)
    enter(make_staff("ari", Role.AUDITOR), mfa=True)
    watched.goto(f"{live_server.url}/staff/audit/export/")
    check_page("exports, none yet")
    watched.get_by_role("link", name="New export").click()
    check_page("a new export")
    watched.get_by_label("Event", exact=False).first.select_option("audit.test.counted")
    watched.get_by_role("button", name="Estimate").click()
    watched.get_by_role("heading", name="What it would hold").wait_for()
    check_page("estimate")
    keep_screen("staff-export-estimate", variants=False)
    watched.get_by_role("button", name="Start the export").click()
    watched.wait_for_selector("#progress progress")
    check_page("export, waiting")

    with db.use_role("auditor"):
        export = Export.objects.get()

    def seen(row):
        # Nobody touches the page: the polling shows each segment as it is written.
        if row.done == 40:  # of 50
            watched.wait_for_selector('#progress progress[value="40"]', timeout=15_000)
            check_page("export, running")
            keep_screen("staff-export-running")

    watched.get_by_role("link", name="Pause", exact=True).click()
    check_page("a question before")
    watched.get_by_role("button", name="Pause the export").click()
    watched.get_by_role("link", name="Resume", exact=True).click()
    watched.get_by_role("button", name="Resume the export").click()
    watched.wait_for_selector("#progress progress")
    with db.use_role("worker"):
        assert run_export(export.pk, clock=timezone.now, report=seen)
    with watched.expect_download() as download:
        watched.get_by_role("link", name="Download", exact=True).click(timeout=15_000)
    check_page("export, finished")
    keep_screen("staff-export")
    archive = tmp_path / download.value.suggested_filename
    download.value.save_as(archive)

    with tarfile.open(archive) as bundle:
        bundle.extractall(tmp_path, filter="data")
    command = [sys.executable, str(tmp_path / f"audit-{export.pk}" / "verify.py")]
    command += [part for key in checkpoints.verifiers() for part in ("--key", key.encode())]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    watched.goto(f"{live_server.url}/staff/audit/export/")
    check_page("exports")
    keep_screen("staff-exports")


def test_a_reader_token_is_shown_once(enter, make_staff, live_server, watched, check_page, keep_screen):
    enter(make_staff("ari", Role.AUDITOR), mfa=True)
    watched.goto(f"{live_server.url}/staff/audit/readertoken/")
    check_page("no tokens")
    watched.get_by_role("link", name="New token").click()
    check_page("a new token")
    keep_screen("staff-token-new", variants=False)
    watched.get_by_label("Name").fill("siem-production")
    watched.get_by_role("button", name="Make the token").click()
    watched.wait_for_selector("#token")
    text = watched.locator("#token").inner_text()
    check_page("the token")
    keep_screen("staff-token-made", variants=False)
    watched.get_by_role("link", name="Back to the tokens").click()
    watched.get_by_text("siem-production").wait_for()
    assert text not in watched.content()
    check_page("tokens")
    keep_screen("staff-tokens")


def test_an_export_is_scheduled(enter, make_staff, live_server, watched, check_page, keep_screen):
    enter(make_staff("ari", Role.AUDITOR), mfa=True)
    watched.goto(f"{live_server.url}/staff/audit/exportschedule/")
    check_page("nothing scheduled")
    watched.get_by_role("link", name="New scheduled export").click()
    check_page("a new schedule")
    watched.get_by_label("Name").fill("siem-nightly")
    watched.get_by_label("Folder").fill("siem/daily")
    watched.get_by_role("button", name="Schedule it").click()
    watched.get_by_text("siem-nightly").wait_for()
    check_page("scheduled exports")
    keep_screen("staff-export-schedules")
    watched.get_by_role("link", name="End", exact=True).click()
    watched.get_by_role("button", name="End it").click()
    watched.get_by_text("ended", exact=True).wait_for()
