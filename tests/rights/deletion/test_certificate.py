"""The certificate: its link, its page, its file, and what verify.py says of it."""

from datetime import timedelta

import orjson
import pytest
import time_machine
from django.utils import timezone

from audit.exports.bundle import verify
from audit.sequencer.sequence import sequence
from audit.tree.proof_download import public_keys
from core import db
from rights.fulfilment.certificate import certificate_path
from rights.models import Certificate, Step
from rights.states import RequestState, StepStatus, Verb
from tests.signin import sign_in


@pytest.fixture
def issued(begun, work, attest, sign_off):
    """The certificate of a deletion that is complete."""
    work(begun)
    attest(begun)
    sign_off(begun)
    work(begun)
    with db.use_role("worker"):
        return Certificate.objects.get(request_id=begun.pk)


@pytest.fixture
def file(issued, client, tmp_path):
    """The downloaded file, its entry in a signed tree."""
    with db.use_role("sequencer"):
        sequence(timezone.now())
    answer = client.get(f"{certificate_path(issued)}certificate.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    path = tmp_path / "certificate.json"
    path.write_bytes(answer.content)
    return path


def check(path, capsys):
    code = verify.main([str(path), "--key", public_keys()[0]])
    return code, capsys.readouterr().out


def test_whoever_has_the_link_reads_it_without_an_account(issued, client, begun):
    answer = client.get(certificate_path(issued))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert begun.reference in text
    assert "layla" not in text
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store, private", "no-referrer")
    assert "noindex" in answer["X-Robots-Tag"]


def test_the_file_is_checked_offline_by_one_script(file, capsys, begun):
    code, output = check(file, capsys)
    assert code == 0
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "ok  checkpoint",
        "ok  tree",
        "ok  entry",
        "ok  statement",
        "All agrees.",
    ]
    assert begun.reference in output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda parts: parts["statement"].update(erased_at="2026-01-01T00:00:00Z"), "is not the one that the entry"),
        (lambda parts: parts["statement"]["inside"][0].update(outcome="kept"), "is not the one that the entry names"),
        (lambda parts: parts["statement"]["inside"].pop(), "is not the one that the entry names"),
        (lambda parts: parts.update(receipt=parts["receipt"].replace("index ", "index 1")), "does not lead"),
    ],
)
def test_whatever_is_changed_is_named(file, capsys, change, says):
    parts = orjson.loads(file.read_bytes())
    change(parts)
    file.write_bytes(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))
    code, output = check(file, capsys)
    assert code in {1, 2}
    assert says in output or code == 2


def test_a_receipt_of_another_entry_is_no_certificate(file, capsys, begun):
    from audit.log.models import Entry
    from audit.tree.prover import make_receipt

    with db.use_role("auditor"):
        other = Entry.objects.filter(subject=begun.subject, event="rights.request.received").get()
        receipt = make_receipt(other.id).encode().decode()
    parts = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({**parts, "receipt": receipt}, option=orjson.OPT_SORT_KEYS))
    code, output = check(file, capsys)
    assert (code, "not one that issues a certificate" in output) == (1, True)


@pytest.mark.parametrize(
    "data",
    [
        b'{"receipt":',
        b'{"receipt":"x"}',
        b'{"receipt":1,"statement":{}}',
        b'{"receipt":"x","statement":[]}',
        b'{"receipt":"x","statement":{"request":1,"subject":2,"inside":3,"outside":4}}',
        b'{"receipt":"' + b"x" * 2_000_000 + b'"}',
    ],
)
def test_what_is_no_certificate_cannot_be_checked(tmp_path, capsys, data, settings):
    path = tmp_path / "certificate.json"
    path.write_bytes(data)
    code, output = check(path, capsys)
    assert code == 2
    assert "Cannot check" in output


@pytest.mark.parametrize("link", ["x", "00000000-0000-0000-0000-000000000000:forged", ":", "a:b:c"])
def test_a_link_that_we_did_not_make_leads_nowhere(issued, client, link):
    for address in (f"/certificate/{link}/", f"/certificate/{link}/certificate.json"):
        assert client.get(address).status_code == 404


def test_the_link_lives_thirty_days(issued, client):
    link, made = certificate_path(issued), issued.made_at
    with time_machine.travel(made + timedelta(days=29, hours=23)):
        assert client.get(link).status_code == 200
    with time_machine.travel(made + timedelta(days=30, seconds=1)):
        assert client.get(link).status_code == 404
        assert client.get(f"{link}certificate.json").status_code == 404


def test_before_it_is_issued_the_page_says_so(begun, client, now):
    with db.use_role("worker"):
        certificate = Certificate.objects.create(
            request_id=begun.pk, subject=begun.subject, made_at=now, link_ends_at=now + timedelta(days=30)
        )
    answer = client.get(certificate_path(certificate))
    assert (answer.status_code, "not complete yet" in answer.content.decode()) == (200, True)
    assert client.get(f"{certificate_path(certificate)}certificate.json").status_code == 404


def test_a_statement_that_cannot_be_made_is_a_failed_step_and_is_made_later(
    begun, work, attest, sign_off, fetch, monkeypatch
):
    work(begun)
    attest(begun)
    sign_off(begun)
    with monkeypatch.context() as broken:
        broken.setattr("rights.fulfilment.run_step.issue_certificate", lambda *_args, **_facts: 1 / 0)
        work(begun)
    with db.use_role("worker"):
        step = Step.objects.get(request_id=begun.pk, verb=Verb.CERTIFY)
    assert (step.status, step.last_error) == (StepStatus.FAILED, "ZeroDivisionError")
    work(begun)
    assert fetch(begun).state == RequestState.FULFILLED


def test_until_a_tree_is_signed_the_file_is_to_be_fetched_again(issued, client):
    answer = client.get(f"{certificate_path(issued)}certificate.json")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


def test_staff_download_the_same_file(file, client, officer, begun):
    sign_in(client, officer, mfa=True)
    answer = client.get(f"/staff/rights/rightsrequest/{begun.reference}/certificate.json")
    assert orjson.loads(answer.content)["statement"] == orjson.loads(file.read_bytes())["statement"]
    page = client.get(f"/staff/rights/rightsrequest/{begun.reference}/").content.decode()
    assert "The certificate" in page
