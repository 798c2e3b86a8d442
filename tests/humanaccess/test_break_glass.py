"""Break-glass: one hour without a decision, one at a time, everybody is told, somebody else reviews."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import orjson
import pytest
from django.core import mail
from django.db import Error as DatabaseError, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.services import end_role
from accounts.identity.waiting import waiting_for
from accounts.inbox.models import Letter
from accounts.inbox.services import sweep_letters
from accounts.personaldata.item_providers import NamedItem
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.errors import AccessClosedError, AccessDeniedError, InvalidError, ReadRefusedError
from humanaccess.forms import offer
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.states import ApprovalState, Finding
from tests.platform_rows import put_row

REASON = "Mails go out from this account now; these lines should say to whom."
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGES = ("/staff/", "/staff/humanaccess/ask/", "/staff/humanaccess/ask/new/")
SENTENCE = "opened access without a decision"
TO_USER = "opened access to your data without a prior decision"


@pytest.fixture
def smash(engineer, approver, user, lines, now):
    """Open access without a decision: `smash()`, with what is given in place of the usual."""

    def do(asker=engineer, at=now, reason=REASON, **changes):
        facts = {"subject": user, "items": lines, "incident": "INC-7", **changes}
        with db.use_role("staff"):
            return services.break_glass(asker=asker, reason=f"{reason} {uuid4().hex[:6]}", now=at, **facts)

    return do


@pytest.fixture
def other(make_staff):
    """A second security engineer."""
    return make_staff("eli", Role.SECURITY_ENGINEER)


def read(grant, item, reader, at=None):
    at = at or timezone.now()
    with db.use_role("staff"):
        return services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=at)


def close(grant, reader, at=None):
    with db.use_role("staff"):
        services.close_grant(grant, reader=reader, now=at or timezone.now())


def review(grant, actor, at=None):
    with db.use_role("staff"):
        return services.review_grant(grant, actor=actor, finding=Finding.IN_ORDER, now=at or timezone.now())


def refused(action, **changes):
    with pytest.raises(AccessDeniedError) as error:
        action(**changes)
    return error.value.rule


def waits(person, at):
    with db.use_role("worker"):
        return [item for items in waiting_for(person, at).values() for item in items]


def test_it_opens_at_once_for_an_hour_and_the_log_says_so_before(smash, engineer, lines, user, events, now):
    grant = smash()
    with db.use_role("staff"):
        request = ApprovalRequest.objects.get()
        assert (request.state, request.break_glass, request.ground) == (ApprovalState.OPENED, True, Ground.SECURITY)
        assert grant.ends_at - grant.starts_at == HOUR
        entry = Entry.objects.get(event="humanaccess.glass.broken")
    leaf = orjson.loads(bytes(entry.leaf))
    assert leaf["payload"]["abuse_reference"] == "INC-7"
    assert leaf["payload"]["window_minutes"] == 60
    assert [one["item"] for one in leaf["payload"]["items"]] == [str(item.id) for item in lines]
    assert b"Mails" not in bytes(entry.leaf)
    assert entry.subject == user.reference
    assert events() == [("humanaccess.glass.broken", "ok"), ("humanaccess.grant.started", "ok")]
    assert read(grant, lines[0].id, engineer).values
    assert refused(smash) == "chained"


def test_the_user_every_approver_and_every_officer_are_written_to_at_once(smash, make_staff, user, engineer, lines):
    make_staff("lena", Role.APPROVER_LEGAL)
    make_staff("sami", Role.SUPPORT)
    grant = smash()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT u.username, l.kind FROM inbox_letter l JOIN identity_user u ON u.reference = l.subject")
        told = dict(cursor.fetchall())
    assert told == {
        user.username: "humanaccess.glass",
        **dict.fromkeys(("ada", "paula", "lena"), "humanaccess.glass_staff"),
    }
    with db.use_role("worker"):
        sweep_letters(now=timezone.now())
    staff = [one for one in mail.outbox if one.to[0] != user.email]
    assert len(staff) == 3
    for message in staff:
        assert user.username not in message.body
        assert engineer.username not in message.body
        assert f"/staff/humanaccess/ask/{grant.approval_request.reference}/" in message.body
        assert "INC-7" in message.body
    read(grant, lines[0].id, engineer)
    with db.row_security_for(user.reference):
        assert Letter.objects.count() == 1, "the first read is no second letter, which would speak of an approval"


@pytest.mark.parametrize(
    "changes",
    [
        {"incident": ""},
        {"incident": "<b>INC</b>"},
        {"incident": "INC 7\u202e"},
        {"incident": "x" * 65},
        {"items": []},
        {"reason": "short"},
    ],
)
def test_what_breaks_a_rule_is_refused_and_nothing_is_stored(smash, changes):
    with pytest.raises(InvalidError):
        smash(**changes)
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()


def test_it_is_for_security_engineers_and_never_of_their_own_data(
    smash, support, approver, make_user, engineer, events
):
    assert refused(smash, asker=support) == "role"
    assert refused(smash, asker=approver) == "role"
    second = make_user("erin2", email="erin+2@example.org")
    with db.use_role("owner"):
        User.objects.filter(pk=engineer.pk).update(email="erin@example.org")
    assert refused(smash, asker=User.objects.get(pk=engineer.pk), subject=second) == "own_data"
    assert events() == [("humanaccess.act.refused", "refused")] * 3


def test_nothing_opens_that_nobody_is_left_to_review(engineer, user, lines, now):
    with db.use_role("staff"), pytest.raises(AccessDeniedError) as error:
        services.break_glass(asker=engineer, subject=user, items=lines, reason=REASON, incident="INC-7", now=now)
    assert error.value.rule == "no_reviewer"
    with db.use_role("staff"):
        assert not Grant.objects.exists()


@pytest.mark.parametrize("role", [Role.APPROVER_SECURITY, Role.PRIVACY_OFFICER])
def test_an_office_of_three_opens_and_reviews(engineer, make_staff, user, lines, now, role):
    """The engineer, the user's case, and one who reviews."""
    third = make_staff("tia", role)
    with db.use_role("staff"):
        grant = services.break_glass(
            asker=engineer, subject=user, items=lines, reason=REASON, incident="INC-7", now=now
        )
    close(grant, engineer)
    assert review(grant, third).reviewed_by == third.reference


def test_two_engineers_do_not_take_turns_with_one_person(smash, other, make_user, engineer, approver, now):
    grant = smash()
    assert refused(smash, asker=other) == "chained_subject"
    close(grant, engineer)
    assert refused(smash, asker=other) == "chained_subject"
    neighbour = make_user("nora")
    line = [NamedItem("workloads.logline", put_row("workloads_logline", neighbour.reference, now), {"app": "0"})]
    assert smash(asker=other, subject=neighbour, items=line)
    review(grant, approver)
    assert refused(smash, asker=other, at=timezone.now()) == "chained"


def test_a_second_account_of_the_engineer_chains_none(smash, make_staff, make_user, engineer, now):
    twin = make_staff("erin2", Role.SECURITY_ENGINEER, email=engineer.email.replace("@", "+twin@"))
    line = [NamedItem("workloads.logline", put_row("workloads_logline", make_user("nora").reference, now), {})]
    smash()
    assert refused(smash, asker=twin, subject=User.objects.get(username="nora"), items=line) == "chained"


def test_who_has_an_unreviewed_one_requests_nothing_at_all(smash, make_request, engineer, approver, events):
    grant = smash()
    close(grant, engineer)
    for ground in (Ground.SECURITY, Ground.AGREEMENT):
        with pytest.raises(AccessDeniedError) as error:
            make_request(ground, asker=engineer)
        assert error.value.rule == "unreviewed"
    assert refused(smash) == "unreviewed"
    review(grant, approver)
    assert make_request(Ground.SECURITY)
    assert smash(at=timezone.now())


def test_a_second_account_of_the_engineer_requests_nothing_either(smash, make_staff, make_request, engineer, now):
    twin = make_staff("erin2", Role.SECURITY_ENGINEER, email=engineer.email.replace("@", "+2@"))
    with db.use_role("staff"):
        services.close_grant(smash(), reader=engineer, now=now)
    with pytest.raises(AccessDeniedError) as refused:
        make_request(Ground.SECURITY, asker=twin)
    assert refused.value.rule == "unreviewed"


def test_what_the_user_did_not_agree_to_takes_two_approvers(smash, make_request, user, lines, shown, now):
    services.refuse_approval(make_request(items=lines[:1]), user=user, shown=shown, now=now)
    assert refused(smash) == "not_agreed"
    assert refused(smash, items=lines[:1]) == "not_agreed"
    assert smash(items=lines[2:])


def test_of_two_at_once_one_opens(smash, engineer, other, user, lines, approver):
    def attempt(asker):
        try:
            return smash(asker=asker)
        except AccessDeniedError as error:
            return error.rule
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        found = sorted(map(type, pool.map(attempt, (engineer, other))), key=lambda kind: kind is Grant)
    assert found == [str, Grant]


def test_a_refusal_of_the_log_opens_nothing(smash, monkeypatch):
    monkeypatch.setattr(import_module("humanaccess.services.request_approval"), "log_case", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        smash()
    with db.use_role("staff"):
        assert not Grant.objects.exists()
        assert not ApprovalRequest.objects.exists()


def test_it_is_reviewed_after_its_end_by_somebody_else_used_or_not(smash, engineer, approver, officer, now):
    grant = smash()
    assert [item.act for item in waits(engineer, timezone.now())] == ["Read the items"]
    assert waits(approver, timezone.now()) == []
    with pytest.raises(AccessClosedError):
        review(grant, approver)
    close(grant, engineer)
    (item,) = waits(approver, timezone.now())
    assert (item.due_at, item.is_urgent) == (grant.starts_at + DAY, True)
    assert "erin opened access to data of" in item.text
    assert waits(officer, timezone.now()) == [], "an approver is left to review"
    with pytest.raises(AccessDeniedError):
        review(grant, engineer)
    review(grant, approver)
    assert waits(approver, timezone.now()) == []


def test_a_role_lost_between_opening_and_reading_ends_it(smash, engineer, make_staff, lines, user):
    grant, root = smash(), make_staff("root", Role.ADMINISTRATOR)
    role = engineer.role_assignments.get(role=Role.SECURITY_ENGINEER)
    with db.use_role("staff"):
        end_role(role.pk, actor=root, now=timezone.now())
    with pytest.raises(ReadRefusedError):
        read(grant, lines[0].id, engineer)
    with db.row_security_for(user.reference):
        assert Letter.objects.filter(kind="humanaccess.ended").count() == 1


# What the database refuses, whatever calls it.


@pytest.fixture
def by_hand(engineer, user, lines, now):
    """File and open a break-glass request by the staff role's own SQL, with `changes` to its row."""

    def do(items=lines, at=now, state="opened", **changes):
        facts = {
            "id": uuid4(),
            "reference": f"HA-2099-{uuid4().hex[:6]}",
            "subject": user.reference,
            "asker": engineer.reference,
            "ground": "security",
            "sealed": b"x",
            "abuse_reference": "INC-7",
            "window": HOUR,
            "asked_at": at,
            "expires_at": at + DAY,
            "break_glass": True,
            **changes,
        }
        with db.use_role("staff"), db.atomic():
            request = ApprovalRequest.objects.create(**facts)
            for position, item in enumerate(items, 1):
                request.items.create(
                    subject=facts["subject"], position=position, kind=item.kind, item=item.id, label=""
                )
            ApprovalRequest.objects.filter(pk=request.pk).update(state=state, closed_at=at)
            return db.select_value("SELECT humanaccess_open_grant(%s, %s)", [request.pk, at])

    return do


def test_what_the_refused_sql_would_do_is_done_where_all_is_in_order(by_hand, approver):
    assert by_hand()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"window": HOUR + timedelta(seconds=1)}, "humanaccess_ask_glass_bounds"),
        ({"abuse_reference": ""}, "humanaccess_ask_glass_bounds"),
        ({"ground": "agreement"}, "humanaccess_ask_glass_bounds"),
        ({"ground": "legal"}, "humanaccess_ask_glass_bounds"),
        ({"break_glass": False}, "humanaccess_ask_glass_bounds"),
        ({"state": "approved"}, "humanaccess_ask_glass_bounds"),
        ({"state": "expired"}, "not opened without a decision"),
        ({"items": []}, "not opened without a decision"),
    ],
)
def test_the_database_opens_nothing_else_without_a_decision(by_hand, approver, changes, sentence):
    with pytest.raises(DatabaseError, match=sentence):
        by_hand(**changes)


def test_the_database_asks_for_the_role_and_for_a_reviewer(by_hand, support, engineer, approver, officer):
    with pytest.raises(DatabaseError, match="no role for this ground"):
        by_hand(asker=support.reference)
    with db.use_role("owner"):
        for person in (approver, officer):
            person.role_assignments.all().delete()
    with pytest.raises(DatabaseError, match="left to review"):
        by_hand()


def test_the_database_chains_none_and_buys_nothing_that_was_refused(
    by_hand, smash, other, make_user, make_request, user, lines, shown, now
):
    services.refuse_approval(make_request(items=lines[:1]), user=user, shown=shown, now=now)
    with pytest.raises(DatabaseError, match="two approvers"):
        by_hand()
    smash(items=lines[2:])
    with pytest.raises(DatabaseError, match="reviewed first"):
        by_hand(items=lines[2:], asker=other.reference)
    nora = make_user("nora").reference
    line = NamedItem("workloads.logline", put_row("workloads_logline", nora, now), {})
    with pytest.raises(DatabaseError, match="reviewed first"):
        by_hand(items=[line], subject=nora)


def test_nothing_is_added_to_what_was_opened(smash, lines, user, now):
    grant = smash(items=lines[:1])
    with db.use_role("staff"), pytest.raises(DatabaseError, match="row-level security"), db.atomic():
        grant.approval_request.items.create(
            subject=user.reference, position=9, kind="workloads.logline", item=lines[1].id, label=""
        )


@pytest.mark.parametrize("role", ["default", "staff", "worker", "ingest", "auditor"])
def test_no_role_widens_the_window_clears_the_flag_or_takes_the_state_back(smash, user, role):
    grant = smash()
    changes = ("\"window\" = '5 h'", "break_glass = false", "state = 'asked'", "abuse_reference = ''")
    statements = [f"UPDATE humanaccess_ask SET {change} WHERE id = '{grant.approval_request_id}'" for change in changes]
    for statement in (*statements, "UPDATE humanaccess_grant SET ends_at = ends_at + interval '1 h'"):
        with db.use_role(role), pytest.raises(DatabaseError), db.row_security_for(user.reference):
            db.select_rows(f"{statement} RETURNING 1")


# What pages say.


def text_of(client, path):
    page = client.get(path)
    assert page.status_code == 200, path
    return page.content.decode()


def test_every_staff_page_says_it_until_it_is_reviewed(smash, engineer, approver, support, client_of):
    for page in PAGES:
        assert SENTENCE not in text_of(client_of(support), page)
    grant = smash()
    case = grant.approval_request.reference
    for page in PAGES[:2]:
        seen = text_of(client_of(approver), page)
        assert f"erin\u2069 {SENTENCE} ({case})" in seen
        assert 'role="status"' in seen
        assert f'href="/staff/humanaccess/ask/{case}/"' in seen
    for page in PAGES:
        seen = text_of(client_of(support), page)
        assert "A security engineer opened access to data without a decision" in seen
        assert "erin" not in seen
        assert case not in seen
    close(grant, engineer)
    assert "It waits for review." in text_of(client_of(support), PAGES[0])
    review(grant, approver)
    assert "without a decision" not in text_of(client_of(support), PAGES[0])


def test_the_band_costs_one_query(smash, support, client_of):
    client = client_of(support)

    def queries():
        client.get(PAGES[1])
        with CaptureQueriesContext(connections["staff"]) as captured:
            client.get(PAGES[1])
        return [one["sql"] for one in captured.captured_queries]

    before = queries()
    assert sum("break_glass" in sql and "humanaccess_grant" in sql and "username" in sql for sql in before) == 1
    smash()
    assert len(queries()) == len(before)


def test_a_member_of_staff_whose_data_it_is_gets_no_name_there(smash, officer, approver, now, client_of, make_staff):
    line = [NamedItem("workloads.logline", put_row("workloads_logline", officer.reference, now), {})]
    grant = smash(subject=officer, items=line)
    seen = text_of(client_of(officer), PAGES[0])
    assert "A security engineer opened access to data without a decision" in seen
    assert grant.approval_request.reference not in seen
    assert TO_USER in text_of(client_of(officer), "/settings/profile/")


def test_every_page_of_the_users_settings_says_it_for_seven_days(smash, user, make_user, engineer, approver, client_of):
    client = client_of(user)
    assert TO_USER not in text_of(client, "/settings/")
    grant = smash()
    for page in ("/settings/", "/settings/privacy/", "/settings/security/", "/settings/looked/"):
        assert TO_USER in text_of(client, page)
    history = text_of(client, "/settings/looked/")
    assert "Access opened without a decision" in history
    assert "Mails go out" in history
    assert "nobody: it was opened without a decision" in history
    assert TO_USER not in text_of(client_of(make_user("nora")), "/settings/")
    close(grant, engineer)
    review(grant, approver)
    assert TO_USER in text_of(client, "/settings/")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE humanaccess_ask DISABLE TRIGGER humanaccess_keep")
        cursor.execute("UPDATE humanaccess_ask SET asked_at = asked_at - interval '8 days'")
        cursor.execute("ALTER TABLE humanaccess_ask ENABLE ALWAYS TRIGGER humanaccess_keep")
    assert TO_USER not in text_of(client, "/settings/")


# The form.


@pytest.fixture
def filled(user, lines, engineer, now):
    """What the last step of the form posts, with the items ticked."""
    with db.use_role("staff"):
        tokens = [one.token for one in offer(engineer, user, lines[:1])]
    return {
        "person": user.email,
        "ground": "security",
        "items": tokens,
        "offered": tokens,
        "reason": REASON,
        "abuse_reference": "INC-7",
        "hours": "4",
        "at": "check",
    }


NEW = "/staff/humanaccess/ask/new/"


def test_the_form_offers_it_asks_and_opens(filled, engineer, approver, client_of):
    client = client_of(engineer)
    check = client.post(NEW, {**filled, "step": "check", "at": "reason"}).content.decode()
    assert 'value="glass"' in check
    asked = client.post(NEW, {**filled, "step": "glass"})
    assert asked.status_code == 200
    assert "lasts one hour" in asked.content.decode()
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()
    done = client.post(NEW, {**filled, "step": "open_now"})
    assert done.status_code == 302
    page = client.get(done["Location"]).content.decode()
    assert "opened without a decision" in page
    assert "Nobody decided" in page


def test_the_form_keeps_what_was_typed_through_the_step_up(filled, engineer, approver, client_of):
    client = client_of(engineer)
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**one, "purpose": "read"} for one in records]
    session.save()
    asked = client.post(NEW, {**filled, "step": "open_now"})
    assert asked["Location"].startswith("/settings/step-up/?next=%2Fstaff%2Fhumanaccess%2Fask%2Fnew%2F")
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()
    session = client.session
    session["account_authentication_methods"] = records
    session.save()
    back = client.get(NEW).content.decode()
    assert "lasts one hour" in back
    assert REASON in back
    assert "lasts one hour" not in client.get(NEW).content.decode(), "once"


def test_the_form_offers_it_to_nobody_else(filled, support, engineer, approver, smash, client_of):
    step = {"step": "check", "at": "reason"}
    for changes in ({"ground": "agreement"}, {}):
        smashed = changes or smash()
        assert smashed
        assert 'value="glass"' not in client_of(engineer).post(NEW, {**filled, **step, **changes}).content.decode()
    again = client_of(engineer).post(NEW, {**filled, "step": "open_now"})
    assert again.status_code == 403
    assert "Somebody else must review that first." in again.content.decode()
    wrong = client_of(engineer).post(NEW, {**filled, "step": "open_now", "abuse_reference": "<b>"})
    assert wrong.status_code == 422
