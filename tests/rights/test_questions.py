"""An officer asks the person, who answers: pages, deadline, log, package, and who may not."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connections

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.waiting import waiting_for
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from audit.log.models import Entry
from cases.errors import CaseError, NotAllowedError, WrongStateError
from cases.services import take_next
from core import db
from rights import services
from rights.data_categories import REQUESTS
from rights.kind import RIGHTS
from rights.models import RequestQuestion, RightsRequest
from rights.states import RefusalGround, RequestState
from tests.authorisations import step_entry
from tests.signin import sign_in
from vault.services import destroy_key

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


def open_question(request):
    with db.use_role("staff"):
        return RequestQuestion.objects.filter(request=request).latest("asked_at").pk


def answer(user, request, now, text=ANSWER):
    question = open_question(request) if RequestQuestion.objects.using("staff").exists() else uuid4()
    with db.use_role("default"):
        return services.answer_question(user, request.reference, question, text=text, now=now)


def typed(request, text=ANSWER):
    return {"text": text, "question": open_question(request)}


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
    too_short = own.post(own_page(taken), typed(taken, "  "))
    assert too_short.status_code == 422
    assert own.post(own_page(taken), typed(taken)).status_code == 302
    page = own.get(own_page(taken)).content.decode()
    assert ANSWER in page
    assert "<textarea" not in page
    assert own.post(own_page(taken), typed(taken)).status_code == 409

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
    assert stranger.post(own_page(taken), typed(taken)).status_code == 404


def test_an_answer_to_a_request_that_was_closed_meanwhile_is_refused(client, taken, user, officer, now):
    ask(taken, officer, now)
    with db.use_role("staff"):
        services.refuse_request(
            taken.reference, actor=officer, ground=RefusalGround.UNFOUNDED, reasons="No reason to go on, " * 2, now=now
        )
    page = sign_in(client, user, fresh=True).post(own_page(taken), typed(taken))
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
        ("staff", "DELETE FROM rights_question"),
        ("worker", "UPDATE rights_question SET sealed = 'x'"),
        (
            "staff",
            (
                "INSERT INTO rights_question SELECT gen_random_uuid(), subject, author, asked_at, sealed, "
                "sealed_answer, closed_at, pauses, request_id FROM rights_question"
            ),
        ),
    ],
)
def test_by_hand_written_sql_nobody_changes_what_was_asked_and_answered(taken, user, officer, now, role, statement):
    ask(taken, officer, now)
    answer(user, taken, now)
    with pytest.raises(DatabaseError), db.use_role(role), db.row_security_for(user.reference):
        connections[role].cursor().execute(statement)


def test_by_hand_written_sql_staff_reopen_no_question_and_turn_no_pause(taken, user, officer, now):
    ask(taken, officer, now)
    answer(user, taken, now)
    with db.use_role("staff"), connections["staff"].cursor() as cursor:
        for change in ("closed_at = NULL", "pauses = NOT pauses"):
            cursor.execute(f"UPDATE rights_question SET {change}")
            assert cursor.rowcount == 0


def test_by_hand_written_sql_a_person_answers_no_question_twice_and_nobody_elses(taken, user, make_user, officer, now):
    ask(taken, officer, now)
    change, question = "UPDATE rights_question SET sealed_answer = 'x', closed_at = now()", open_question(taken)
    with db.use_role("default"):
        with db.row_security_for(make_user("omid").reference):
            cursor = connections["default"].cursor()
            cursor.execute(change)
            assert cursor.rowcount == 0
        services.answer_question(user, taken.reference, question, text=ANSWER, now=now)
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


def test_a_text_that_was_changed_after_the_letter_was_shown_is_shown_again(client, taken, officer, fetch):
    officers = sign_in(client, officer, mfa=True, fresh=True)
    address = f"{QUEUE}{taken.reference}/ask_user/"
    shown = dict(officers.post(address, {"text": QUESTION, "preview": "1"}).context["hidden"])
    changed = officers.post(address, {"text": f"{QUESTION} Or a third?", **shown})
    assert "You changed the text." in changed.content.decode()
    assert "Or a third?" in changed.context["letter"][1]
    assert fetch(taken).state == RequestState.VERIFYING
    again = dict(changed.context["hidden"])
    assert officers.post(address, {"text": f"{QUESTION} Or a third?", **again}).status_code == 302
    assert fetch(taken).state == RequestState.AWAITING_USER


def test_the_open_page_of_the_officer_is_loaded_anew_once_the_person_answered(client, taken, user, officer, now):
    ask(taken, officer, now)
    page = sign_in(client, officer, mfa=True, fresh=True).get(f"{QUEUE}{taken.reference}/")
    address = page.context["progress_url"]
    assert f'hx-get="{address}"' in page.content.decode()
    assert "HX-Refresh" not in client.get(address, headers={"HX-Request": "true"})
    answer(user, taken, now)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_an_answer_goes_to_the_question_that_was_read(client, taken, user, officer, now):
    ask(taken, officer, now)
    own = sign_in(client, user, fresh=True)
    old = typed(taken, "Yes, gladly.")
    with db.use_role("staff"):
        services.go_on_unanswered(taken.reference, actor=officer, now=now)
    ask(taken, officer, now + timedelta(minutes=1), "Do you agree that we leave your logs out?")
    page = own.post(own_page(taken), old)
    assert page.status_code == 409
    assert "was closed meanwhile" in page.content.decode()
    assert "Yes, gladly.</textarea>" in page.content.decode()
    assert str(open_question(taken)) in page.content.decode()
    with db.use_role("staff"):
        assert not RequestQuestion.objects.filter(sealed_answer__isnull=False).exists()
    assert own.post(own_page(taken), {"text": ANSWER, "question": "x"}).status_code == 422


def test_a_late_answer_is_shown_again_and_the_person_was_told(client, taken, user, officer, now):
    ask(taken, officer, now)
    own, late = sign_in(client, user, fresh=True), typed(taken)
    with db.use_role("staff"):
        services.go_on_unanswered(taken.reference, actor=officer, now=now)
    page = own.post(own_page(taken), late)
    assert page.status_code == 409
    assert ANSWER in page.content.decode()
    with db.use_role("default"), db.row_security_for(user.reference):
        assert Letter.objects.filter(kind="rights.unanswered").count() == 1


def test_an_auditor_reads_neither_questions_nor_notes(client, taken, make_staff, officer, now):
    ask(taken, officer, now)
    with db.use_role("staff"):
        services.add_note(taken.reference, actor=officer, text="They called.", now=now)
    page = sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True).get(f"{QUEUE}{taken.reference}/")
    assert page.status_code == 200
    assert QUESTION not in page.content.decode()
    assert "They called." not in page.content.decode()


def test_who_cannot_sign_in_is_asked_nothing_and_who_was_erased_is_written_about_no_more(taken, user, officer, now):
    User.objects.using("owner").filter(pk=user.pk).update(is_active=False)
    with pytest.raises(CaseError, match="could not answer"):
        ask(taken, officer, now)
    destroy_key(user.reference, now=now)
    with pytest.raises(CaseError, match="erased"):
        ask(taken, officer, now)
    with pytest.raises(CaseError, match="erased"), db.use_role("staff"):
        services.add_note(taken.reference, actor=officer, text="A note", now=now)


@pytest.mark.parametrize("ending", ["withdraw", "refuse"])
def test_an_open_question_ends_with_its_request(file_request, user, officer, fetch, now, ending):
    request = file_request(user, regime="uk")
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    first = fetch(request)
    ask(request, officer, now)
    then = now + timedelta(days=9)
    if ending == "withdraw":
        with db.use_role("default"):
            services.withdraw_request(user, request.reference, now=then)
    else:
        with db.use_role("staff"):
            services.refuse_request(
                request.reference, actor=officer, ground=RefusalGround.UNFOUNDED, reasons="No reason to. " * 3, now=then
            )
    closed = fetch(request)
    assert closed.paused_since is None
    assert (closed.due_on - first.due_on).days in range(9, 14)
    with db.use_role("staff"):
        assert RequestQuestion.objects.get().closed_at == then


def test_a_question_of_some_minutes_moves_no_deadline_and_a_long_rest_comes_back(
    file_request, user, make_staff, officer, fetch, now
):
    request = file_request(user, regime="uk")
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    before = fetch(request).due_on
    night = now.replace(hour=23, minute=59)
    ask(request, officer, night)
    with db.use_role("staff"):
        services.go_on_unanswered(request.reference, actor=officer, now=night + timedelta(minutes=2))
    assert fetch(request).due_on == before
    ask(request, officer, night + timedelta(hours=1))
    with db.use_role("staff"):
        assert not waiting_for(officer, night + timedelta(days=13))
        assert waiting_for(officer, night + timedelta(days=16))
        assert take_next(RIGHTS, RightsRequest.objects.all(), actor=officer, now=now) is None


def test_what_nobody_sees_is_no_question(taken, officer, now):
    with pytest.raises(CaseError):
        ask(taken, officer, now, "\u200b" * 40)
