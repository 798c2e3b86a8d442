"""Erasing at Mixpanel by machine, against a server on loopback that answers as its API does."""

import json
import threading
from datetime import timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.storage import default_storage

from accounts.identity.actors import actor_of
from accounts.identity.roles import Role
from accounts.workloads.models import AnalyticsProvider
from accounts.workloads.services import get_pseudonym
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from core.leases import MAX_ATTEMPTS
from rights import services
from rights.errors import RightsError
from rights.fulfilment.mixpanel import CALL_AGAIN_AFTER
from rights.models import Certificate, Step
from rights.selectors import due_steps
from rights.states import Attestation, RequestState, StepStatus, Verb
from tests.rights.deletion.conftest import PROOF
from tests.signin import sign_in

HELD = "/api/app/data-deletions/v3.0/"


class Mixpanel:
    """What the server was sent, and what it answers."""

    def __init__(self):
        self.calls = []
        self.state = "PENDING"
        self.status = 200
        self.body = None

    def answer(self, method):
        results = {"task_id": "task-1"} if method == "POST" else {"status": self.state}
        return self.body or json.dumps({"status": "ok", "results": results}).encode()


@pytest.fixture
def mixpanel(settings):
    found = Mixpanel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.answer("POST")

        def do_GET(self):
            self.answer("GET")

        def answer(self, method):
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.calls.append((method, self.path, self.headers["Authorization"], sent))
            body = found.answer(method)
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.AUDIT_PRIVATE_ADDRESSES = True
    settings.MIXPANEL_URL = f"http://127.0.0.1:{server.server_port}"
    settings.MIXPANEL_TOKEN, settings.MIXPANEL_SECRET = "project", "bearer"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def pseudonym(user, now):
    with db.use_role("ingest"):
        return get_pseudonym(user.reference, AnalyticsProvider.MIXPANEL, actor=machine("t"), now=now).value


@pytest.fixture
def begin(deletion, officer, now):
    """Begin Layla's deletion; return the request."""

    def do():
        with db.use_role("staff"):
            services.take_request(deletion.reference, actor=officer, now=now)
            return services.start_erasure(deletion.reference, actor=officer, now=now)

    return do


@pytest.fixture
def run(now):
    """Run the step at a time, and return it as it then is."""

    def do(request, *, later=timedelta()):
        with db.use_role("worker"):
            step = Step.objects.get(request_id=request.pk, holding="mixpanel")
            services.run_step(step.pk, clock=lambda: now + later)
            step.refresh_from_db()
            return step

    return do


def test_it_is_ordered_once_and_read_until_it_is_done(mixpanel, begin, pseudonym, run, now):
    request = begin()
    step = run(request)
    assert step.verb == Verb.ERASE_OUTSIDE
    digest = sha256(pseudonym.encode()).hexdigest()
    assert step.receipt == {"task": "task-1", "pseudonym_sha256": digest}
    assert (step.status, step.due_at) == (StepStatus.WAITING, now + CALL_AGAIN_AFTER)
    assert step.attempts_allowed - step.attempts == MAX_ATTEMPTS
    with db.use_role("worker"):
        assert step not in due_steps(now + timedelta(hours=5))
        assert step in due_steps(now + timedelta(hours=6))
    assert run(request, later=timedelta(hours=6)).status == StepStatus.WAITING
    mixpanel.state = "SUCCESS"
    step = run(request, later=timedelta(hours=12))
    assert step.status == StepStatus.DONE
    assert step.receipt == {"count": 1, "finding": "erased", "task": "task-1", "pseudonym_sha256": digest}
    ordered, *read = mixpanel.calls
    assert ordered[:3] == ("POST", f"{HELD}?token=project", "Bearer bearer")
    assert json.loads(ordered[3]) == {"distinct_ids": [pseudonym], "compliance_type": "GDPR"}
    assert [call[:2] for call in read] == [("GET", f"{HELD}task-1/?token=project")] * 2


def test_somebody_without_a_pseudonym_has_nothing_there(mixpanel, begin, run):
    step = run(begin())
    assert (step.status, step.receipt["finding"]) == (StepStatus.DONE, "nothing_held")
    assert mixpanel.calls == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": 401}, "ProviderError:401"),
        ({"status": 302}, "DeliveryError"),
        ({"body": b"<html>"}, "ProviderError:unreadable"),
        ({"body": b"[]"}, "ProviderError:unreadable"),
        ({"body": b'{"results": {}}'}, "ProviderError:no_task"),
    ],
)
def test_a_refusal_fails_the_step_and_is_tried_again(mixpanel, begin, pseudonym, run, change, code, caplog, capfd):
    vars(mixpanel).update(change)
    request = begin()
    step = run(request)
    assert (step.status, step.last_error) == (StepStatus.FAILED, code)
    vars(mixpanel).update(status=200, body=None)
    assert run(request, later=timedelta(minutes=5)).receipt["task"] == "task-1"
    out = capfd.readouterr()
    assert pseudonym not in caplog.text + out.out + out.err


def test_a_task_that_failed_there_is_ordered_anew(mixpanel, begin, pseudonym, run):
    request = begin()
    run(request)
    mixpanel.state = "FAILURE"
    step = run(request, later=timedelta(hours=6))
    assert (step.status, step.receipt, step.last_error) == (StepStatus.FAILED, None, "ProviderError:not_erased")
    run(request, later=timedelta(hours=7))
    assert [call[0] for call in mixpanel.calls] == ["POST", "GET", "POST"]


def test_a_server_that_is_not_there_fails_the_step(mixpanel, begin, pseudonym, run, settings):
    settings.MIXPANEL_URL = "http://127.0.0.1:1"
    step = run(begin())
    assert (step.status, step.last_error) == (StepStatus.FAILED, "DeliveryError")


@pytest.fixture
def shown(client, now):
    """Open the page to attest a step as an officer, and return its text: `shown(officer, request)`."""

    def do(officer, request, holding="mixpanel"):
        with db.use_role("staff"):
            step = Step.objects.get(request=request, holding=holding)
        sign_in(client, officer, mfa=True, fresh=True)
        return client.get(f"/staff/rights/rightsrequest/{request.reference}/steps/{step.pk}/attest/").content.decode()

    return do


def showings():
    with db.use_role("auditor"):
        return [entry.actor for entry in Entry.objects.filter(event="rights.pseudonym.shown")]


def test_without_keys_an_officer_erases_there_by_hand_and_is_shown_the_pseudonym(begin, pseudonym, officer, shown):
    request = begin()
    with db.use_role("staff"):
        assert Step.objects.get(request=request, holding="mixpanel").verb == Verb.ATTEST
    assert pseudonym not in shown(officer, request, "sentry")
    assert showings() == []
    assert pseudonym in shown(officer, request)
    assert showings() == [str(actor_of(officer))]


def test_nobody_who_does_not_hold_the_case_is_shown_the_pseudonym(begin, pseudonym, second, make_staff, shown):
    request = begin()
    for other in (second, make_staff("lena", Role.LEGAL_COUNSEL), make_staff("aya", Role.AUDITOR)):
        assert pseudonym not in shown(other, request)
    assert showings() == []


def test_once_the_step_is_settled_the_pseudonym_is_shown_to_nobody(begin, pseudonym, officer, attest, shown, now):
    request = begin()
    attest(request)
    assert pseudonym not in shown(officer, request)
    assert showings() == []
    with db.use_role("staff"):
        step = Step.objects.get(request=request, holding="mixpanel")
        step.status = StepStatus.WAITING  # a page that read it before it was settled
        assert services.show_pseudonym(step, actor=officer, now=now) == ""


def test_what_the_machine_gave_up_is_attested_with_evidence(
    mixpanel, begin, pseudonym, run, officer, attest, sign_off, work, fetch, shown, client, now
):
    mixpanel.status = 500
    request = begin()
    work(request)
    attest(request)
    step = run(request)
    assert step.status == StepStatus.FAILED
    facts = {"actor": officer, "finding": Attestation.ERASED, "evidence": [PROOF], "backups_until": None, "now": now}
    with db.use_role("staff"), pytest.raises(RightsError, match="none that is attested"):
        services.attest_step(request.reference, step.pk, **facts)
    while step.status != StepStatus.NEEDS_ATTENTION:
        step = run(request, later=timedelta(hours=step.attempts))
    assert pseudonym in shown(officer, request)
    with db.use_role("staff"):
        services.attest_step(request.reference, step.pk, **facts)
    assert fetch(request).state == RequestState.REVIEW
    with db.use_role("worker"):
        services.expire_packages(now=now + timedelta(days=1))
    evidence = client.get(f"/staff/rights/rightsrequest/{request.reference}/steps/{step.pk}/evidence/")
    assert evidence.content == PROOF
    sign_off(request)
    work(request)
    with db.use_role("worker"):
        step.refresh_from_db()
        assert (step.part, default_storage.listdir("rights/evidence")[1]) == ("", [])
        statement = json.loads(Certificate.objects.get(request=request.pk).statement)
    (outside,) = (each for each in statement["outside"] if each["store"] == "mixpanel")
    assert (outside["outcome"], outside["evidence_sha256"]) == ("erased", sha256(PROOF).hexdigest())
