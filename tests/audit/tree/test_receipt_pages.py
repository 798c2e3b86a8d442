"""Receipts on the pages: entries about a user, and the log as auditors read it."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.identity.roles import Role
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.tlog_proofs import Receipt
from audit.sequencer.sequence import sequence
from audit.tree import checkpoints
from core import db
from rights.services import receive_request
from rights.states import Kind
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted", {})


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


def write(subject, now):
    with db.use_role("worker"), db.atomic():
        return append(COUNTED, actor=machine("t"), subject=subject, now=now)


def sign(now):
    with db.use_role("sequencer"):
        sequence(now)


def proved(response, entry):
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="{entry}.tlog-proof"'
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    receipt = Receipt.parse(response.content)
    receipt.check(checkpoints.signer().name, checkpoints.verifiers())
    assert f'"id":"{entry}"' in receipt.leaf.decode()
    return True


def test_an_entry_about_the_user_has_a_receipt(client, user, now):
    entry = write(user.reference, now)
    sign(now)
    assert proved(sign_in(client, user).get(reverse("identity:receipt", args=[entry])), entry)


def test_an_entry_about_somebody_else_or_nobody_is_not_there(client, user, make_user, now):
    others = [write(make_user("omar").reference, now), write(None, now), uuid.uuid4()]
    sign(now)
    sign_in(client, user)
    assert [client.get(reverse("identity:receipt", args=[entry])).status_code for entry in others] == [404] * 3


def test_an_entry_that_no_signed_tree_covers_yet_says_when(client, user, now):
    entry = write(user.reference, now)
    answer = sign_in(client, user).get(reverse("identity:receipt", args=[entry]))
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert "In a few seconds" in answer.content.decode()


def test_each_entry_of_a_requests_timeline_offers_its_receipt(client, user, now):
    with db.row_security_for(user.reference):
        request = receive_request(user, kind=Kind.ACCESS, identified=True, now=timezone.now())
    sign(now)
    page = sign_in(client, user, fresh=True).get(reverse("rights:request", args=[request.reference])).content.decode()
    links = re.findall(r'href="(/settings/receipts/([^/]+)/)"', page)
    assert links
    assert all(proved(client.get(address), entry) for address, entry in links)


def test_the_auditor_has_the_receipt_of_any_entry(client, make_staff, user, now):
    entry = write(user.reference, now)
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    address = reverse("admin:audit_entry_receipt", args=[entry])
    waiting = client.get(address, follow=True)
    assert waiting.redirect_chain[-1][0] == reverse("admin:audit_entry_detail", args=[entry])
    assert "in a few seconds" in waiting.content.decode()
    sign(now)
    assert proved(client.get(address), entry)
    assert client.get(reverse("admin:audit_entry_receipt", args=[uuid.uuid4()])).status_code == 404
    assert address in client.get(reverse("admin:audit_entry_detail", args=[entry])).content.decode()


def test_other_staff_have_no_receipts_of_the_log(client, make_staff, user, now):
    entry = write(user.reference, now)
    sign(now)
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    assert client.get(reverse("admin:audit_entry_receipt", args=[entry])).status_code == 403
