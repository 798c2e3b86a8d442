"""Exports on the staff site: the estimate, progress, pause and resume, download, and a sentence for each state."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.identity.roles import Role
from audit.exports.change_state import change_export
from audit.exports.models import Export
from audit.exports.request_export import request_export
from audit.exports.states import ExportAct
from audit.log.actors import machine
from audit.log.models import Entry
from audit.search.filters import Filter
from audit.staff import export_presenters
from core import db
from tests.audit.exports.finished_export import COUNTED, log, work  # noqa: F401
from tests.signin import sign_in

LIST, NEW = "admin:audit_export_changelist", "admin:audit_export_new"


@pytest.fixture(autouse=True)
def _log(log):  # noqa: F811
    """Every test here has one."""


@pytest.fixture
def auditor(client, make_staff):
    return sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)


def at(export, part=""):
    return reverse(LIST) + f"{export.pk}/{part}"


def ask(wanted=None, **choices):
    with db.use_role("staff"):
        return request_export(wanted or Filter(), actor=machine("console"), now=timezone.now(), **choices)


def only():
    with db.use_role("auditor"):
        return Export.objects.get()


def test_an_empty_list_says_what_to_do(auditor):
    page = auditor.get(reverse(LIST)).content.decode()
    assert "No export yet" in page
    assert reverse(NEW) in page


def test_an_estimate_comes_before_the_start(auditor):
    posted = {"case": "RR-2026-000001", "event": COUNTED.name, "compress": "zstd", "disclose_staff": "on"}
    page = auditor.post(reverse(NEW), posted)
    assert page.status_code == 200
    assert (page.context["estimate"].entries, page.context["estimate"].exact) == (25, True)
    assert "What it would hold" in page.content.decode()
    with db.use_role("auditor"):
        assert not Export.objects.exists()
    fields = dict(page.context["hidden"])
    assert {name: fields[name] for name in posted} == posted
    started = auditor.post(reverse(NEW), {**fields, "start": "1"})
    export = only()
    assert started["Location"] == at(export)
    assert export.filter == {"case": "RR-2026-000001", "event": COUNTED.name}
    assert (export.compress, export.disclose_staff, export.disclose_subject_case) == ("zstd", True, False)
    assert export.asked_by.startswith("staff:")


def test_pressing_start_twice_starts_one(auditor):
    fields = dict(auditor.post(reverse(NEW), {"compress": "gzip"}).context["hidden"])
    first, second = (auditor.post(reverse(NEW), {**fields, "start": "1"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    only()


def test_no_matching_entry_is_reported_before_the_start(auditor):
    page = auditor.post(reverse(NEW), {"case": "RR-2026-999999", "compress": "gzip"})
    assert "No entry fits" in page.content.decode()


@pytest.mark.parametrize(
    ("posted", "field"),
    [
        ({"case": "x"}, "case"),
        ({"subject": "zz"}, "subject"),
        ({"actor": "root"}, "actor"),
        ({"event": "no.such"}, "event"),
        ({"after": "soon"}, "after"),
        ({"after": "2026-11-23T10:00:00", "before": "2026-11-23T09:00:00"}, "before"),
        ({"compress": "zip"}, "compress"),
        ({"disclose_subject_case": "on"}, "case"),
    ],
)
@pytest.mark.parametrize("start", [{}, {"start": "1"}])
def test_what_breaks_a_rule_is_named_and_starts_nothing(auditor, posted, field, start):
    page = auditor.post(reverse(NEW), {"compress": "gzip", **posted, **start})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    with db.use_role("auditor"):
        assert not Export.objects.exists()


def test_a_link_fills_the_form(auditor):
    page = auditor.get(reverse(NEW), {"case": "RR-2026-000001", "nonsense": "<b>"})
    assert 'value="RR-2026-000001"' in page.content.decode()
    assert "<b>" not in page.content.decode()


def test_its_page_moves_until_it_is_finished(auditor):
    export = ask()
    page = auditor.get(at(export)).content.decode()
    assert "Waiting for a worker" in page
    assert 'hx-trigger="every 2s"' in page
    work(export.pk)
    part = auditor.get(at(export, "progress/"), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part
    assert "<html" not in part
    export = only()
    for text in (
        export.archive_sha256,
        export.manifest_sha256,
        export.file_name,
        "verify.py --key",
        at(export, "archive/"),
    ):
        assert text in part


def test_the_polled_part_leads_who_signed_out_to_the_sign_in_page(auditor):
    export = ask()
    assert auditor.get(at(export, "progress/"))["Location"] == at(export)
    auditor.logout()
    polled = auditor.get(at(export, "progress/"), headers={"HX-Request": "true"})
    assert (polled["HX-Redirect"], polled.content) == (at(export), b"")


def test_it_pauses_resumes_and_is_cancelled_after_a_question(auditor):
    export = ask()
    for act, state in (("pause", "paused"), ("resume", "asked"), ("cancel", "cancelled")):
        assert auditor.get(at(export, f"{act}/")).status_code == 200
        assert auditor.post(at(export, f"{act}/"))["Location"] == at(export)
        assert only().state == state
    refused = auditor.post(at(export, "resume/"))
    assert refused.status_code == 409
    assert "cannot be done now" in refused.content.decode()
    with db.use_role("auditor"):
        assert Entry.objects.filter(event__in=["audit.export.paused", "audit.export.cancelled"]).count() == 2


def test_the_archive_is_downloaded_whole_and_in_parts(auditor):
    export = ask()
    assert auditor.get(at(export, "archive/")).status_code == 409
    work(export.pk)
    whole = auditor.get(at(export, "archive/"))
    data = b"".join(whole.streaming_content)
    assert whole["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
    part = auditor.get(at(export, "archive/"), headers={"Range": "bytes=100-199", "If-Range": whole["ETag"]})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, data[100:200])
    assert auditor.post(at(export, "archive/")).status_code == 405


def test_an_archive_that_has_had_its_time_is_410_in_words(auditor):
    export = ask()
    work(export.pk)
    with db.use_role("staff"):
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = auditor.get(at(export, "archive/"))
    assert page.status_code == 410
    assert "not any more" in page.content.decode()


def test_a_failed_one_says_why_and_may_go_on(auditor):
    export = ask()
    with db.use_role("staff"):
        Export.objects.update(state="failed", error="no_room", finished_at=timezone.now())
    page = auditor.get(at(export)).content.decode()
    assert "There is no room left" in page
    assert at(export, "resume/") in page
    assert at(export, "pause/") not in page


def test_the_list_pages_by_keyset(auditor, monkeypatch):
    monkeypatch.setattr(export_presenters, "PAGE_SIZE", 2)
    exports = [ask() for _ in range(3)]
    with db.use_role("staff"):
        change_export(exports[0], ExportAct.CANCEL, actor=machine("c"), now=timezone.now())
    first = auditor.get(reverse(LIST))
    assert [row["export"].pk for row in first.context["rows"]] == [exports[2].pk, exports[1].pk]
    second = auditor.get(reverse(LIST) + first.context["older_url"])
    assert [row["export"].get_state_display() for row in second.context["rows"]] == ["cancelled"]
    assert auditor.get(reverse(LIST), {"older": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.ADMINISTRATOR, Role.SUPPORT])
def test_other_roles_export_nothing(client, make_staff, role):
    export = ask()
    sign_in(client, make_staff("sam", role), mfa=True, fresh=True)
    for address in (reverse(LIST), reverse(NEW), at(export), at(export, "archive/"), at(export, "pause/")):
        assert client.get(address).status_code == 403


def test_a_new_one_and_a_download_ask_for_a_step_up(client, make_staff):
    export = ask()
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    for address in (reverse(NEW), at(export, "archive/")):
        assert "/settings/step-up/" in client.get(address)["Location"]


def test_a_download_in_ranges_is_one_download_and_is_resumed_after_its_step_up(auditor):
    export = ask()
    work(export.pk)
    for _ in range(3):
        part = auditor.get(at(export, "archive/"), headers={"Range": "bytes=0-99"})
        assert (part.status_code, len(b"".join(part.streaming_content))) == (206, 100)
    size = int(auditor.head(at(export, "archive/"))["Content-Length"])
    later = timezone.now() + timedelta(minutes=30)
    with time_machine.travel(later, tick=True):
        rest = auditor.get(at(export, "archive/"), headers={"Range": "bytes=100-"})
        assert (rest.status_code, len(b"".join(rest.streaming_content))) == (206, size - 100)
        assert auditor.get(at(export, "archive/"), headers={"Accept": "*/*"}).status_code == 403
        other = auditor.get(at(export, "archive/"), headers={"Range": "bytes=100-", "If-Range": '"other"'})
        assert (other.status_code, other["Content-Type"]) == (403, "application/problem+json")
    with db.use_role("auditor"):
        assert Export.objects.get(pk=export.pk).downloads == 1
        assert Entry.objects.filter(event="audit.export.downloaded").count() == 1


def test_the_logs_page_leads_to_an_export_of_what_it_shows(auditor):
    page = auditor.get(reverse("admin:audit_entry_changelist"), {"case": "RR-2026-000001", "kind": ""})
    assert page.context["export_url"] == reverse(NEW) + "?case=RR-2026-000001"
    assert page.context["export_url"] in page.content.decode()
    assert auditor.get(page.context["export_url"]).context["form"]["case"].value() == "RR-2026-000001"
    by_kind = auditor.get(reverse("admin:audit_entry_changelist"), {"kind": "machine"})
    assert by_kind.context["export_url"] == ""
