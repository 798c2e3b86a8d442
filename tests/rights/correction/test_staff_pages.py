"""The officer's pages of a correction: old and new, the evidence, a decision on each field, and the answer."""

import pytest

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import Correction, Step
from rights.states import CorrectionGround, FieldDecision, Verb
from tests.rights.correction.conftest import PAPER, RIGHT, WHY, WRONG
from tests.signin import sign_in

CASE = "/staff/rights/rightsrequest/"


@pytest.fixture
def taken(filed, officer, now):
    with db.use_role("staff"):
        return services.take_request(filed.reference, actor=officer, now=now)


@pytest.fixture
def desk(client, officer):
    """The officer's browser."""
    return sign_in(client, officer, mfa=True, fresh=True)


def page(desk, request, act=""):
    answer = desk.get(f"{CASE}{request.reference}/{act}")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def of(request, field):
    with db.use_role("staff"):
        return Correction.objects.get(request=request, field=field)


def test_the_page_shows_old_and_new_but_of_restricted_categories(desk, taken):
    text = page(desk, taken)
    assert "layla@example.org" in text
    assert "right@example.org" in text
    assert "hidden: restricted" in text
    assert WHY in text
    assert WRONG not in text
    assert RIGHT not in text


def test_an_auditor_sees_the_decisions_and_no_text(client, taken, make_staff):
    text = page(sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True), taken)
    assert "not decided yet" in text
    assert "right@example.org" not in text
    assert WHY not in text


def test_the_evidence_is_a_download_with_an_entry_before_it(desk, taken, officer):
    answer = desk.get(f"{CASE}{taken.reference}/evidence/")
    assert answer.content == PAPER
    assert answer["Content-Disposition"] == f'attachment; filename="{taken.reference}-evidence.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    with db.use_role("auditor"):
        last = Entry.objects.filter(case_ref=taken.reference).order_by("-id").first()
    assert (last.event, last.actor) == ("rights.request.shown", f"staff:{officer.reference}")


def test_an_auditor_gets_no_evidence_and_no_evidence_is_404(client, taken, correct, make_staff, make_user, officer):
    auditor = sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)
    assert auditor.get(f"{CASE}{taken.reference}/evidence/").status_code == 403
    other = correct(("identity.account::email", "t@example.com"), by=make_user("tariq"))
    assert sign_in(client, officer, mfa=True, fresh=True).get(f"{CASE}{other.reference}/evidence/").status_code == 404


def test_each_field_is_decided_on_a_page_of_its_own(desk, taken):
    row = of(taken, "email")
    act = f"steps/{row.pk}/decide/"
    shown = page(desk, taken, act)
    assert "the e-mail address" in shown
    assert "layla@example.org" in shown  # with the value that is there, the right one, and why
    assert "right@example.org" in shown
    assert WHY in shown
    assert "hidden: restricted" in page(desk, taken, f"steps/{of(taken, 'name').pk}/decide/")
    address = f"{CASE}{taken.reference}/{act}"
    refused = desk.post(address, {"decision": "refused", "ground": "", "words": "What we hold is right, as you see."})
    assert refused.status_code == 422
    assert "Give the ground of the refusal." in refused.content.decode()
    assert "What we hold is right, as you see." in refused.content.decode()
    short = desk.post(address, {"decision": "refused", "ground": "accurate", "words": "no"})
    assert short.status_code == 422
    words = "What we hold is right, as the paper itself says."
    assert desk.post(address, {"decision": "refused", "ground": "accurate", "words": words}).status_code == 302
    assert (of(taken, "email").decision, of(taken, "email").ground) == (
        FieldDecision.REFUSED,
        CorrectionGround.ACCURATE,
    )
    assert words in page(desk, taken)
    assert desk.post(address, {"decision": "accepted"}).status_code == 302
    assert (of(taken, "email").ground, of(taken, "email").sealed_words) == ("", None)


def test_only_what_lies_outside_is_attested(desk, begun):
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, verb=Verb.CORRECT, holding="apps")
    act = f"{CASE}{begun.reference}/steps/{step.pk}/attest/"
    assert desk.get(act).status_code == 404
    assert desk.post(act, {"finding": "nothing_held"}).status_code == 404


def test_what_is_decided_is_approved_and_answered(desk, taken, decide, work, answer, send, inform, fetch):
    start = f"{CASE}{taken.reference}/start/"
    assert desk.post(start).status_code == 422
    decide(taken)
    assert "Nothing of it can be taken back" in page(desk, taken, "start/")
    assert desk.post(start).status_code == 302
    work(taken)
    answer(taken)
    send()
    work(taken)
    inform(taken)
    text = page(desk, taken)
    assert "Answer it" in text
    assert "1 field corrected" in text
    assert "they were told, and have corrected it, by the platform" in text
    letter = desk.post(f"{CASE}{taken.reference}/approve/", {"preview": "1"}).content.decode()
    assert "Deployed apps, the name that you gave the app: corrected" in letter
    assert "The mail provider" in letter
    shown = letter.split('name="shown" value="')[1].split('"')[0]
    assert desk.post(f"{CASE}{taken.reference}/approve/", {"shown": shown}).status_code == 302
    assert fetch(taken).state == "fulfilled"
