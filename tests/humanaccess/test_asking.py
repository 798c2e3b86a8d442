"""Requesting approval, withdrawing, answering, deciding: the happy path, refusals, wrong states, races, entries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.personaldata.item_providers import NamedItem
from audit.log.models import Entry
from core import db
from humanaccess import selectors, services
from humanaccess.errors import AccessClosedError, AccessDeniedError, AccessError, InvalidError
from humanaccess.grounds import RULES, Ground
from humanaccess.models import ApprovalRequest, Decision, Grant, RequestedItem
from humanaccess.states import ApprovalState
from vault.services import decryptor


@pytest.fixture
def staff_role():
    with db.use_role("staff"):
        yield


def at_once(*acts):
    """Run the acts in threads of their own and return what each gave or raised."""

    def run(act):
        try:
            return act()
        except AccessError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def as_staff(act):
    def run():
        with db.use_role("staff"):
            return act()

    return run


def test_an_approval_request_names_items_and_its_reason_is_encrypted(make_request, user, support, events, now):
    approval_request = make_request()
    assert approval_request.reference == f"HA-{now.year}-000001"
    assert (approval_request.state, approval_request.asker, approval_request.subject) == (
        "asked",
        support.reference,
        user.reference,
    )
    assert approval_request.window == timedelta(days=1)
    assert approval_request.expires_at == now + timedelta(days=7)
    assert b"upload" not in bytes(approval_request.sealed)
    assert ("humanaccess.ask.filed", "ok") in events()
    with db.use_role("auditor"):
        assert b"upload" not in bytes(Entry.objects.get(event="humanaccess.ask.filed").leaf)
    with db.row_security_for(user.reference):
        assert approval_request.items.count() == 3
        assert Letter.objects.get().kind == "humanaccess.asked"
    assert make_request().reference == f"HA-{now.year}-000002"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"reason": "why not"}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"window": timedelta(days=6)}, "window"),
        ({"window": timedelta(minutes=1)}, "window"),
        ({"abuse_reference": "my mum's case"}, "abuse_reference"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named_and_nothing_is_stored(make_request, changes, field):
    with pytest.raises(InvalidError) as refused:
        make_request(**changes)
    assert refused.value.field == field
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()


def test_the_security_ground_wants_a_report_and_a_day_at_most(make_request):
    for changes, field in [({"abuse_reference": ""}, "abuse_reference"), ({"window": timedelta(hours=25)}, "window")]:
        with pytest.raises(InvalidError) as refused:
            make_request(Ground.SECURITY, **changes)
        assert refused.value.field == field


def test_an_item_is_named_once_and_fifty_at_most(make_request, lines):
    for items in ([lines[0], lines[0]], [NamedItem("workloads.logline", lines[0].id, {})] * 51):
        with pytest.raises(InvalidError, match="item"):
            make_request(items=items)


def test_only_the_jobs_of_a_ground_request_on_it(make_request, support, make_staff, events):
    auditor = make_staff("otto", Role.AUDITOR, Role.ADMINISTRATOR)
    root = make_staff("root", is_superuser=True)
    for ground, asker in [(Ground.SECURITY, support), (Ground.AGREEMENT, auditor), (Ground.AGREEMENT, root)]:
        with pytest.raises(AccessDeniedError, match="roles"):
            make_request(ground, asker=asker)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")] * 3


@pytest.mark.parametrize("ground", [ground for ground, rule in RULES.items() if not rule.is_open])
def test_grounds_that_are_not_open_yet_say_so(make_request, make_staff, ground):
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    with pytest.raises(AccessDeniedError, match="not accepted yet"):
        make_request(ground, asker=counsel)


@pytest.mark.parametrize("written", ["Layla+work@Example.org", "layla@\uff45xample.org", '"layla"@example.org'])
def test_nobody_requests_their_own_data_nor_that_of_a_second_account_of_theirs(make_request, make_staff, user, written):
    twin = make_staff("twin", Role.SUPPORT, email=written)
    for subject, asker in [(twin, twin), (user, twin)]:
        with pytest.raises(AccessDeniedError, match="their own data"):
            make_request(subject=subject, asker=asker)


def test_the_asker_withdraws_and_nobody_else(make_request, support, engineer, user, shown, events, staff_role, now):
    approval_request = make_request()
    item = approval_request.items.first().item
    with pytest.raises(AccessDeniedError):
        services.cancel_request(approval_request, actor=engineer, now=now)
    assert services.cancel_request(approval_request, actor=support, now=now).state == ApprovalState.CANCELLED
    with pytest.raises(AccessClosedError):
        services.cancel_request(approval_request, actor=support, now=now)
    with db.use_role("default"), pytest.raises(AccessClosedError):
        services.agree_to_request(approval_request, user=user, items={item}, shown=shown, now=now)
    assert ("humanaccess.ask.cancelled", "ok") in events()


def test_agreeing_opens_what_was_ticked_and_keeps_the_exact_text(agreed, user, support, lines, shown, events, now):
    assert (agreed.reader, agreed.starts_at, agreed.ends_at) == (support.reference, now, now + timedelta(days=1))
    assert [i.item for i in selectors.list_granted_items(agreed)] == []
    with db.row_security_for(user.reference):
        assert {i.item for i in selectors.list_granted_items(agreed)} == {lines[0].id, lines[1].id}
        assert list(RequestedItem.objects.values_list("answer", flat=True)) == ["agreed", "agreed", "refused"]
        decision = Decision.objects.get()
        assert ApprovalRequest.objects.get().state == "agreed"
    assert (decision.verdict, decision.text_version, decision.language) == ("agreed", shown.version, "en")
    assert decision.shown_at == shown.shown_at
    assert set(decision.items) == {str(lines[0].id), str(lines[1].id)}
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="humanaccess.ask.agreed")
        assert shown.text.encode() not in bytes(entry.leaf)
        assert bytes(entry.leaf).count(b'"sd":["') == 1
    names = [name for name, _ in events()]
    assert names.index("humanaccess.ask.agreed") < names.index("humanaccess.grant.started")
    with db.use_role("staff"):
        _reason, notes, _texts = services.show_request_to_staff(ApprovalRequest.objects.get(), viewer=support, now=now)
    assert notes[user.reference] == shown.text


def test_refusing_closes_every_item(make_request, user, shown, events, now):
    approval_request = make_request()
    services.refuse_approval(approval_request, user=user, shown=shown, now=now)
    with db.row_security_for(user.reference):
        assert set(RequestedItem.objects.values_list("answer", flat=True)) == {"refused"}
        assert not Grant.objects.exists()
        assert Decision.objects.get().verdict == "refused"
    assert ("humanaccess.ask.refused", "ok") in events()


def test_an_answer_without_a_tick_or_with_a_foreign_item_changes_nothing(make_request, user, lines, shown, now):
    approval_request = make_request()
    for items in (set(), {user.pk}, {lines[0].id, user.pk}):
        with pytest.raises(InvalidError):
            services.agree_to_request(approval_request, user=user, items=items, shown=shown, now=now)
    with db.row_security_for(user.reference):
        assert ApprovalRequest.objects.get().state == "asked"
        assert set(RequestedItem.objects.values_list("answer", flat=True)) == {"none"}


def test_another_user_cannot_answer_nor_the_user_after_its_time(make_request, make_user, user, lines, shown, now):
    approval_request = make_request()
    with pytest.raises(AccessClosedError, match="no such approval request"):
        services.agree_to_request(approval_request, user=make_user("omar"), items={lines[0].id}, shown=shown, now=now)
    with pytest.raises(AccessClosedError, match="its time is over"):
        services.agree_to_request(
            approval_request, user=user, items={lines[0].id}, shown=shown, now=now + timedelta(days=7)
        )


def test_the_user_does_not_decide_a_security_request(make_request, user, lines, shown, events, now):
    with pytest.raises(AccessDeniedError, match="not yours"):
        services.agree_to_request(make_request(Ground.SECURITY), user=user, items={lines[0].id}, shown=shown, now=now)
    assert ("humanaccess.act.refused", "refused") in events()


def test_two_answers_at_once_have_one_effect(make_request, user, lines, shown, now):
    approval_request = make_request()
    results = at_once(
        *[lambda: services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)]
        * 2,
        *[lambda: services.refuse_approval(approval_request, user=user, shown=shown, now=now)] * 2,
    )
    assert sum(not isinstance(result, AccessError) for result in results) == 1
    with db.row_security_for(user.reference):
        assert Decision.objects.count() == 1


def test_a_second_person_approves(approved, engineer, events, now):
    assert (approved.reader, approved.ends_at) == (engineer.reference, now + timedelta(hours=4))
    with db.use_role("staff"):
        assert len(selectors.list_granted_items(approved)) == 3
        assert approved.approval_request.state == "approved"
    assert [name for name, _ in events()][-2:] == ["humanaccess.ask.approved", "humanaccess.grant.started"]


def test_nobody_decides_on_their_own_request_by_any_account(make_request, make_staff, events, staff_role, now):
    both = make_staff("both", Role.SECURITY_ENGINEER, Role.APPROVER_SECURITY)
    twin = make_staff("twin", Role.APPROVER_SECURITY, email="BOTH+2@example.org")
    approval_request = make_request(Ground.SECURITY, asker=both)
    for decider in (both, twin):
        for verb in (services.approve_request, services.decline_request):
            with pytest.raises(AccessDeniedError, match="their own request"):
                verb(approval_request, actor=decider, now=now)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")] * 4


def test_the_right_to_decide_is_checked_anew(make_request, make_staff, approver, support, user, staff_role, now):
    approval_request = make_request(Ground.SECURITY)
    administrator = make_staff("root", Role.ADMINISTRATOR, Role.APPROVER_LEGAL, is_superuser=True)
    approver.role_assignments.update(ended_at=now, ended_by="0" * 32)
    for decider in (support, administrator, approver, user):
        with pytest.raises(AccessDeniedError, match="right to decide"):
            services.approve_request(approval_request, actor=decider, now=now)
    with pytest.raises(AccessDeniedError, match="right to decide"):
        services.approve_request(make_request(), actor=approver, now=now)


def test_declining_ends_the_request(make_request, approver, events, staff_role, now):
    approval_request = make_request(Ground.SECURITY)
    assert (
        services.decline_request(approval_request, actor=approver, note="Too wide.", now=now).state
        == ApprovalState.REFUSED
    )
    with pytest.raises(AccessClosedError):
        services.approve_request(approval_request, actor=approver, now=now)
    assert ("humanaccess.ask.declined", "ok") in events()
    assert not Grant.objects.exists()


def test_two_approvals_at_once_have_one_effect(make_request, make_staff, approver, now):
    other = make_staff("ben", Role.APPROVER_SECURITY)
    approval_request = make_request(Ground.SECURITY)
    results = at_once(
        as_staff(lambda: services.approve_request(approval_request, actor=approver, now=now)),
        as_staff(lambda: services.approve_request(approval_request, actor=other, now=now)),
        as_staff(lambda: services.decline_request(approval_request, actor=other, now=now)),
    )
    assert sum(not isinstance(result, AccessError) for result in results) == 1
    with db.use_role("staff"):
        assert Decision.objects.count() == 1


def test_after_a_refusal_a_second_approver_must_see_it(
    make_request, make_staff, user, approver, shown, staff_role, now
):
    with db.use_role("default"):
        services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    approval_request = make_request(Ground.SECURITY)
    assert selectors.count_approvals(approval_request) == (0, 2)
    with pytest.raises(InvalidError, match="not agreed"):
        services.approve_request(approval_request, actor=approver, now=now)
    assert services.approve_request(approval_request, actor=approver, has_seen_refusal=True, now=now) is None
    assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "asked"
    with pytest.raises(AccessClosedError, match="second approver"):
        services.approve_request(approval_request, actor=approver, has_seen_refusal=True, now=now)
    grant = services.approve_request(approval_request, actor=second, has_seen_refusal=True, now=now)
    assert grant is not None
    assert Decision.objects.filter(approval_request=approval_request, saw_refusal=True).count() == 2


def test_a_refusal_that_comes_between_asking_and_approving_counts(
    make_request, approver, user, lines, shown, staff_role, now
):
    approval_request, pending = make_request(Ground.SECURITY), make_request()
    with db.use_role("default"):
        services.agree_to_request(pending, user=user, items={lines[0].id}, shown=shown, now=now)
    with pytest.raises(InvalidError, match="not agreed"):
        services.approve_request(approval_request, actor=approver, now=now)


def test_requests_expire_once(make_request, user, events, now):
    late, fresh = make_request(now=now - timedelta(days=8)), make_request()
    results = at_once(
        *[lambda: as_worker(lambda: services.expire_requests(now))] * 2,
    )
    assert sum(results) == 1
    with db.row_security_for(user.reference):
        assert ApprovalRequest.objects.get(pk=late.pk).state == "expired"
        assert ApprovalRequest.objects.get(pk=fresh.pk).state == "asked"
    assert events("humanaccess.ask.expired") == [("humanaccess.ask.expired", "ok")]


def as_worker(act):
    with db.use_role("worker"):
        return act()


def test_the_owner_sees_the_items_that_they_decide_on(make_request, user, now):
    reason, items = services.show_request_to_owner(make_request(), owner=user, now=now)
    assert "upload failed" in reason
    assert all("canary-log-text" in str(item.values) for item in items)


def test_listing_is_a_read_and_stands_in_the_log(user, support, make_staff, lines, events, staff_role, now):
    where = {"app": UUID(int=7), "start": now - timedelta(days=1), "end": now}
    found = services.list_items(asker=support, subject=user, kind="workloads.logline", where=where, now=now)
    assert {item.id for item in found} == {line.id for line in lines}
    assert not any("canary" in item.label for item in found)
    assert events("humanaccess.items") == [("humanaccess.items.listed", "ok")]
    with pytest.raises(InvalidError, match="app"):
        services.list_items(asker=support, subject=user, kind="workloads.logline", where={}, now=now)
    with pytest.raises(InvalidError, match="kind"):
        services.list_items(asker=support, subject=user, kind="nothing", where={}, now=now)
    with pytest.raises(AccessDeniedError):
        services.list_items(asker=make_staff("otto", Role.AUDITOR), subject=user, kind="workloads.logline",
                            where=where, now=now)  # fmt: skip


def test_the_reason_is_decrypted_under_an_entry_of_its_own(make_request, support, user, events, staff_role, now):
    approval_request = make_request()
    reason, notes, _texts = services.show_request_to_staff(approval_request, viewer=support, now=now)
    assert reason.startswith("Your upload failed")
    assert notes == {}
    assert ("humanaccess.ask.opened", "ok") in events()
    with db.use_role("auditor"):
        filed = Entry.objects.get(event="humanaccess.ask.filed").pk
    with pytest.raises(Exception, match="does not permit"):
        decryptor(user.reference, filed)
