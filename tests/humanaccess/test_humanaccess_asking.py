"""Asking, withdrawing, answering, deciding: the happy way, refusals, wrong states, races, lines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from accounts.identity.ports import NamedItem
from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from audit import sides
from audit.models import Entry
from humanaccess import selectors, services
from humanaccess.errors import AccessError, InvalidError, NotAllowedError, WrongStateError
from humanaccess.grounds import RULES, Ground
from humanaccess.models import Ask, AskItem, Decision, Grant
from humanaccess.states import AskState
from vault.services import unsealer


@pytest.fixture
def staff_side():
    with sides.acting("staff"):
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


def on_staff_side(act):
    def run():
        with sides.acting("staff"):
            return act()

    return run


def test_an_ask_names_items_and_seals_its_reason(make_ask, user, support, events, now):
    ask = make_ask()
    assert ask.reference == f"HA-{now.year}-000001"
    assert (ask.state, ask.asker, ask.subject) == ("asked", support.reference, user.reference)
    assert ask.window == timedelta(days=1)
    assert ask.expires_at == now + timedelta(days=7)
    assert b"upload" not in bytes(ask.sealed)
    assert ("humanaccess.ask.filed", "ok") in events()
    with sides.acting("auditor"):
        assert b"upload" not in bytes(Entry.objects.get(event="humanaccess.ask.filed").leaf)
    with sides.as_subject(user.reference):
        assert ask.items.count() == 3
        assert Letter.objects.get().kind == "humanaccess.asked"
    assert make_ask().reference == f"HA-{now.year}-000002"


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
def test_a_field_that_breaks_its_rule_is_named_and_nothing_is_stored(make_ask, changes, field):
    with pytest.raises(InvalidError) as refused:
        make_ask(**changes)
    assert refused.value.field == field
    with sides.acting("staff"):
        assert not Ask.objects.exists()


def test_the_security_ground_wants_a_report_and_a_day_at_most(make_ask):
    for changes, field in [({"abuse_reference": ""}, "abuse_reference"), ({"window": timedelta(hours=25)}, "window")]:
        with pytest.raises(InvalidError) as refused:
            make_ask(Ground.SECURITY, **changes)
        assert refused.value.field == field


def test_an_item_is_named_once_and_fifty_at_most(make_ask, lines):
    for items in ([lines[0], lines[0]], [NamedItem("workloads.logline", lines[0].id, {})] * 51):
        with pytest.raises(InvalidError, match="item"):
            make_ask(items=items)


def test_only_the_jobs_of_a_ground_ask_on_it(make_ask, support, make_staff, events):
    auditor = make_staff("otto", Role.AUDITOR, Role.ADMINISTRATOR)
    root = make_staff("root", is_superuser=True)
    for ground, asker in [(Ground.SECURITY, support), (Ground.AGREEMENT, auditor), (Ground.AGREEMENT, root)]:
        with pytest.raises(NotAllowedError, match="roles"):
            make_ask(ground, asker=asker)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")] * 3


@pytest.mark.parametrize("ground", [ground for ground, rule in RULES.items() if not rule.is_open])
def test_grounds_that_are_not_open_yet_say_so(make_ask, make_staff, ground):
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    with pytest.raises(NotAllowedError, match="not taken yet"):
        make_ask(ground, asker=counsel)


@pytest.mark.parametrize("written", ["Layla+work@Example.org", "layla@\uff45xample.org", '"layla"@example.org'])
def test_nobody_asks_about_themselves_nor_about_a_second_account_of_theirs(make_ask, make_staff, user, written):
    twin = make_staff("twin", Role.SUPPORT, email=written)
    for subject, asker in [(twin, twin), (user, twin)]:
        with pytest.raises(NotAllowedError, match="their own data"):
            make_ask(subject=subject, asker=asker)


def test_the_asker_withdraws_and_nobody_else(make_ask, support, engineer, user, shown, events, staff_side, now):
    ask = make_ask()
    item = ask.items.first().item
    with pytest.raises(NotAllowedError):
        services.cancel_ask(ask, actor=engineer, now=now)
    assert services.cancel_ask(ask, actor=support, now=now).state == AskState.CANCELLED
    with pytest.raises(WrongStateError):
        services.cancel_ask(ask, actor=support, now=now)
    with sides.acting("default"), pytest.raises(WrongStateError):
        services.agree_to_ask(ask, user=user, items={item}, shown=shown, now=now)
    assert ("humanaccess.ask.cancelled", "ok") in events()


def test_agreeing_opens_what_was_ticked_and_keeps_the_exact_text(agreed, user, support, lines, shown, events, now):
    assert (agreed.reader, agreed.starts_at, agreed.ends_at) == (support.reference, now, now + timedelta(days=1))
    assert [i.item for i in selectors.list_granted_items(agreed)] == []
    with sides.as_subject(user.reference):
        assert {i.item for i in selectors.list_granted_items(agreed)} == {lines[0].id, lines[1].id}
        assert list(AskItem.objects.values_list("answer", flat=True)) == ["agreed", "agreed", "refused"]
        decision = Decision.objects.get()
        assert Ask.objects.get().state == "agreed"
    assert (decision.verdict, decision.text_version, decision.language) == ("agreed", shown.version, "en")
    assert decision.shown_at == shown.shown_at
    assert set(decision.items) == {str(lines[0].id), str(lines[1].id)}
    with sides.acting("auditor"):
        entry = Entry.objects.get(event="humanaccess.ask.agreed")
        assert shown.text.encode() not in bytes(entry.leaf)
        assert bytes(entry.leaf).count(b'"sd":["') == 1
    names = [name for name, _ in events()]
    assert names.index("humanaccess.ask.agreed") < names.index("humanaccess.grant.started")
    with sides.acting("staff"):
        _reason, notes = services.show_ask_to_staff(Ask.objects.get(), viewer=support, now=now)
    assert notes[user.reference] == shown.text


def test_refusing_closes_every_item(make_ask, user, shown, events, now):
    ask = make_ask()
    services.refuse_ask(ask, user=user, shown=shown, now=now)
    with sides.as_subject(user.reference):
        assert set(AskItem.objects.values_list("answer", flat=True)) == {"refused"}
        assert not Grant.objects.exists()
        assert Decision.objects.get().verdict == "refused"
    assert ("humanaccess.ask.refused", "ok") in events()


def test_an_answer_without_a_tick_or_with_a_foreign_item_changes_nothing(make_ask, user, lines, shown, now):
    ask = make_ask()
    for items in (set(), {user.pk}, {lines[0].id, user.pk}):
        with pytest.raises(InvalidError):
            services.agree_to_ask(ask, user=user, items=items, shown=shown, now=now)
    with sides.as_subject(user.reference):
        assert Ask.objects.get().state == "asked"
        assert set(AskItem.objects.values_list("answer", flat=True)) == {"none"}


def test_another_user_cannot_answer_nor_the_user_after_its_time(make_ask, make_user, user, lines, shown, now):
    ask = make_ask()
    with pytest.raises(WrongStateError, match="no such ask"):
        services.agree_to_ask(ask, user=make_user("omar"), items={lines[0].id}, shown=shown, now=now)
    with pytest.raises(WrongStateError, match="its time is over"):
        services.agree_to_ask(ask, user=user, items={lines[0].id}, shown=shown, now=now + timedelta(days=7))


def test_the_user_does_not_decide_a_security_ask(make_ask, user, lines, shown, events, now):
    with pytest.raises(NotAllowedError, match="not yours"):
        services.agree_to_ask(make_ask(Ground.SECURITY), user=user, items={lines[0].id}, shown=shown, now=now)
    assert ("humanaccess.act.refused", "refused") in events()


def test_two_answers_at_once_have_one_effect(make_ask, user, lines, shown, now):
    ask = make_ask()
    results = at_once(
        *[lambda: services.agree_to_ask(ask, user=user, items={lines[0].id}, shown=shown, now=now)] * 2,
        *[lambda: services.refuse_ask(ask, user=user, shown=shown, now=now)] * 2,
    )
    assert sum(not isinstance(result, AccessError) for result in results) == 1
    with sides.as_subject(user.reference):
        assert Decision.objects.count() == 1


def test_a_second_person_approves(approved, engineer, events, now):
    assert (approved.reader, approved.ends_at) == (engineer.reference, now + timedelta(hours=4))
    with sides.acting("staff"):
        assert len(selectors.list_granted_items(approved)) == 3
        assert approved.ask.state == "approved"
    assert [name for name, _ in events()][-2:] == ["humanaccess.ask.approved", "humanaccess.grant.started"]


def test_nobody_decides_on_their_own_ask_by_any_account(make_ask, make_staff, events, staff_side, now):
    both = make_staff("both", Role.SECURITY_ENGINEER, Role.APPROVER_SECURITY)
    twin = make_staff("twin", Role.APPROVER_SECURITY, email="BOTH+2@example.org")
    ask = make_ask(Ground.SECURITY, asker=both)
    for decider in (both, twin):
        for verb in (services.approve_ask, services.decline_ask):
            with pytest.raises(NotAllowedError, match="their own ask"):
                verb(ask, actor=decider, now=now)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")] * 4


def test_the_right_to_decide_is_asked_anew(make_ask, make_staff, approver, support, user, staff_side, now):
    ask = make_ask(Ground.SECURITY)
    administrator = make_staff("root", Role.ADMINISTRATOR, Role.APPROVER_LEGAL, is_superuser=True)
    approver.role_assignments.update(ended_at=now, ended_by="0" * 32)
    for decider in (support, administrator, approver, user):
        with pytest.raises(NotAllowedError, match="right to decide"):
            services.approve_ask(ask, actor=decider, now=now)
    with pytest.raises(NotAllowedError, match="right to decide"):
        services.approve_ask(make_ask(), actor=approver, now=now)


def test_declining_ends_the_ask(make_ask, approver, events, staff_side, now):
    ask = make_ask(Ground.SECURITY)
    assert services.decline_ask(ask, actor=approver, note="Too wide.", now=now).state == AskState.REFUSED
    with pytest.raises(WrongStateError):
        services.approve_ask(ask, actor=approver, now=now)
    assert ("humanaccess.ask.declined", "ok") in events()
    assert not Grant.objects.exists()


def test_two_approvals_at_once_have_one_effect(make_ask, make_staff, approver, now):
    other = make_staff("ben", Role.APPROVER_SECURITY)
    ask = make_ask(Ground.SECURITY)
    results = at_once(
        on_staff_side(lambda: services.approve_ask(ask, actor=approver, now=now)),
        on_staff_side(lambda: services.approve_ask(ask, actor=other, now=now)),
        on_staff_side(lambda: services.decline_ask(ask, actor=other, now=now)),
    )
    assert sum(not isinstance(result, AccessError) for result in results) == 1
    with sides.acting("staff"):
        assert Decision.objects.count() == 1


def test_after_a_refusal_a_second_approver_must_see_it(make_ask, make_staff, user, approver, shown, staff_side, now):
    with sides.acting("default"):
        services.refuse_ask(make_ask(), user=user, shown=shown, now=now)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    ask = make_ask(Ground.SECURITY)
    assert selectors.count_approvals(ask) == (0, 2)
    with pytest.raises(InvalidError, match="not agreed"):
        services.approve_ask(ask, actor=approver, now=now)
    assert services.approve_ask(ask, actor=approver, has_seen_refusal=True, now=now) is None
    assert Ask.objects.get(pk=ask.pk).state == "asked"
    with pytest.raises(WrongStateError, match="second approver"):
        services.approve_ask(ask, actor=approver, has_seen_refusal=True, now=now)
    grant = services.approve_ask(ask, actor=second, has_seen_refusal=True, now=now)
    assert grant is not None
    assert Decision.objects.filter(ask=ask, saw_refusal=True).count() == 2


def test_a_refusal_that_comes_between_asking_and_approving_counts(
    make_ask, approver, user, lines, shown, staff_side, now
):
    ask, pending = make_ask(Ground.SECURITY), make_ask()
    with sides.acting("default"):
        services.agree_to_ask(pending, user=user, items={lines[0].id}, shown=shown, now=now)
    with pytest.raises(InvalidError, match="not agreed"):
        services.approve_ask(ask, actor=approver, now=now)


def test_asks_expire_once(make_ask, user, events, now):
    late, fresh = make_ask(now=now - timedelta(days=8)), make_ask()
    results = at_once(
        *[lambda: sides_worker(lambda: services.expire_asks(now))] * 2,
    )
    assert sum(results) == 1
    with sides.as_subject(user.reference):
        assert Ask.objects.get(pk=late.pk).state == "expired"
        assert Ask.objects.get(pk=fresh.pk).state == "asked"
    assert events("humanaccess.ask.expired") == [("humanaccess.ask.expired", "ok")]


def sides_worker(act):
    with sides.acting("worker"):
        return act()


def test_the_owner_sees_the_items_that_they_decide_on(make_ask, user, now):
    reason, items = services.show_ask_to_owner(make_ask(), owner=user, now=now)
    assert "upload failed" in reason
    assert all("canary-log-text" in str(shown.values) for shown in items)


def test_listing_is_a_read_and_stands_in_the_log(user, support, make_staff, lines, events, staff_side, now):
    where = {"app": UUID(int=7), "start": now - timedelta(days=1), "end": now}
    found = services.list_items(asker=support, subject=user, kind="workloads.logline", where=where, now=now)
    assert {item.id for item in found} == {line.id for line in lines}
    assert not any("canary" in item.label for item in found)
    assert events("humanaccess.items") == [("humanaccess.items.listed", "ok")]
    with pytest.raises(InvalidError, match="app"):
        services.list_items(asker=support, subject=user, kind="workloads.logline", where={}, now=now)
    with pytest.raises(InvalidError, match="kind"):
        services.list_items(asker=support, subject=user, kind="nothing", where={}, now=now)
    with pytest.raises(NotAllowedError):
        services.list_items(asker=make_staff("otto", Role.AUDITOR), subject=user, kind="workloads.logline",
                            where=where, now=now)  # fmt: skip


def test_the_reason_opens_on_a_line_of_its_own(make_ask, support, user, events, staff_side, now):
    ask = make_ask()
    reason, notes = services.show_ask_to_staff(ask, viewer=support, now=now)
    assert reason.startswith("Your upload failed")
    assert notes == {}
    assert ("humanaccess.ask.opened", "ok") in events()
    with sides.acting("auditor"):
        filed = Entry.objects.get(event="humanaccess.ask.filed").pk
    with pytest.raises(Exception, match="does not permit"):
        unsealer(user.reference, filed)
