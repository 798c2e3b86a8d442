"""An officer asks the person, who answers: pages, deadline, log, package, and who may not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connections

from accounts.identity.roles import Role
from accounts.identity.waiting import waiting_for
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from audit.log.models import Entry
from cases.errors import CaseError, NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.data_categories import REQUESTS
from rights.models import RequestQuestion, RightsRequest
from rights.states import RefusalGround, RequestState
from tests.authorisations import step_entry
from tests.signin import sign_in

QUESTION = "Which of your two apps is this about?"
ANSWER = "The one that writes invoices."
QUEUE = "/staff/rights/rightsrequest/"


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def taken(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    return request


def ask(request, officer, now, text=QUESTION):
    with db.use_role("staff"):
        return services.send_question(request.reference, actor=officer, text=text, now=now)


def answer(user, request, now, text=ANSWER):
    with db.use_role("default"):
        return services.answer_question(user, request.reference, text=text, now=now)


def own_page(request):
    return f"/settings/privacy/requests/{request.reference}/questions/"


def test_the_question_is_asked_and_answered_in_the_browser(client, taken, user, officer, fetch, logged):
    officers = sign_in(client, officer, mfa=True, fresh=True)
    address = f"{QUEUE}{taken.reference}/ask_user/"
    assert f'href="{address}"' in officers.get(f"{QUEUE}{taken.reference}/").content.decode()
    preview = officers.post(address, {"text": QUESTION, "preview": "1"}).content.decode()
    assert "The letter as the person will get it" in preview
    assert QUESTION in preview
    assert fetch(taken).state == RequestState.VERIFYING
    assert officers.post(address, {"text": QUESTION}).status_code == 302
    assert fetch(taken).state == RequestState.AWAITING_USER
    assert QUESTION in officers.get(f"{QUEUE}{taken.reference}/").content.decode()

    own = sign_in(client, user, fresh=True)
    assert "We have a question" in own.get("/settings/").content.decode()
    assert own_page(taken) in own.get(f"/settings/privacy/requests/{taken.reference}/").content.decode()
    assert QUESTION in own.get(own_page(taken)).content.decode()
    too_short = own.post(own_page(taken), {"text": "  "})
    assert too_short.status_code == 422
    assert own.post(own_page(taken), {"text": ANSWER}).status_code == 302
    page = own.get(own_page(taken)).content.decode()
    assert ANSWER in page
    assert "<textarea" not in page
    assert own.post(own_page(taken), {"text": ANSWER}).status_code == 409

    officers = sign_in(client, officer, mfa=True, fresh=True)
    page = officers.get(f"{QUEUE}{taken.reference}/").content.decode()
    assert ANSWER in page
    assert "Start the work" in page
    assert "the person answered" in officers.get("/staff/").content.decode()
    assert [name for name in logged(taken.reference) if "question" in name] == [
        "rights.question.asked",
        *["rights.question.opened"] * 2,
        "rights.question.answered",
        *["rights.question.opened"] * 2,
    ]


def test_texts_are_stored_encrypted_and_are_in_no_payload(taken, user, officer, now):
    ask(taken, officer, now)
    answer(user, taken, now)
    with db.use_role("staff"):
        row = RequestQuestion.objects.get()
        stored = bytes(row.sealed) + bytes(row.sealed_answer)
        leaves = b"".join(map(bytes, Entry.objects.filter(case_ref=taken.reference).values_list("leaf", flat=True)))
    for text in (QUESTION, ANSWER):
        assert text.encode() not in stored + leaves


def test_the_letter_has_the_question_and_says_whether_the_period_rests(file_request, make_user, officer, now):
    texts = []
    for name, regime in (("omid", "uk"), ("lena", "eu")):
        person = make_user(name)
        request = file_request(person, regime=regime)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
        ask(request, officer, now)
        with db.use_role("default"), db.row_security_for(person.reference):
            letter = Letter.objects.get(kind="rights.question")
        with db.use_role("default"):
            texts.append(open_letter(letter.pk, user=person, now=now)[1])
    assert all(QUESTION in text for text in texts)
    assert "rest until then" in texts[0]
    assert "rest until then" not in texts[1]


def test_only_where_the_law_allows_it_the_period_rests_and_the_days_are_added(
    file_request, make_user, officer, fetch, now
):
    later = now + timedelta(days=12)
    for regime, added in (("uk", 12), ("eu", 0)):
        person = make_user(f"of-{regime}")
        request = file_request(person, regime=regime)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
        before = fetch(request)
        ask(request, officer, now)
        asked = fetch(request)
        assert (asked.paused_since is not None) == bool(added)
        left = asked.days_left(later)
        assert left == before.days_left(now if added else later)
        answer(person, request, later)
        resumed = fetch(request)
        assert resumed.paused_since is None
        assert (resumed.due_on - before.due_on).days in range(added, added + 5)  # a last day off rolls
        assert ("paused.clarification" in str(resumed.derivation)) == bool(added)


def test_a_paused_request_is_never_late_and_one_already_late_does_not_pause(
    client, file_request, make_user, officer, fetch, now
):
    old = now - timedelta(days=29)
    resting, late = (file_request(make_user(name), at=old, regime="uk") for name in ("omid", "lena"))
    with db.use_role("staff"):
        for request in (resting, late):
            services.take_request(request.reference, actor=officer, now=old)
    ask(resting, officer, old)
    ask(late, officer, now + timedelta(days=20))
    assert fetch(late).paused_since is None
    with time_machine.travel(now + timedelta(days=60), tick=True):
        overdue = sign_in(client, officer, mfa=True, fresh=True).get(QUEUE, {"tab": "overdue"}).content.decode()
    assert late.reference in overdue
    assert resting.reference not in overdue


def test_the_officer_goes_on_without_an_answer_when_the_deadline_is_near(client, taken, user, officer, fetch, now):
    ask(taken, officer, now)
    with db.use_role("staff"):
        assert not waiting_for(officer, now)
        soon = now + timedelta(days=25)
        ((item,),) = waiting_for(officer, soon).values()
    assert str(item.act) == "Go on without an answer"
    assert sign_in(client, officer, mfa=True, fresh=True).post(item.url).status_code == 302
    assert fetch(taken).state == RequestState.VERIFYING
    with pytest.raises(WrongStateError):
        answer(user, taken, now)
    own = sign_in(client, user, fresh=True)
    assert "Closed without an answer" in own.get(own_page(taken)).content.decode()


def test_work_that_ran_begins_anew_after_the_answer(file_request, user, officer, start, work, fetch, now):
    request = start(file_request(user))
    ask(request, officer, now)
    work(request)
    assert fetch(request).state == RequestState.AWAITING_USER
    assert not fetch(request).steps.exclude(status="waiting").exists()
    answer(user, request, now)
    with db.use_role("staff"):
        services.start_request(request.reference, actor=officer, now=now)
    work(request)
    assert fetch(request).state == RequestState.REVIEW


def test_who_may_not(taken, user, make_user, make_staff, officer, now):
    other = make_staff("olga", Role.PRIVACY_OFFICER)
    support = make_staff("sam", Role.SUPPORT)
    for person in (other, support):
        with pytest.raises(NotAllowedError):
            ask(taken, person, now)
    for text in ("short", "x" * 2001):
        with pytest.raises(CaseError):
            ask(taken, officer, now, text)
    with pytest.raises(WrongStateError):
        answer(user, taken, now)
    ask(taken, officer, now)
    with pytest.raises(WrongStateError):
        ask(taken, officer, now)
    with pytest.raises(RightsRequest.DoesNotExist):
        answer(make_user("omid"), taken, now)
    for text in (" ", "x" * 4001):
        with pytest.raises(CaseError):
            answer(user, taken, now, text)


def test_somebody_elses_questions_do_not_exist(client, taken, make_user, officer, now):
    ask(taken, officer, now)
    stranger = sign_in(client, make_user("omid"), fresh=True)
    assert stranger.get(own_page(taken)).status_code == 404
    assert stranger.post(own_page(taken), {"text": ANSWER}).status_code == 404


def test_an_answer_to_a_request_that_was_closed_meanwhile_is_refused(client, taken, user, officer, now):
    ask(taken, officer, now)
    with db.use_role("staff"):
        services.refuse_request(
            taken.reference, actor=officer, ground=RefusalGround.UNFOUNDED, reasons="No reason to go on, " * 2, now=now
        )
    page = sign_in(client, user, fresh=True).post(own_page(taken), {"text": ANSWER})
    assert page.status_code == 409
    assert "that cannot be done now" in page.content.decode()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("default", "UPDATE rights_question SET sealed = 'x'"),
        ("default", "UPDATE rights_question SET pauses = true"),
        ("default", "INSERT INTO rights_question SELECT * FROM rights_question"),
        ("default", "DELETE FROM rights_question"),
        ("staff", "UPDATE rights_question SET sealed_answer = 'x'"),
        ("staff", "UPDATE rights_question SET closed_at = NULL"),
        ("staff", "DELETE FROM rights_question"),
        ("worker", "UPDATE rights_question SET sealed = 'x'"),
    ],
)
def test_by_hand_written_sql_nobody_changes_what_was_asked_and_answered(taken, user, officer, now, role, statement):
    ask(taken, officer, now)
    answer(user, taken, now)
    with pytest.raises(DatabaseError), db.use_role(role), db.row_security_for(user.reference):
        connections[role].cursor().execute(statement)


def test_by_hand_written_sql_a_person_answers_no_question_twice_and_nobody_elses(taken, user, make_user, officer, now):
    ask(taken, officer, now)
    change = "UPDATE rights_question SET sealed_answer = 'x', closed_at = now()"
    with db.use_role("default"):
        with db.row_security_for(make_user("omid").reference):
            cursor = connections["default"].cursor()
            cursor.execute(change)
            assert cursor.rowcount == 0
        services.answer_question(user, taken.reference, text=ANSWER, now=now)
        with db.row_security_for(user.reference):
            cursor = connections["default"].cursor()
            cursor.execute(change)
            assert cursor.rowcount == 0


def test_questions_and_answers_are_part_of_the_package(taken, user, officer, now):
    ask(taken, officer, now)
    answer(user, taken, now)
    with db.use_role("worker"):
        (record,) = REQUESTS.export(user.reference, step_entry(user.reference, now))
    (found,) = record["questions"]
    assert found["text"] == QUESTION
    assert found["answer"] == ANSWER
    assert datetime.fromisoformat(found["closed_at"]).astimezone(UTC) == now
