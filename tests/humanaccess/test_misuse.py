"""Ways past the gate that somebody might try; `test_misuse_cases.py` lists all of them, with their tests."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from html import unescape
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from django.db import Error as DatabaseError, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import categories
from accounts.personaldata.item_providers import ItemProvider, NamedItem
from core import db
from humanaccess import selectors, services
from humanaccess.errors import (
    AccessClosedError,
    AccessDeniedError,
    LogUnwritableError,
    NothingToShowError,
    ReadRefusedError,
)
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision, Grant, Review
from humanaccess.states import Finding
from omegaoffice.db.roles import RUNNING
from tests.authorisations import step_entry
from tests.humanaccess.conftest import REASON
from tests.humanaccess.test_new_request import NEW, values_of
from tests.humanaccess.test_pages import hidden_text, page_of, staff_page
from tests.humanaccess.witness import Witness
from tests.platform_rows import put_row
from tests.plugin import ROOT
from tests.stolen.conftest import steal  # noqa: F401  a fixture

# ---- what is posted beside the fields of a form


@pytest.fixture
def beside(make_user, make_staff):
    """Fields that no form has: whose, by whom, how it ends, until when."""
    other, helper = make_user("omar"), make_staff("hana", Role.APPROVER_SECURITY)
    return {
        **dict.fromkeys(("approver", "actor", "decided_by", "reviewed_by", "reader", "asker"), helper.reference),
        **dict.fromkeys(("subject", "subject_id", "user"), other.reference),
        **dict.fromkeys(("status", "state", "verdict"), "approved"),
        **dict.fromkeys(("expires_at", "ends_at", "starts_at", "asked_at", "closed_at"), "2099-01-01T00:00:00Z"),
        **dict.fromkeys(("break_glass", "saw_refusal", "has_seen_refusal", "is_superuser"), "on"),
        "process": "LP-2026-000001",
        "needed": "0",
    }


#: a form has no such field, but one
_WINDOW = {"window": "5 00:00:00"}


def test_what_is_posted_beside_a_new_request_changes_nothing(user, support, search, lines, client_of, beside, now):
    client = client_of(support)
    tokens = values_of(client.post(NEW, search), "offered")
    form = {"step": "file", "offered": tokens, "items": tokens[:1], "ground": "agreement", "reason": REASON}
    assert client.post(NEW, search | form | {"hours": "24"} | beside | _WINDOW).status_code == 302
    with db.use_role("staff"):
        filed = ApprovalRequest.objects.get()
        assert (filed.asker, filed.subject) == (support.reference, user.reference)
        assert (filed.state, filed.ground, filed.break_glass, filed.process) == ("asked", "agreement", False, None)
        assert filed.window == timedelta(days=1)
        assert now < filed.expires_at < now + timedelta(days=7, minutes=2)
        assert not Decision.objects.exists()


@pytest.mark.parametrize("answer", ["agree", "refuse"])
def test_what_is_posted_beside_an_answer_changes_nothing(make_request, user, support, lines, client_of, beside, answer):
    approval_request, client = make_request(items=lines[:1]), client_of(user)
    form = {"answer": answer, "text": hidden_text(client.get(page_of(approval_request)))}
    posted = form | {"items": [str(lines[0].id)]} | beside | _WINDOW
    assert client.post(page_of(approval_request), posted).status_code == 302
    with db.use_role("staff"):
        decision = Decision.objects.get()
        verdict = {"agree": "agreed", "refuse": "refused"}[answer]
        assert (decision.decided_by, decision.verdict, decision.window) == (user.reference, verdict, None)
        assert decision.approval_request.state == verdict
        for grant in Grant.objects.all():
            assert (grant.reader, grant.subject) == (support.reference, user.reference)
            assert grant.ends_at - grant.starts_at == timedelta(days=1)
        assert Grant.objects.count() == (answer == "agree")


@pytest.mark.parametrize("act", ["approve", "decline"])
def test_what_is_posted_beside_a_decision_changes_nothing(
    make_request, user, engineer, approver, client_of, beside, act
):
    approval_request = make_request(Ground.SECURITY)
    posted = {"note": "Clear."} | beside | ({} if act == "approve" else _WINDOW)
    assert client_of(approver).post(staff_page(approval_request, f"{act}/"), posted).status_code == 302
    with db.use_role("staff"):
        decision = Decision.objects.get()
        assert (decision.decided_by, decision.subject) == (approver.reference, user.reference)
        assert (decision.saw_refusal, decision.window) == (False, None)
        assert decision.verdict == ("approved" if act == "approve" else "declined")
        assert [grant.reader for grant in Grant.objects.all()] == ([engineer.reference] if act == "approve" else [])
        for grant in Grant.objects.all():
            assert grant.ends_at - grant.starts_at == timedelta(hours=4)


def test_what_is_posted_beside_a_review_changes_nothing(
    approved, read, engineer, approver, lines, client_of, beside, now
):
    read(approved, lines[0].id, engineer)
    with db.use_role("staff"):
        services.close_grant(approved, reader=engineer, now=timezone.now())
    address = staff_page(approved.approval_request, "review/")
    posted = {"finding": "in_order", **beside, **_WINDOW, "reads": "0"}
    assert client_of(approver).post(address, posted).status_code == 403
    from accounts.identity.models import User

    reviewer = User.objects.get(username="hana")
    assert client_of(reviewer).post(address, posted | {"reviewed_by": approver.reference}).status_code == 302
    with db.use_role("staff"):
        review = Review.objects.get()
        assert (review.reviewed_by, review.reads, review.subject) == (reviewer.reference, 1, approved.subject)


# ---- at once, after it, to the second


@pytest.mark.parametrize("ground", [Ground.AGREEMENT, Ground.SECURITY])
def test_of_all_answers_at_once_one_counts(make_request, user, engineer, support, approver, lines, shown, now, ground):
    asker = support if ground == Ground.AGREEMENT else engineer
    requests = [make_request(ground, items=[line]) for line in lines]

    def decide(request, role, act, **facts):
        barrier.wait()
        try:
            with db.use_role(role):
                act(request, now=now, **facts)
        except AccessClosedError:
            return 0
        finally:
            connections.close_all()
        return 1

    def expire():
        barrier.wait()
        try:
            with db.use_role("worker"):
                return services.expire_requests(now + timedelta(days=8))
        finally:
            connections.close_all()

    for request, line in zip(requests, lines, strict=True):
        barrier = Barrier(4)
        if ground == Ground.AGREEMENT:
            mine = {"user": user, "shown": shown}
            acts = [
                (request, "default", services.agree_to_request, {**mine, "items": {line.id}}),
                (request, "default", services.refuse_approval, mine),
            ]
        else:
            acts = [
                (request, "staff", services.approve_request, {"actor": approver}),
                (request, "staff", services.decline_request, {"actor": approver}),
            ]
        acts.append((request, "staff", services.cancel_request, {"actor": asker}))
        with ThreadPoolExecutor(4) as pool:
            results = [pool.submit(decide, one, role, act, **facts) for one, role, act, facts in acts]
            expired = pool.submit(expire)
            won = sum(result.result() for result in results)
            expired.result()
        with db.use_role("staff"):
            state = ApprovalRequest.objects.get(pk=request.pk).state
            assert won == (state != "expired")
            assert Grant.objects.filter(approval_request=request).count() == (state in {"agreed", "approved"})
            decided = Decision.objects.filter(approval_request=request).count()
            assert decided == (state in {"agreed", "approved", "refused"})


_ADDED = (
    "INSERT INTO humanaccess_ask_item (id, ask_id, subject, position, kind, item, label, answer) "
    "SELECT gen_random_uuid(), ask_id, subject, 9, kind, gen_random_uuid(), label, 'none' "
    "FROM humanaccess_ask_item LIMIT 1"
)
_EDITS = [
    "UPDATE humanaccess_ask SET \"window\" = interval '5 days'",
    "UPDATE humanaccess_ask SET sealed = 'x', reason_digest = 'x'",
    "UPDATE humanaccess_ask SET asker = subject",
    "UPDATE humanaccess_ask SET state = 'asked', closed_at = NULL",
    "UPDATE humanaccess_ask SET expires_at = now() + interval '9 days'",
    "UPDATE humanaccess_ask_item SET item = gen_random_uuid()",
    "UPDATE humanaccess_ask_item SET answer = 'agreed'",
    _ADDED,
    "DELETE FROM humanaccess_ask_item",
    "UPDATE humanaccess_decision SET \"window\" = NULL, items = '[]'",
    "DELETE FROM humanaccess_decision",
    "UPDATE humanaccess_grant SET ends_at = ends_at + interval '1 day'",
    "UPDATE humanaccess_grant SET reader = subject",
    "SELECT humanaccess_open_grant(id, now()) FROM humanaccess_ask",
]


@pytest.mark.parametrize("role", RUNNING)
@pytest.mark.parametrize("grant", ["agreed", "approved"])
def test_no_role_edits_anything_after_an_approval(request, steal, user, role, grant):  # noqa: F811
    def stored():
        tables = ("ask", "ask_item", "decision", "grant")
        return [witness.rows(f"SELECT * FROM humanaccess_{table} ORDER BY id") for table in tables]

    request.getfixturevalue(grant)
    thief = steal(role)
    with closing(Witness()) as witness:
        before = stored()
        assert all(before)
        thief.claim(subject=user.reference)
        for statement in _EDITS:
            with suppress(psycopg.Error):
                thief.run(statement)
            assert stored() == before, f"{role}: {statement}"


@pytest.mark.parametrize("how", ["withdrawn", "late", "closed"])
def test_silence_is_not_made_an_agreement_afterwards(make_request, steal, user, support, lines, how, now):  # noqa: F811
    """Not by SQL on the person's own side either: with an agreement one approver would be enough."""
    asked = make_request(items=lines[:1], now=now - timedelta(days=8) if how != "withdrawn" else now)
    if how == "withdrawn":
        with db.use_role("staff"):
            services.cancel_request(asked, actor=support, now=now)
    elif how == "closed":
        with db.use_role("worker"):
            assert services.expire_requests(now) == 1
    thief = steal("office_self")
    thief.claim(subject=user.reference)
    assert "while its ask waits" in thief.fails("UPDATE humanaccess_ask_item SET answer = 'agreed'")
    with db.use_role("staff"):
        assert selectors.count_approvals(make_request(Ground.SECURITY, items=lines[:1])) == (0, 2)


@pytest.fixture
def read():
    """Read as a page does."""

    def do(grant, item, reader, *, at=None):
        with db.use_role("staff"):
            how = {"mfa": True, "stepped_up": True, "now": at or timezone.now()}
            return services.read_item(grant.pk, item_id=item, reader=reader, **how)

    return do


@pytest.mark.parametrize(("seconds", "shows"), [(-1, True), (0, False), (1, False)])
def test_a_window_ends_to_the_second_by_both_clocks(agreed, support, lines, read, seconds, shows):
    """By that of the web server, and by that of the database where the web server's is slow."""
    at = agreed.ends_at + timedelta(seconds=seconds)
    if shows:
        assert read(agreed, lines[0].id, support, at=at).values
    else:
        with pytest.raises(ReadRefusedError) as refused:
            read(agreed, lines[0].id, support, at=at)
        assert refused.value.rule == "window"
    slow = timezone.now()
    with closing(Witness()) as witness:
        # a minute on, so that a busy machine has time to read before the end
        witness.pass_time(agreed.ends_at - slow - (timedelta(minutes=1) if shows else timedelta(seconds=-seconds)))
        [row] = witness.rows("SELECT starts_at, ends_at FROM humanaccess_grant")
    if shows:
        assert read(agreed, lines[0].id, support, at=row["ends_at"] - timedelta(seconds=1)).values
    else:
        with pytest.raises(NothingToShowError):
            read(agreed, lines[0].id, support, at=row["starts_at"])


def test_the_persons_own_export_goes_on_when_access_ends(agreed, make_request, user, now):
    make_request()
    category = next(found for found in categories.data_categories() if found.name == "humanaccess.asks")
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        rows = iter(category.export(user.reference, entry))
        first = next(rows)
        with db.use_role("default"):
            services.revoke_grant(agreed, actor=user, now=timezone.now())
        assert len([first, *rows]) == 2


# ---- a log that does not commit


def count_entries():
    with db.use_role("auditor"):
        return db.select_value("SELECT count(*) FROM audit_entry")


@pytest.fixture
def hang(agreed):
    """A log that takes no entry: somebody holds it, and the statement is given up."""
    with closing(Witness()) as witness, witness.connection.transaction():
        with db.use_role("staff"), db.connection().cursor() as cursor:
            cursor.execute("SET statement_timeout = '400ms'")
        witness.connection.execute("LOCK TABLE audit_entry IN EXCLUSIVE MODE")
        yield


@pytest.fixture
def roll_back(agreed):
    """A log whose entries are written and refused at the commit."""
    with closing(Witness()) as witness:
        witness.connection.execute(
            "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk is full'; END $$"
        )
        for row in witness.rows("SELECT inhrelid::regclass::text AS name FROM pg_inherits "
                                "WHERE inhparent = 'audit_entry'::regclass"):  # fmt: skip
            witness.connection.execute(
                f"CREATE CONSTRAINT TRIGGER never AFTER INSERT ON {row['name']} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION never()"
            )
        yield


@pytest.mark.tampering
@pytest.mark.parametrize("how", ["hang", "roll_back"])
@pytest.mark.parametrize("what", ["item", "list", "apps"])
def test_nothing_is_fetched_or_listed_where_the_log_does_not_commit(
    request, agreed, support, user, lines, read, monkeypatch, how, what
):
    touched, now = [], timezone.now()
    who = {"asker": support, "subject": user, "now": now}
    acts = {
        "item": lambda: read(agreed, lines[0].id, support),
        "list": lambda: services.list_items(kind="connections.automation", where={}, **who),
        "apps": lambda: services.list_apps(**who),
    }
    for name in ("fetch", "name_items"):
        monkeypatch.setattr(ItemProvider, name, lambda *_args, **_how: touched.append(1))
    before = count_entries()
    request.getfixturevalue(how)
    with db.use_role("staff"), pytest.raises(LogUnwritableError, match="nothing is shown"):
        acts[what]()
    assert touched == []
    assert count_entries() == before


# ---- who it is about, and who decides for whom


def test_staff_see_nothing_of_a_request_about_themselves(make_request, make_staff, engineer, officer, client_of, now):
    for name, role in (("rita", Role.APPROVER_SECURITY), ("olga", Role.PRIVACY_OFFICER), ("otto", Role.AUDITOR)):
        person = make_staff(name, role)
        line = put_row("workloads_logline", person.reference, now)
        about = make_request(
            Ground.SECURITY, subject=person, items=[NamedItem("workloads.logline", line, {"time": "1"})]
        )
        client = client_of(person)
        assert about.reference not in client.get("/staff/humanaccess/ask/").content.decode()
        for act in ("", "approve/", "decline/", "review/", "revoke/", "live/"):
            assert client.get(staff_page(about, act)).status_code in {302, 404}, act
            assert client.post(staff_page(about, act)).status_code in {302, 404, 405}, act
        with db.use_role("staff"):
            assert ApprovalRequest.objects.get(pk=about.pk).state == "asked"


def test_an_approver_neither_decides_nor_reviews_about_themselves(make_request, make_staff, engineer, now, events):
    rita, officer = make_staff("rita", Role.APPROVER_SECURITY), make_staff("olga", Role.PRIVACY_OFFICER)
    line = put_row("workloads_logline", rita.reference, now)
    about = make_request(Ground.SECURITY, subject=rita, items=[NamedItem("workloads.logline", line, {"time": "1"})])
    with db.use_role("staff"):
        for act in (services.approve_request, services.decline_request):
            with pytest.raises(AccessDeniedError, match="their own data"):
                act(about, actor=rita, now=now)
        with pytest.raises(DatabaseError, match="row-level security"), db.atomic():
            Decision.objects.create(approval_request=about, subject=rita.reference, decided_by=rita.reference,
                                    verdict="approved", decided_at=now)  # fmt: skip
        assert events("humanaccess.act.refused") == [("humanaccess.act.refused", "refused")] * 2
        other = make_staff("ben", Role.APPROVER_SECURITY)
        grant = services.approve_request(about, actor=other, now=now)
        services.read_item(grant.pk, item_id=line, reader=engineer, mfa=True, stepped_up=True, now=timezone.now())
        services.close_grant(grant, reader=engineer, now=timezone.now())
        for one in (rita, other):
            with pytest.raises(AccessDeniedError, match="Nobody reviews"):
                services.review_grant(grant, actor=one, finding=Finding.IN_ORDER, now=timezone.now())
        assert services.review_grant(grant, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())


def test_two_decide_for_each_other_where_a_third_reviews(make_request, make_staff, officer, lines, read, now):
    """It is allowed to people whose roles two administrators gave; neither reviews what the other read."""
    both = (Role.SECURITY_ENGINEER, Role.APPROVER_SECURITY)
    one, other = make_staff("one", *both), make_staff("other", *both)
    for reader, decider, line in ((one, other, lines[0]), (other, one, lines[1])):
        request = make_request(Ground.SECURITY, asker=reader, items=[line])
        with db.use_role("staff"):
            grant = services.approve_request(request, actor=decider, now=now)
        assert read(grant, line.id, reader).values
        with db.use_role("staff"):
            services.close_grant(grant, reader=reader, now=timezone.now())
            for person in (reader, decider):
                with pytest.raises(AccessDeniedError, match="Nobody reviews"):
                    services.review_grant(grant, actor=person, finding=Finding.IN_ORDER, now=timezone.now())
            services.review_grant(grant, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())
    with db.use_role("owner"):
        for person in (one, other):
            person.role_assignments.update(confirmed_by="")
    request = make_request(Ground.SECURITY, asker=one, items=[lines[2]])
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="thirty days"):
        services.approve_request(request, actor=other, now=now)


def test_a_record_of_the_same_number_is_another_item(agreed, make_user, support, lines, user, read, now):
    number, other = lines[0].id, make_user("omar")
    put_row("workloads_command", user.reference, now, item=number)
    put_row("connections_run", other.reference, now, item=number)
    found = read(agreed, number, support)
    assert found.item.kind == "workloads.logline"
    with db.use_role("staff"), db.atomic():
        db.set_local(subject=user.reference, grant=str(agreed.pk), entry=str(found.entry))
        assert db.select_rows("SELECT id FROM workloads_logline") == [(number,)]
        assert db.select_rows("SELECT id FROM workloads_command") == []
        db.set_local(subject=other.reference)
        for table in ("workloads_logline", "workloads_command", "connections_run"):
            assert db.select_rows(f"SELECT id FROM {table}") == []


# ---- what answers tell


_CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|[0-9a-f]{32}|[0-9a-f-]{36}')


def answer_of(client, method, address):
    """Return status, body without what differs each time, type, and how many queries it took."""
    with ExitStack() as stack:
        seen = [stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in ("default", "staff")]
        answer = getattr(client, method)(address)
    body = _CHANGING.sub("", answer.content.decode()).replace(address, "")
    return answer.status_code, body, answer.headers.get("Location", "").replace(address, ""), sum(map(len, seen))


def same_answers(client, method, addresses):
    getattr(client, method)(addresses[0])  # what is looked up once
    return {answer_of(client, method, address) for address in addresses}


@pytest.mark.parametrize("method", ["get", "post"])
def test_not_yours_and_not_there_are_one_answer_to_staff(make_request, approved, support, lines, client_of, method):
    make_request()
    theirs, missing = approved.approval_request.reference, "HA-2026-000999"
    client = client_of(support)
    for act in ("", "approve/", "decline/", "cancel/", "close/", "revoke/", "review/", "live/", f"look/{lines[0].id}/"):
        addresses = [f"/staff/humanaccess/ask/{one}/{act}" for one in (theirs, missing)]
        answers = {
            (
                status,
                body.replace(theirs, "").replace(missing, ""),
                to.replace(theirs, "").replace(missing, ""),
                queries,
            )
            for status, body, to, queries in same_answers(client, method, addresses)
        }
        assert len(answers) == 1, (act, [(each[0], each[2], each[3]) for each in answers])
        assert "canary" not in str(answers)


@pytest.mark.parametrize("method", ["get", "post"])
def test_not_yours_and_not_there_are_one_answer_to_a_user(make_request, approved, make_user, client_of, method):
    waiting, security, missing = make_request().reference, approved.approval_request.reference, "HA-2026-000999"
    client = client_of(make_user("omar"))
    for act in ("", "end/"):
        addresses = [f"/settings/permissions/{one}/{act}" for one in (waiting, security, missing)]
        answers = same_answers(client, method, addresses)
        assert len(answers) == 1, (act, [(each[0], each[2], each[3]) for each in answers])
        assert next(iter(answers))[0] in {404, 405}


def test_somebody_elses_item_and_none_at_all_are_one_refusal(agreed, make_user, support, lines, client_of, now, events):
    foreign = put_row("workloads_logline", make_user("omar").reference, now)
    addresses = [staff_page(agreed.approval_request, f"look/{one}/") for one in (foreign, uuid4(), lines[2].id)]
    answers = same_answers(client_of(support), "post", addresses)
    assert [each[0] for each in answers] == [403]
    assert events("humanaccess.read") == [("humanaccess.read.refused", "refused")] * 4


@pytest.mark.parametrize(
    ("code", "said"),
    [("print('seen', L.objects.count(), G.objects.count())", "seen 0 1"), ("L.objects.update(level='x')", "denied")],
)
def test_a_shell_on_the_staffs_side_sees_no_row(agreed, lines, code, said):
    models = "from accounts.workloads.models import LogLine as L; from humanaccess.models import Grant as G; "
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "shell", "-c", models + code],
        cwd=ROOT,
        env={**os.environ, "OFFICE_SIDE": "staff"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout + done.stderr
    assert "canary" not in done.stdout


# ---- bad input


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (f"{REASON}\0", 400),
        ("<b>&<script>alert(1)</script> these items should say why it failed", 302),
        (f"{REASON} \u202eevil\u2066 \x07 \x1b[31m", 302),
    ],
)
def test_a_reason_of_markup_and_controls_is_refused_or_harmless(
    user, support, search, lines, client_of, reason, status
):
    client = client_of(support)
    tokens = values_of(client.post(NEW, search), "offered")
    form = {"step": "file", "offered": tokens, "items": tokens[:1], "ground": "agreement", "hours": "24"}
    answer = client.post(NEW, search | form | {"reason": reason})
    assert answer.status_code == status
    if status == 400:
        with db.use_role("staff"):
            assert not ApprovalRequest.objects.exists()
        return
    with db.use_role("staff"):
        filed = ApprovalRequest.objects.get()
    for page in (client_of(user).get(page_of(filed)), client.get(staff_page(filed))):
        text = page.content.decode()
        assert "<script>alert" not in text
        assert not set("\u202e\u2066\x07\x1b") & set(text)


@pytest.mark.parametrize("act", ["approve", "decline", "cancel"])
@pytest.mark.parametrize("closed", ["approved", "declined", "withdrawn", "expired"])
def test_a_closed_request_takes_no_answer_and_says_so(make_request, engineer, approver, client_of, now, act, closed):
    approval_request = make_request(Ground.SECURITY)
    with db.use_role("worker" if closed == "expired" else "staff"):
        if closed == "approved":
            services.approve_request(approval_request, actor=approver, now=now)
        elif closed == "declined":
            services.decline_request(approval_request, actor=approver, now=now)
        elif closed == "withdrawn":
            services.cancel_request(approval_request, actor=engineer, now=now)
        else:
            services.expire_requests(now + timedelta(days=3))
    with db.use_role("staff"):
        before = ApprovalRequest.objects.values().get(), Grant.objects.count(), Decision.objects.count()
    person = engineer if act == "cancel" else approver
    answer = client_of(person).post(staff_page(approval_request, f"{act}/"), {"note": "Late."})
    assert answer.status_code == 409
    assert "already answered, withdrawn" in unescape(answer.content.decode())
    with db.use_role("staff"):
        assert (ApprovalRequest.objects.values().get(), Grant.objects.count(), Decision.objects.count()) == before
