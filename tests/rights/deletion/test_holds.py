"""Legal holds: who places one, what it suspends, and that everything goes on by itself once it ends."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from accounts.personaldata.retention import count_past_rule, sweep_retention
from audit.erasure.crypto_shred import crypto_shred_subject, replay_crypto_shreds, resume_crypto_shreds
from audit.erasure.journal_format import Erasure
from audit.errors import ErasureRefusedError
from audit.log.actors import machine
from audit.log.append import append
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from cases.errors import NotAllowedError
from core import db
from core.promises import PromiseState, measure, promises
from rights import selectors, services
from rights.errors import HoldStateError, OnHoldError, RightsError
from rights.events import STEP_STARTED
from rights.models import LegalHold, Step
from rights.services import lift_hold, place_hold, show_hold
from rights.states import Attestation, RequestState, StepStatus, Verb
from tests.platform_rows import put_row, put_rows

AUTHORITY, REASON = (
    "District Court of Hamburg, 312 O 45/26",
    "Preserve everything until the claim of Mr Canary is decided.",
)


@pytest.fixture
def counsel(make_staff):
    return make_staff("lena", Role.LEGAL_COUNSEL)


@pytest.fixture
def hold(user, counsel, now):
    """Place a hold on Layla: `hold("usage")`."""

    def place(category="", *, subject=user.reference, days=10, by=counsel, at=now, **more):
        facts = {"authority": AUTHORITY, "reason": REASON, "ends_on": at.date() + timedelta(days=days), **more}
        with db.use_role("staff"):
            return place_hold(subject, category=category, actor=by, now=at, **facts)

    return place


@pytest.fixture
def lift(counsel, now):
    def do(hold, *, by=counsel, at=now):
        with db.use_role("staff"):
            return lift_hold(hold.pk, actor=by, now=at)

    return do


@pytest.fixture
def taken(deletion, officer, now):
    """Layla's deletion, past its grace and held by the officer."""
    with db.use_role("staff"):
        return services.take_request(deletion.reference, actor=officer, now=now)


@pytest.fixture
def begin(taken, officer, now):
    def do(*, at=now):
        with db.use_role("staff"):
            return services.start_erasure(taken.reference, actor=officer, now=at)

    return do


@pytest.fixture
def settle(officer, now):
    """Attest what lies outside."""

    def do(request):
        with db.use_role("staff"):
            for step in Step.objects.filter(request=request, verb=Verb.ATTEST, status=StepStatus.WAITING):
                services.attest_step(
                    request.reference,
                    step.pk,
                    actor=officer,
                    finding=Attestation.ERASED,
                    evidence=[b"%PDF-1.7 deleted"],
                    backups_until=None,
                    now=now,
                )

    return do


def entries(event):
    with db.use_role("auditor"):
        return [orjson.loads(bytes(each.leaf)) for each in Entry.objects.filter(event=event).order_by("id")]


def waiting(request):
    with db.use_role("staff"):
        steps = Step.objects.filter(request=request, verb=Verb.ERASE, status=StepStatus.WAITING)
        return set(steps.values_list("holding", flat=True))


def due(now):
    with db.use_role("worker"):
        return set(selectors.due_steps(now + timedelta(hours=1)).values_list("verb", "holding"))


def test_counsel_places_lifts_and_opens_a_hold_each_with_its_entry(hold, lift, user, counsel, officer, now):
    placed = hold("usage")
    assert placed.is_active(now)
    assert b"Canary" not in bytes(placed.sealed)
    with db.use_role("staff"):
        assert show_hold(placed, actor=officer, now=now) == {"authority": AUTHORITY, "reason": REASON}
    assert not lift(placed, by=officer).is_active(now)
    for event in ("placed", "shown", "lifted"):
        (leaf,) = entries(f"rights.hold.{event}")
        assert leaf["subject"] == user.reference
        assert leaf["payload"]["category"] == "usage"
        assert b"Canary" not in orjson.dumps(leaf)
    assert entries("rights.hold.placed")[0]["payload"]["ends_on"] == placed.ends_on.isoformat()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR, Role.SECURITY_ENGINEER])
def test_other_roles_neither_place_nor_open_nor_lift(hold, lift, make_staff, now, role):
    other, placed = make_staff("sam", role), hold()
    with pytest.raises(NotAllowedError):
        hold("usage", by=other)
    with pytest.raises(NotAllowedError):
        lift(placed, by=other)
    with db.use_role("staff"), pytest.raises(NotAllowedError):
        show_hold(placed, actor=other, now=now)


def test_nobody_places_or_lifts_one_on_themselves(hold, lift, counsel, officer):
    with pytest.raises(NotAllowedError, match="on themselves"):
        hold(subject=counsel.reference)
    placed = hold(subject=counsel.reference, by=officer)
    with pytest.raises(NotAllowedError, match="on themselves"):
        lift(placed)


def test_nobody_places_or_opens_one_on_a_second_account_of_theirs(hold, make_user, make_staff, officer, now):
    pia = make_staff("pia", Role.PRIVACY_OFFICER)
    private = make_user("pia-at-home", email="pia+private@example.org")
    with pytest.raises(NotAllowedError, match="on themselves"):
        hold(subject=private.reference, by=pia)
    placed = hold(subject=private.reference, by=officer)
    with db.use_role("staff"), pytest.raises(NotAllowedError, match="on themselves"):
        show_hold(placed, actor=pia, now=now)


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("subject", "f" * 32, "Nobody has this reference"),
        ("category", "shoes", "no data category"),
        ("authority", "  ", "Name the authority"),
        ("authority", "x" * 201, "at most 200"),
        ("reason", "too short", "between 20 and"),
        ("reason", "too" + "\u200b" * 30 + "short", "between 20 and"),
        ("authority", "\u200b", "Name the authority"),
        ("reason", "x" * 4001, "4000"),
        ("ends_on", timezone.now().date(), "a day to come"),
        ("ends_on", date(2020, 1, 1), "a day to come"),
        ("ends_on", date(2999, 1, 1), "within two years"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_placed(hold, field, wrong, sentence):
    with pytest.raises(RightsError, match=sentence) as refused:
        hold(**{field: wrong})
    assert (refused.value.field, refused.value.status) == (field, 422)
    with db.use_role("staff"):
        assert not LegalHold.objects.exists()
    assert entries("rights.hold.placed") == []


def test_a_second_hold_of_the_same_scope_waits_for_the_end_of_the_first(hold, lift, now):
    first = hold("usage")
    with pytest.raises(HoldStateError, match="already") as refused:
        hold("usage", days=20)
    assert refused.value.status == 409
    hold()
    hold("logs")
    lift(first)
    hold("usage")
    hold("usage", at=now + timedelta(days=11))
    with pytest.raises(HoldStateError, match="ended already"):
        lift(first)


def test_of_two_holds_of_a_scope_at_once_one_is_placed(hold):
    def run(_number):
        try:
            return hold("usage")
        except HoldStateError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(run, range(4)))
    assert sum(isinstance(each, LegalHold) for each in outcomes) == 1
    assert len(entries("rights.hold.placed")) == 1


def test_a_step_waits_for_a_hold_that_is_being_placed(hold, begin, now):
    begun = begin()
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, holding="usage").pk
    outcomes = []

    def worker():
        with db.use_role("worker"):
            outcomes.append(services.run_step(step, clock=lambda: now))
        connections.close_all()

    thread = threading.Thread(target=worker)
    with db.use_role("staff"), db.atomic():
        hold("usage")
        thread.start()
        thread.join(0.5)
        assert outcomes == []  # it waits for what is not committed yet
    thread.join()
    assert outcomes == [False]
    assert "usage" in waiting(begun)


def test_nobody_erased_is_held(hold, user, now):
    with db.use_role("owner"):
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, actor=machine("test"), ground=ErasureGround.CLOSED, now=now)
    with pytest.raises(RightsError, match="was erased"):
        hold()


def test_a_hold_on_everything_keeps_a_deletion_from_beginning_until_its_day_is_over(hold, begin, now):
    placed = hold()
    for at in (now, now + timedelta(days=10)):
        with pytest.raises(OnHoldError, match="everything on the person") as refused:
            begin(at=at)
        assert refused.value.status == 409
    assert str(placed.ends_on.day) in refused.value.sentence
    assert begin(at=now + timedelta(days=11)).state == RequestState.IN_PROGRESS


def test_a_hold_placed_after_the_beginning_stops_every_step_and_ends_by_its_date(
    hold, begin, user, now, work, settle, fetch
):
    put_row("workloads_usagerecord", user.reference, now)
    begun = begin()
    hold()
    work(begun)
    everything = {each.name for each in data_categories() if not each.erased_last}
    assert waiting(begun) == everything
    assert due(now) == set()
    with pytest.raises(OnHoldError):
        settle(begun)
    later = now + timedelta(days=11)
    assert due(later) == {(Verb.ERASE, name) for name in everything}
    work(begun, at=later)
    assert waiting(begun) == set()


def test_a_hold_on_a_category_keeps_its_step_alone_and_the_end_of_the_deletion(
    hold, lift, begin, user, officer, make_staff, now, work, settle, fetch
):
    for table in ("workloads_usagerecord", "workloads_command"):
        put_row(table, user.reference, now)
    placed, begun = hold("usage"), begin()
    work(begun)
    settle(begun)
    assert waiting(begun) == {"usage"}
    assert fetch(begun).state == RequestState.IN_PROGRESS
    lift(placed)
    assert due(now) == {(Verb.ERASE, "usage")}
    work(begun)
    assert fetch(begun).state == RequestState.REVIEW
    again, signer = hold("identity.account"), make_staff("olga", Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        with pytest.raises(OnHoldError, match="until"):
            services.sign_off_deletion(begun.reference, actor=signer, now=now)
        lift_hold(again.pk, actor=officer, now=now)
        services.sign_off_deletion(begun.reference, actor=signer, now=now)
    hold("usage")
    work(begun)
    with db.use_role("staff"):
        assert set(Step.objects.filter(request=begun, verb=Verb.SEARCH).values_list("status", flat=True)) == {"waiting"}
    assert due(now) == set()
    later = now + timedelta(days=11)
    assert due(later) == {(Verb.SEARCH, "")}
    work(begun, at=later)
    assert fetch(begun).state == RequestState.FULFILLED
    with db.use_role("worker"):
        assert not LegalHold.objects.filter(subject=user.reference).exists()  # the rows went with the person


def test_an_access_request_goes_on_under_a_hold(hold, file_request, user, start, work, fetch):
    hold()
    request = start(file_request(user))
    work(request)
    assert fetch(request).state == RequestState.REVIEW


def test_the_command_refuses_a_held_person_and_replay_and_resume_do_not(hold, user, now, settings):
    with db.use_role("owner"):
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    placed = hold("logs")
    with pytest.raises(CommandError, match=f"until {placed.ends_on.isoformat()}"):
        call_command("audit_shred", user.reference)
    assert entries("audit.shred.refused")[-1]["payload"]["reason"] == "hold"
    with db.use_role("worker"):
        with pytest.raises(ErasureRefusedError):
            crypto_shred_subject(user.reference, actor=machine("test"), ground=ErasureGround.DELETION, now=now)
        assert resume_crypto_shreds(actor=machine("test"), now=now) == 0
        replay_crypto_shreds([Erasure(1, user.reference, "2026-11-23T09:30:00Z", "0")], actor=machine("test"), now=now)
        assert not any(category.recheck(user.reference) for category in data_categories())


def sweep(now):
    with db.use_role("worker"):
        return sweep_retention(now=now)


def left(table, reference):
    with db.use_role("worker"):
        return db.select_value("SELECT workloads_left(%s, %s)", [table, reference])


def test_the_sweep_leaves_exactly_what_is_held_and_takes_it_when_the_hold_ends(hold, user, make_user, now):
    other, old = make_user("zayd"), now - timedelta(days=900)
    for person in (user, other):
        put_rows("workloads_usagerecord", person.reference, old, 3)
        put_rows("workloads_command", person.reference, old, 2)
    hold("usage")
    with db.use_role("worker"):
        assert count_past_rule(now=now)["usage"] == (3, 3)
    removed = sweep(now)
    assert (removed["usage"], removed["commands"]) == (3, 4)
    assert left("workloads_usagerecord", user.reference) == 3
    assert left("workloads_command", user.reference) == left("workloads_usagerecord", other.reference) == 0
    (promise,) = (each for each in promises() if each.id == "P16")
    found = measure(promise, now)
    assert (found.state, found.figures["past"], found.figures["on_hold"]) == (PromiseState.KEPT, 0, 3)
    assert sweep(now + timedelta(days=10))["usage"] == 0
    assert sweep(now + timedelta(days=11))["usage"] == 3


def test_a_lifted_hold_on_everything_gives_every_category_back_to_the_sweep(hold, lift, user, now, capsys):
    for table in ("workloads_usagerecord", "workloads_command"):
        put_row(table, user.reference, now - timedelta(days=900))
    placed = hold()
    assert sum(sweep(now).values()) == 0
    call_command("sweep", dry_run=True)
    assert "usage: 0 past their rule, 1 on hold\n" in capsys.readouterr().out
    lift(placed)
    (promise,) = (each for each in promises() if each.id == "P16")
    assert measure(promise, now + timedelta(minutes=1)).state is PromiseState.KEPT  # this night's sweep comes
    assert sum(sweep(now + timedelta(minutes=1)).values()) == 2


def test_a_person_gets_their_holds_with_their_data_but_not_why(hold, lift, file_request, user, now):
    request = file_request(user)
    lift(hold("usage"))
    hold(days=20)
    with db.use_role("worker"), db.atomic():
        payload = {"case": request.reference, "step": "1", "holding": "x", "verb": "export", "attempt": 1}
        payload["purpose"] = "right"
        entry = append(STEP_STARTED, actor=machine("worker"), subject=user.reference, now=now, payload=payload)
    (category,) = (each for each in data_categories() if each.name == "rights.requests")
    with db.use_role("worker"):
        (record,) = category.export(user.reference, entry)
    assert [(each["category"], bool(each["ended_at"])) for each in record["holds"]] == [("usage", True), (None, False)]
    assert "Hamburg" not in str(record)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("default", "SELECT sealed FROM rights_hold"),
        ("default", "UPDATE rights_hold SET ends_on = now()"),
        ("default", "DELETE FROM rights_hold"),
        ("staff", "UPDATE rights_hold SET ends_on = now()"),
        ("staff", "UPDATE rights_hold SET subject = 'x'"),
        ("staff", "DELETE FROM rights_hold"),
        ("worker", "SELECT sealed FROM rights_hold"),
        ("worker", "UPDATE rights_hold SET ended_at = now()"),
        ("auditor", "SELECT sealed FROM rights_hold"),
    ],
)
def test_no_role_reaches_more_of_a_hold_than_it_needs(hold, role, statement):
    hold()
    with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
        connections[role].cursor().execute(statement)


def test_a_person_sees_their_own_holds_alone(hold, user, make_user):
    hold()
    with db.use_role("default"):
        with db.row_security_for(make_user("zayd").reference):
            assert not LegalHold.objects.exists()
        with db.row_security_for(user.reference):
            assert LegalHold.objects.only(*selectors.HOLD_FACTS).get().subject == user.reference


def test_a_hold_lasts_to_the_end_of_its_day():
    hold = LegalHold(ends_on=date(2026, 12, 1))
    assert hold.is_active(datetime(2026, 12, 1, 23, 59, tzinfo=UTC))
    assert not hold.is_active(datetime(2026, 12, 2, tzinfo=UTC))
