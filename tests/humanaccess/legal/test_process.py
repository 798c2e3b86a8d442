"""Each act of a legal process: what it does and logs, who may, in which state, and what it refuses."""

import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError

from accounts.identity.roles import Role
from cases.errors import CaseError, NotAllowedError, WrongStateError
from cases.services import take_case
from core import db
from humanaccess.errors import AccessClosedError
from humanaccess.legal import services
from humanaccess.legal.kind import LEGAL
from humanaccess.legal.models import LegalProcess, ProcessNote
from humanaccess.models import Grant
from humanaccess.services import approve_request
from tests.humanaccess.legal.conftest import PDF


def act(service, process, **facts):
    with db.use_role("staff"):
        return service(process.reference, **facts)


def entries(*names):
    from audit.log.models import Entry

    with db.use_role("auditor"):
        return [bytes(row.leaf).decode() for row in Entry.objects.filter(event__in=names).order_by("id")]


def test_a_receipt_is_a_case_held_by_its_counsel_with_the_document_encrypted(receive, counsel, user, events):
    process = receive()
    assert (process.reference[:3], process.state, process.assignee) == ("LP-", "received", counsel)
    assert process.document_sha256 == hashlib.sha256(PDF).hexdigest()
    assert events("humanaccess.process") == [
        ("humanaccess.process.received", "ok"),
        ("humanaccess.process.notified", "ok"),
    ]
    [leaf] = entries("humanaccess.process.received")
    assert process.document_sha256 in leaf
    assert "Musterstadt" not in leaf
    assert "345/26" not in leaf
    from django.core.files.storage import default_storage

    with default_storage.open(process.document) as stored:
        assert PDF not in stored.read()
    with db.use_role("staff"):
        assert services.download_document(LegalProcess.objects.get(), actor=counsel, now=process.filed_at) == PDF
    assert events("humanaccess.process")[-1] == ("humanaccess.process.downloaded", "ok")
    with db.use_role("staff"):
        assert {note.part for note in ProcessNote.every.all()} == {"authority", "number"}
        assert not ProcessNote.objects.exists()


def zip_bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"0" * 5_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\nrm -rf /\n",
        b"<!doctype html><html><body>order</body></html>",
        b"An order\n<ScRiPt>alert(1)</script>",
        b"<?xml version='1.0'?><svg/>",
        b"%PDF-1.7 and nothing more",
        b"MZ\x00\x01 a program",
        zip_bomb(),
        b"%PDF-1.7\n" + b"0" * 11_000_000 + b"%%EOF",
    ],
    ids=["empty", "shell", "html", "script", "svg", "cut", "program", "zip", "large"],
)
def test_what_is_no_document_is_refused_and_nothing_is_kept(receive, content):
    with pytest.raises(CaseError) as refused:
        receive(document=[content])
    assert refused.value.field == "document"
    assert refused.value.sentence
    with db.use_role("staff"):
        assert not LegalProcess.objects.exists()


@pytest.mark.parametrize(
    "content", [b"An order, in plain words.", b"\xff\xd8\xff\xe0 photo", b"\x89PNG\r\n\x1a\n image"]
)
def test_text_and_images_are_documents(receive, content):
    assert receive(document=[content]).document_bytes == len(content)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "Germany"}, "country"),
        ({"country": "de"}, "country"),
        ({"authority": "  "}, "authority"),
        ({"number": "9" * 201}, "number"),
        ({"received_on": "tomorrow"}, "received_on"),
        ({"due_on": "before"}, "due_on"),
        ({"due_on": "far"}, "due_on"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named(receive, now, changes, field):
    days = {"tomorrow": 1, "before": -9, "far": 999}
    changes = {
        name: now.date() + timedelta(days=days[value]) if value in days else value for name, value in changes.items()
    }
    with pytest.raises(CaseError) as refused:
        receive(**changes)
    assert refused.value.field == field


def test_only_counsel_files_one_and_never_about_themselves(receive, officer, user, counsel, make_user, make_staff):
    with pytest.raises(NotAllowedError):
        receive(actor=officer)
    with pytest.raises(NotAllowedError):
        receive(subject=counsel)
    twin = make_user("twin", email="lena+b@example.org")
    mate = make_staff("lina", Role.LEGAL_COUNSEL, email="lena@example.org".replace("lena", "lena+c"))
    with pytest.raises(NotAllowedError):
        receive(actor=mate, subject=twin)


def test_a_challenge_is_settled_before_a_scope_is_agreed(receive, agree, counsel, now, events):
    process = receive()
    act(services.challenge_process, process, actor=counsel, challenge="It names no data.", now=now)
    with pytest.raises(WrongStateError):
        agree(process)
    act(services.settle_challenge, process, actor=counsel, outcome="narrowed", now=now)
    with pytest.raises(WrongStateError):
        act(services.settle_challenge, process, actor=counsel, outcome="narrowed", now=now)
    assert agree(process).state == "scope_agreed"
    assert [name for name, _ok in events("humanaccess.process")][2:] == [
        "humanaccess.process.challenged",
        "humanaccess.process.settled",
        "humanaccess.process.scoped",
    ]
    assert not any("names no data" in leaf for leaf in entries("humanaccess.process.challenged"))


def test_what_is_handed_over_leaves_a_digest_and_no_copy(receive, agree, counsel, now):
    process = agree(receive())
    facts = {"actor": counsel, "production": "Ninety lines.", "recipient": "Officer Meyer", "handed_on": now.date()}
    with pytest.raises(CaseError):
        act(services.produce_data, process, **{**facts, "handed_on": now.date() + timedelta(days=1)}, now=now)
    produced = act(services.produce_data, process, **facts, file=b"a,b\n1,2\n", now=now)
    assert produced.production_sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    with pytest.raises(WrongStateError):
        act(services.produce_data, process, **facts, now=now)
    closed = act(services.close_process, process, actor=counsel, now=now)
    assert (closed.state, closed.closed_at) == ("closed", now)
    other = agree(receive())
    assert (
        act(services.produce_data, other, **facts, now=now).production_sha256
        == hashlib.sha256(b"Ninety lines.").hexdigest()
    )


def test_a_process_that_is_not_valid_is_rejected_and_stays_so(receive, agree, counsel, now):
    process = receive()
    act(services.reject_process, process, actor=counsel, rejection="No court of ours.", now=now)
    for again in (lambda: agree(process), lambda: act(services.close_process, process, actor=counsel, now=now)):
        with pytest.raises(WrongStateError):
            again()


def test_a_scope_names_categories_that_there_are_and_days_in_order(receive, agree, now):
    process = receive()
    for wrong in (
        {"categories": []},
        {"categories": ["nothing.such"]},
        {"period_until": now.date() - timedelta(days=99)},
    ):
        with pytest.raises(CaseError):
            agree(process, **wrong)
    assert agree(process).categories


def test_only_who_holds_a_process_acts_on_it(receive, agree, make_staff, officer, now):
    process, other = receive(), make_staff("cora", Role.LEGAL_COUNSEL)
    for somebody in (other, officer):
        with pytest.raises(NotAllowedError):
            agree(process, actor=somebody)
    with db.use_role("staff"):
        take_case(LEGAL, process.reference, actor=other, now=now)
    assert agree(process, actor=other).state == "scope_agreed"


def test_counsel_who_leaves_puts_their_processes_back(receive, counsel, make_staff, now):
    from accounts.identity.models import RoleAssignment
    from accounts.identity.services import end_role

    process, root = receive(), make_staff("root", Role.ADMINISTRATOR)
    with db.use_role("staff"):
        end_role(RoleAssignment.objects.get(user=counsel).pk, actor=root, now=now)
        assert LegalProcess.objects.get(pk=process.pk).assignee is None


def test_closing_ends_what_is_open_and_withdraws_what_waits(opened, request_for, counsel, now):
    process = opened.approval_request.process
    waiting = request_for(process)
    act(services.close_process, process, actor=counsel, now=now)
    with db.use_role("staff"):
        assert Grant.objects.get(pk=opened.pk).ended_reason == "event"
        waiting.refresh_from_db()
        assert waiting.state == "cancelled"


def test_raw_sql_of_staff_rewrites_nothing_that_was_received(receive, user):
    receive()
    for change in (
        "document_sha256 = ''", "document = ''", "subject = 'x'", "filed_by = 'x'", "reference = 'LP-1'",
    ):  # fmt: skip
        with db.use_role("staff"), pytest.raises(DatabaseError), db.atomic():
            db.connection().cursor().execute(f"UPDATE humanaccess_legalprocess SET {change}")
    with db.use_role("owner"), pytest.raises(DatabaseError, match="never rewritten"), db.atomic():
        db.connection().cursor().execute("UPDATE humanaccess_legalprocess SET subject = 'x'")
    with db.use_role("owner"), pytest.raises(DatabaseError, match="only ever added"), db.atomic():
        db.connection().cursor().execute("UPDATE humanaccess_processnote SET sealed = '\\x00'")
    with db.use_role("owner"), pytest.raises(DatabaseError, match="never deleted"), db.atomic():
        db.connection().cursor().execute("DELETE FROM humanaccess_legalprocess")


def test_what_waits_for_a_process_is_withdrawn_once_data_is_handed_over(
    receive, agree, request_for, approver_legal, counsel, now
):
    """A grant opens for an agreed scope alone: an approval would have failed with an error of the database."""
    process = agree(receive())
    request = request_for(process)
    facts = {"production": "Ninety lines.", "recipient": "Officer Meyer", "handed_on": now.date(), "now": now}
    act(services.produce_data, process, actor=counsel, **facts)
    with db.use_role("staff"):
        request.refresh_from_db()
    assert request.state == "cancelled"
    with db.use_role("staff"), pytest.raises(AccessClosedError):
        approve_request(request, actor=approver_legal, now=now)
