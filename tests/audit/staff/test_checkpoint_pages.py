"""Checkpoints on the staff site: the list, each as a file, growth between two of them."""

import html
import re
from base64 import b64decode, b64encode

import pytest
from django.urls import reverse

from accounts.identity.roles import Role
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.signed_notes import Signature
from audit.sequencer.sequence import sequence
from audit.staff import checkpoint_pages
from audit.tree import checkpoints
from audit.tree.models import Cosignature
from core import db
from tests.audit.merkle.consistency import check_consistency
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted", {})
LIST, GROWTH = reverse("admin:audit_checkpoints"), reverse("admin:audit_growth")
LINE = Signature("witness.example", b"seen", bytes(72)).encode()


@pytest.fixture
def sizes(office, now, settings, tmp_path, monkeypatch):
    """Five checkpoints; a witness saw the third."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    found = []
    for count in (3, 1, 5, 2, 4):
        with db.use_role("worker"), db.atomic():
            for _ in range(count):
                append(COUNTED, actor=machine("t"), subject=None, now=now)
        with db.use_role("sequencer"):
            found.append(sequence(now)[1].size)
    with db.use_role("sequencer"):
        key_id = b"seen".hex()
        Cosignature.objects.create(size=found[2], witness="witness.example", key_id=key_id, signed_at=now, line=LINE)
    return found


@pytest.fixture
def auditor(client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    return client


def test_the_list_shows_checkpoints_witnesses_and_links_to_each(auditor, sizes, monkeypatch):
    page = auditor.get(LIST).content.decode()
    assert [int(size) for size in re.findall(r'href="/staff/audit/entry/checkpoints/(\d+)/"', page)] == sizes[::-1]
    assert page.count("witness.example") == 1
    note = checkpoints.opened(auditor.get(f"{LIST}{sizes[0]}/").content)
    assert b64encode(note.root).decode() in html.unescape(page)
    monkeypatch.setattr(checkpoint_pages, "PAGE_SIZE", 2)
    seen, address = [], LIST
    while address:
        page = auditor.get(address)
        seen += [row["size"] for row in page.context["rows"]]
        address = LIST + page.context["older_url"] if page.context["older_url"] else ""
    assert seen == sizes[::-1]


def test_a_page_of_them_takes_two_queries_beside_those_of_the_session(auditor, sizes, django_assert_num_queries):
    auditor.get(LIST)
    with django_assert_num_queries(6 + 2, using="staff"):  # session, user, second factor, roles, menu, break-glass
        auditor.get(LIST)


def test_a_checkpoint_is_a_file_with_the_lines_of_witnesses(auditor, sizes):
    answer = auditor.get(reverse("admin:audit_checkpoint", args=[sizes[2]]))
    assert answer["Content-Disposition"] == f'attachment; filename="checkpoint-{sizes[2]}.note"'
    assert checkpoints.opened(answer.content).size == sizes[2]
    assert answer.content.decode().endswith(LINE + "\n")
    for size in (0, sizes[0] - 1, 2**70):
        assert auditor.get(f"{LIST}{size}/").status_code == 404


def test_growth_from_one_to_the_next_verifies(auditor, sizes):
    links = re.findall(rf'href="({GROWTH}[^"]+)"', auditor.get(LIST).content.decode())
    assert len(links) == 4
    for link in links:
        answer = auditor.get(link.replace("&amp;", "&"))
        request, _, note = answer.content.decode().partition("\n\n")
        old, *proof = request.split("\n")
        size = int(old.removeprefix("old "))
        before = checkpoints.opened(auditor.get(f"{LIST}{size}/").content)
        after = checkpoints.opened(note.encode())
        assert answer["Content-Disposition"] == f'attachment; filename="growth-{size}-{after.size}.txt"'
        check_consistency(size, after.size, before.root, after.root, [b64decode(line) for line in proof])


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("", "3", "old"),
        ("0", "3", "old"),
        ("x", "3", "old"),
        ("3", "2", "new"),
        ("1", "999", "new"),
        ("1", "9" * 30, "new"),
    ],
)
def test_a_proof_that_cannot_be_is_named_on_the_page(auditor, sizes, old, new, field):
    page = auditor.get(GROWTH, {"old": old, "new": new})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {field}
    assert auditor.get(LIST, {"older": "x"}).status_code == 404


def test_other_staff_see_none_of_it(client, make_staff, sizes):
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    for address in (LIST, GROWTH, reverse("admin:audit_checkpoint", args=[sizes[0]])):
        assert client.get(address).status_code == 403


def test_before_the_first_one_the_page_says_so(auditor, office):
    assert "Nothing is signed yet" in auditor.get(LIST).content.decode()
