"""The officers' pages: the queue, a request, the acts, and who may not."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.identity.roles import Role
from audit.log.models import Entry
from cases import queue
from cases.services import take_next
from core import db
from core.leases import LeaseLostError
from rights import services
from rights.fulfilment.steps import take_step
from rights.kind import RIGHTS
from rights.models import RequestNote, RightsRequest, Step
from rights.states import Kind, RequestState, StepStatus
from tests.signin import sign_in

QUEUE = "/staff/rights/rightsrequest/"
REASONS = "The same request was filed nineteen times in one week."


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def console(client, officer):
    """The officer's browser."""
    return sign_in(client, officer, mfa=True, fresh=True)


def at(request, tail=""):
    return f"{QUEUE}{request.reference}/{tail}"


def test_the_queue_shows_the_most_urgent_first_and_what_is_overdue(console, file_request, user, make_user, now):
    file_request(user)
    file_request(make_user("omid"), at=now - timedelta(days=60))
    text = console.get(QUEUE).content.decode()

    assert text.index("RR-2026-000002") < text.index("RR-2026-000001")
    assert "overdue" in text
    assert "30 days" in text
    overdue = console.get(QUEUE, {"tab": "overdue"}).content.decode()
    assert "RR-2026-000002" in overdue
    assert "RR-2026-000001" not in overdue


def test_the_queue_filters_by_state_kind_officer_and_exact_reference(
    console, file_request, user, make_user, officer, now
):
    taken, free = file_request(user), file_request(make_user("omid"))
    with db.use_role("staff"):
        services.take_request(taken.reference, actor=officer, now=now)

    def shown(**wanted):
        text = console.get(QUEUE, wanted).content.decode()
        return [row.reference for row in (taken, free) if f"{QUEUE}{row.reference}/" in text]

    assert shown() == [taken.reference, free.reference]
    assert shown(state="verifying") == [taken.reference]
    assert shown(tab="mine") == [taken.reference]
    assert shown(tab="unassigned") == [free.reference]
    assert shown(kind="deletion") == []
    assert shown(reference=free.reference.lower()) == [free.reference]
    assert shown(reference="RR-2026") == []


@pytest.mark.parametrize(
    "query",
    [
        {"state": "odd"},
        {"after": "%%%"},
        {"after": "bm8="},
        {"reference": "x" * 40},
        {"tab": "odd"},
        {"sort": "odd"},
        {"sort": "subject"},
    ],
)
def test_a_damaged_filter_is_answered_422(console, query):
    assert console.get(QUEUE, query).status_code == 422


def test_pages_follow_each_other_without_gap_or_double(office, file_request, make_user, monkeypatch):
    monkeypatch.setattr(queue, "PAGE_SIZE", 3)
    for number in range(8):
        file_request(make_user(f"user{number}"))  # all due at the same instant
    seen, cursor = [], ""
    with db.use_role("staff"):
        while True:
            page = queue.list_cases(RIGHTS, RightsRequest.objects.all(), "due", cursor)
            seen += [row.reference for row in page.rows]
            cursor = page.older
            if not cursor:
                break

    assert len(seen) == len(set(seen)) == 8


def queries(client, address):
    client.get(address)  # warm: content types, caches
    with CaptureQueriesContext(connections["staff"]) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_queue_asks_the_database_the_same_number_of_times_whatever_its_length(console, file_request, make_user):
    file_request(make_user("user0"))
    few = queries(console, QUEUE)
    for number in range(1, 9):
        file_request(make_user(f"user{number}"))

    assert queries(console, QUEUE) == few
    assert few <= 12


def test_a_request_asks_the_database_the_same_number_of_times_whatever_happened(
    console, file_request, user, officer, start, work, now
):
    request = start(file_request(user))
    before = queries(console, at(request))
    work(request)
    with db.use_role("staff"):
        for number in range(5):
            services.add_note(request.reference, actor=officer, text=f"Note {number}", now=now)
    after = queries(console, at(request))

    assert after <= before + 3  # the letters, the entry that authorises decrypting the notes, and who wrote them
    assert after <= 23


def test_an_officer_works_a_request_from_the_queue_to_delivery(console, file_request, user, officer, work, fetch):
    request = file_request(user)
    for act in ("take", "start"):
        assert console.get(at(request, f"{act}/")).status_code == 200
        assert console.post(at(request, f"{act}/"))["Location"] == at(request)
    running = console.get(at(request, "progress/"), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in running
    work(request)
    review = console.get(at(request)).content.decode()
    assert "Approve the delivery" in review
    assert "hx-trigger" not in review
    assert console.post(at(request, "approve/")).status_code == 302

    assert fetch(request).state == RequestState.FULFILLED


def test_an_act_by_get_changes_nothing(console, file_request, user, fetch):
    request = file_request(user)
    for act in ("take", "start", "approve", "refuse", "note"):
        console.get(at(request, f"{act}/"))

    assert fetch(request).state == RequestState.RECEIVED


def test_showing_a_request_is_in_the_log(console, file_request, user, officer):
    request = file_request(user)
    text = console.get(at(request)).content.decode()

    assert user.email in text
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="rights.request.shown")
    assert (entry.subject, entry.actor) == (user.reference, f"staff:{officer.reference}")


def test_the_page_shows_how_the_date_came_about_and_never_what_is_in_the_files(
    console, file_request, user, start, work, officer, now
):
    request = start(file_request(user, country="DE"))
    work(request)
    text = console.get(at(request)).content.decode()

    assert "Received on Monday 23 November 2026 (Europe/Berlin); the day of receipt does not count." in text
    assert "1 record, " in text
    with db.use_role("worker"):
        assert not any(step.part and step.part in text for step in Step.objects.all())


def test_a_wrong_state_is_a_conflict_and_not_a_missing_permission(console, file_request, user, officer, now):
    request = file_request(user)
    console.post(at(request, "take/"))
    answer = console.post(at(request, "approve/"))

    assert answer.status_code == 409
    assert "being verified" in answer.content.decode()


def test_refusing_needs_ground_and_reasons(console, file_request, user, fetch):
    request = file_request(user)
    console.post(at(request, "take/"))
    for bad in ({}, {"ground": "whim", "reasons": REASONS}, {"ground": "excessive", "reasons": "no"}):
        answer = console.post(at(request, "refuse/"), bad)
        assert answer.status_code == 422
        assert answer.context["form"].errors
    assert fetch(request).state == RequestState.VERIFYING
    assert console.post(at(request, "refuse/"), {"ground": "excessive", "reasons": REASONS}).status_code == 302
    assert fetch(request).state == RequestState.REFUSED


def test_notes_are_written_and_read_by_officers(console, file_request, user):
    request = file_request(user)
    console.post(at(request, "note/"), {"text": "Asked <b>legal</b>."})

    assert "Asked &lt;b&gt;legal&lt;/b&gt;." in console.get(at(request)).content.decode()
    with db.use_role("staff"):
        assert RequestNote.objects.count() == 1


def test_a_stuck_step_is_seen_in_the_queue_and_can_be_tried_again_or_excluded(
    console, file_request, user, start, fetch
):
    request = start(file_request(user))
    with db.use_role("staff"):
        Step.objects.filter(holding="rights.requests").update(status=StepStatus.NEEDS_ATTENTION, attempts=5)
        Step.objects.filter(holding="inbox.letters").update(status=StepStatus.NEEDS_ATTENTION, attempts=5)
        first, second = Step.objects.filter(status=StepStatus.NEEDS_ATTENTION).order_by("holding")
    assert "a step waits for an officer" in console.get(QUEUE).content.decode()
    assert "Try again" in console.get(at(request)).content.decode()
    assert console.post(at(request, f"steps/{first.pk}/retry/")).status_code == 302
    assert console.post(at(request, f"steps/{second.pk}/leave_out/"), {"reason": "technical_fault"}).status_code == 302
    assert console.post(at(request, f"steps/{second.pk}/retry/")).status_code == 422
    assert console.post(at(request, f"steps/{request.pk}/retry/")).status_code == 404
    with db.use_role("staff"):
        assert Step.objects.get(pk=first.pk).status == StepStatus.WAITING
        assert Step.objects.get(pk=second.pk).left_out == "technical_fault"


def test_an_auditor_reads_and_does_nothing(client, make_staff, file_request, user, fetch):
    request = file_request(user)
    sign_in(client, make_staff("ada", Role.AUDITOR), mfa=True)

    assert client.get(QUEUE).status_code == 200
    page = client.get(at(request))
    assert page.status_code == 200
    assert user.email not in page.content.decode()
    assert "Add a note" not in page.content.decode()
    for act in ("take", "start", "approve", "refuse", "note"):
        assert client.get(at(request, f"{act}/")).status_code == 403
        assert (
            client.post(at(request, f"{act}/"), {"text": "x", "ground": "excessive", "reasons": REASONS}).status_code
            == 403
        )
    assert fetch(request).state == RequestState.RECEIVED
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="rights.act.refused", outcome="refused").count() == 10


@pytest.mark.parametrize("role", [Role.LEGAL_COUNSEL, Role.ADMINISTRATOR])
def test_who_may_have_to_sign_off_reads_without_names_and_does_nothing_else(
    client, make_staff, file_request, user, role
):
    request = file_request(user, kind=Kind.DELETION)
    other = file_request(user)
    sign_in(client, make_staff("sam", role), mfa=True)
    for address in (QUEUE, at(request)):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "layla" not in answer.content.decode()
        assert other.reference not in answer.content.decode()
    assert client.get(at(other)).status_code == 403
    for act in ("take", "begin", "erase", "refuse", "note"):
        assert client.post(at(request, f"{act}/")).status_code == 403


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.SECURITY_ENGINEER, Role.APPROVER_LEGAL])
def test_other_roles_see_nothing_of_it(client, make_staff, file_request, user, role):
    request = file_request(user)
    sign_in(client, make_staff("sam", role), mfa=True)
    for address in (QUEUE, at(request), at(request, "progress/"), at(request, "take/")):
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 403
    assert client.post(at(request, "take/")).status_code == 403
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == RequestState.RECEIVED


def test_an_officer_cannot_work_on_their_own_request(console, file_request, officer):
    request = file_request(officer)
    answer = console.post(at(request, "take/"))

    assert answer.status_code == 403
    assert "own request" in answer.content.decode()
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="rights.act.refused").count() == 1


def test_a_page_whose_reader_was_signed_out_leads_to_the_sign_in(client, file_request, user):
    request = file_request(user)
    polled = client.get(at(request, "progress/"), headers={"HX-Request": "true"})

    assert (polled["HX-Redirect"], polled.content) == (at(request), b"")
    for address in (QUEUE, at(request), at(request, "take/")):
        assert client.get(address).status_code == 302


def test_a_request_that_is_not_there_is_not_found(console):
    assert console.get(f"{QUEUE}RR-2026-000099/").status_code == 404


def test_a_colleague_who_leaves_gives_their_requests_back(office, file_request, user, officer, now, machine, logged):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        for _ in range(2):
            services.release_requests(officer.reference, actor=machine, now=now)
        assert RightsRequest.objects.get().assignee is None
    assert logged(request.reference)[-2:] == ["rights.request.taken", "rights.request.released"]


def test_a_note_cannot_turn_the_text_around_it(console, file_request, user):
    request = file_request(user)
    console.post(at(request, "note/"), {"text": "invoice\u202efdp.exe"})

    assert "invoice[U+202E]fdp.exe" in console.get(at(request)).content.decode()


def test_what_is_harmless_is_one_press_with_an_undo_and_each_has_an_entry(
    console, file_request, user, officer, make_staff, fetch, logged, now
):
    request, colleague = file_request(user), make_staff("olga", Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=colleague, now=now)
    page = console.post(at(request, "take/"), follow=True).content.decode()
    assert f'action="{at(request, "assign/")}"' in page
    assert f'name="officer" value="{colleague.pk}"' in page
    assert console.post(at(request, "assign/"), {"officer": colleague.pk}).status_code == 302
    assert fetch(request).assignee_id == colleague.pk
    assert console.post(at(request, "begin/")).status_code == 302
    assert console.post(at(request, "stop/")).status_code == 302
    assert console.post(at(request, "start/")).status_code == 302
    assert fetch(request).state == RequestState.IN_PROGRESS
    events = [name.rpartition(".")[2] for name in logged(request.reference) if name.startswith("rights.request.")]
    acts = [name for name in events if name != "shown"]
    assert acts == ["received", "taken", "taken", "assigned", "taken", "started", "stopped", "started"]


def test_work_that_was_stopped_begins_anew_and_a_worker_of_before_writes_nothing(
    console, file_request, user, start, work, fetch, now
):
    request = start(file_request(user))
    with db.use_role("worker"):
        step = Step.objects.filter(request=request).order_by("position").first()
        attempt = take_step(step.pk, clock=lambda: now)
    assert console.post(at(request, "stop/")).status_code == 302
    assert console.post(at(request, "start/")).status_code == 302
    with db.use_role("worker"), pytest.raises(LeaseLostError):
        attempt.lease.hold()
    work(request)
    assert fetch(request).state == RequestState.REVIEW
    assert console.post(at(request, "stop/")).status_code == 409


def test_many_are_taken_at_once_and_those_refused_are_said(console, file_request, make_user, officer, fetch):
    requests = [file_request(make_user(f"user{number}")) for number in range(3)]
    own = file_request(officer)
    ticked = [one.reference for one in (*requests, own)]
    page = console.post(f"{QUEUE}bulk/", {"case": ticked, "act": "take"}, follow=True).content.decode()

    assert "3 cases were assigned." in page
    assert f"{own.reference}: Nobody works on their own request." in page
    assert all(fetch(one).assignee_id == officer.pk for one in requests)
    assert "Tick the cases first." in console.post(f"{QUEUE}bulk/", {"act": "take"}, follow=True).content.decode()
    wrong = console.post(f"{QUEUE}bulk/", {"case": ticked, "act": "assign", "officer": "x"}, follow=True)
    assert "Choose an officer" in wrong.content.decode()


def test_the_letter_is_shown_before_the_refusal_and_what_was_typed_stays(console, file_request, user, fetch):
    request = file_request(user)
    console.post(at(request, "take/"))
    wanted = {"ground": "excessive", "reasons": REASONS}
    first = console.get(at(request, "refuse/")).content.decode()
    assert "Show the letter first" in first
    preview = console.post(at(request, "refuse/"), {**wanted, "preview": "1"}).content.decode()

    assert f"we do not act on your request {request.reference}" in preview
    assert preview.count(REASONS) == 2  # in the letter and in the form
    assert "Show the letter first" not in preview
    assert fetch(request).state == RequestState.VERIFYING
    assert console.post(at(request, "refuse/"), {"preview": "1", "ground": "excessive"}).status_code == 422


def test_two_officers_who_take_the_next_at_once_get_two_requests(office, file_request, make_user, make_staff, now):
    officers = [make_staff(name, Role.PRIVACY_OFFICER) for name in ("omar", "olga")]
    second = file_request(make_user("two"))
    first = file_request(make_user("one"), at=now - timedelta(hours=1))
    assert first.due_at == second.due_at
    with db.use_role("staff"), db.atomic():
        taken = take_next(RIGHTS, RightsRequest.objects.all(), actor=officers[0], now=now)
        assert taken.reference == first.reference

        def other():  # while the first transaction is open
            with db.use_role("staff"):
                try:
                    return take_next(RIGHTS, RightsRequest.objects.all(), actor=officers[1], now=now).reference
                finally:
                    connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(other).result(timeout=20) == second.reference
    with db.use_role("staff"):
        assert take_next(RIGHTS, RightsRequest.objects.all(), actor=officers[0], now=now) is None


def test_the_timeline_says_sizes_and_no_bytes(console, file_request, user, start, work):
    request = start(file_request(user))
    work(request)
    text = console.get(at(request)).content.decode()

    assert re.search(r"was put together: \d+ files, \d+\.\d\s(KB|MB)", text)


def test_taking_and_starting_is_undone_as_a_whole(console, file_request, user, fetch):
    request = file_request(user)
    page = console.post(at(request, "begin/"), follow=True).content.decode()
    assert f'action="{at(request, "unbegin/")}"' in page
    assert console.post(at(request, "unbegin/")).status_code == 302
    assert (fetch(request).state, fetch(request).assignee_id) == (RequestState.VERIFYING, None)
    refused = console.post(at(request, "unbegin/"))
    assert refused.status_code == 403
    assert "<form" not in refused.content.decode().partition('class="alert danger"')[2].partition("</main>")[0]
