"""P03, P06, P12 and P13, worked out anew from the log and the grants: each kind of violation is found and named."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from accounts.connections.events import AUTOMATIONS_SHOWN
from accounts.identity.actors import actor_of
from audit.log import rfc3339
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.events import SUBJECT_SHREDDED
from audit.log.purposes import ReadPurpose
from core import db
from core.promises import PromiseState, measure, promises
from humanaccess import events, services
from humanaccess.access_gate_sql import REDEEMED_TABLES, RESTRICTED_TABLES
from humanaccess.grounds import Ground
from humanaccess.models import Decision, Grant, RequestedItem
from humanaccess.promises import CODE, NAMED, PERIOD, USAGE
from tests.authorisations import step_entry
from tests.stolen.thief import Thief

SECOND = timedelta(seconds=1)


@pytest.fixture
def forge(office):
    """Insert an entry by the worker's SQL: `forge(event, subject=…, actor=…)`."""
    thief = Thief("office_worker")
    yield thief.forge
    thief.connection.close()


@pytest.fixture
def measured(now):
    """Measure a promise: `measured("P12")` gives its state, figures, and what its note names."""

    def run(promise_id, at=now + timedelta(minutes=1)):
        (promise,) = (each for each in promises() if each.id == promise_id)
        result = measure(promise, at)
        assert result.state is not PromiseState.UNKNOWN, result.note
        named = dict(part.split(": ") for part in result.note.split("; ") if part)
        assert result.figures["exceptions"] == len(named)
        assert result.state is (PromiseState.BROKEN if named else PromiseState.KEPT)
        return result.figures, named

    return run


@pytest.fixture
def read(agreed, support, lines, now):
    """Append an entry of a read as it should be, except for `changes`; return its id."""

    def write(under=agreed, item=lines[0].id, *, actor=None, subject=None, at=now + SECOND, **changes):
        case, kind = under.approval_request.reference, "workloads.logline"
        payload = {"case": case, "grant": str(under.pk), "kind": kind, "item": str(item), **changes}
        actor, subject = actor or actor_of(support), subject or under.subject
        with db.use_role("staff"), db.atomic():
            return str(append(events.ITEM_READ, actor=actor, subject=subject, now=at, payload=payload))

    return write


@pytest.fixture
def forge_grant(make_request, now):
    """Write a grant as the owner may; with `logged` its entry as well."""

    def write(*, logged=True, **facts):
        request = make_request(**facts)
        with db.use_role("owner"), db.atomic():
            window = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
            who = {"subject": request.subject, "reader": request.asker}
            grant = Grant.objects.create(id=uuid4(), approval_request=request, ended_reason="", **who, **window)
            if request.ground == Ground.AGREEMENT:
                RequestedItem.objects.filter(approval_request=request).update(answer="agreed")
        if logged:
            payload = {
                "case": request.reference,
                "grant": str(grant.pk),
                "reader": grant.reader,
                "items": [],
                "ends_at": rfc3339.write(grant.ends_at),
            }
            with db.use_role("staff"), db.atomic():
                actor = Actor("user", grant.subject)
                append(events.GRANT_STARTED, actor=actor, subject=grant.subject, now=now, payload=payload)
        return grant

    return write


@pytest.fixture
def forge_agreement(forge_grant, now):
    """Write a grant and its decision as the owner may; `acted` is the version of the text in the entry of the act."""

    def write(*, acted="", **changes):
        made = forge_grant()
        with db.use_role("staff"):
            ids = [str(item.item) for item in made.approval_request.items.all()]
        facts = {"items": ids, "text_version": "4", "language": "en", "shown_at": now, "sealed": b"x", **changes}
        person = made.subject
        with db.use_role("owner"), db.atomic():
            Decision.objects.create(
                approval_request=made.approval_request,
                **{"subject": person, "decided_by": person, "verdict": "agreed", "decided_at": now, **facts},
            )
        if acted:
            payload = {"case": made.approval_request.reference, "agreed": ids, "refused": [], "language": "en"}
            payload["text_version"] = acted
            with db.use_role("staff"), db.atomic():
                text = {"text": "Sam asks"}
                actor = Actor("user", person)
                append(events.ASK_AGREED, actor=actor, subject=person, now=now, payload=payload, personal=text)
        return made

    return write


def change(statement, *values):
    """Change what triggers keep, as an owner may."""
    table = statement.split()[1]
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER humanaccess_keep")
        cursor.execute(statement, values)
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER humanaccess_keep")


def open_items(grant, items, reader, now):
    with db.use_role("staff"):
        for item in items:
            services.read_item(grant.pk, item_id=item.id, reader=reader, mfa=True, stepped_up=True, now=now + SECOND)


def test_reads_that_the_user_agreed_to_keep_every_promise(agreed, support, lines, measured, now):
    open_items(agreed, lines[:2], support, now)
    step_entry(agreed.subject, now)
    assert measured("P12") == (
        {"reads": 2, "by_machines_and_own_pages": 1, "without_a_decision": 0, "exceptions": 0},
        {},
    )
    assert measured("P03") == ({"by_staff": 2, "by_machines_for_right": 1, "exceptions": 0}, {})
    assert measured("P06") == ({"reads": 2, "exceptions": 0}, {})
    assert measured("P13") == ({"grants": 1, "exceptions": 0}, {})
    assert measured("P12", now + PERIOD + timedelta(hours=1))[0]["reads"] == 0


def test_reads_that_a_second_person_approved_keep_every_promise(approved, engineer, lines, measured, now):
    open_items(approved, lines, engineer, now)
    assert measured("P12") == (
        {"reads": 3, "by_machines_and_own_pages": 0, "without_a_decision": 0, "exceptions": 0},
        {},
    )
    assert measured("P13") == ({"grants": 0, "exceptions": 0}, {})


def test_each_kind_of_item_is_usage_or_code():
    assert set(USAGE) | set(CODE) == set(RESTRICTED_TABLES | REDEEMED_TABLES)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"grant": "00000000-0000-4000-8000-000000000000"}, "no_grant"),
        ({"grant": "none"}, "no_grant"),
        ({"case": "HA-2020-000001"}, "other_case"),
        ({"kind": "workloads.command"}, "other_item"),
        ({"kind": "unheard.of"}, "other_item"),
        ({"actor": Actor("staff", "5" * 32)}, "other_reader"),
        ({"actor": Actor("machine", "worker")}, "other_reader"),
        ({"subject": "5" * 32}, "other_subject"),
    ],
)
def test_a_read_that_names_anything_else_is_named(read, measured, changes, wrong):
    """One that is in order stands beside it."""
    read()
    assert {read(**changes): wrong} == measured("P12")[1]


def test_an_item_that_the_user_refused_is_named(read, lines, measured):
    assert {read(item=lines[2].id): "other_item"} == measured("P12")[1] == measured("P03")[1] == measured("P06")[1]


def test_a_read_before_its_grant_starts_is_named(read, agreed, measured, now):
    assert {read(at=now - SECOND / 10): "before_start"} == measured("P12")[1]


def test_a_read_at_the_end_of_the_window_is_named_and_one_before_it_is_not(
    make_request, user, lines, shown, read, measured, now
):
    day_ago = now - timedelta(days=1) + SECOND
    grant = services.agree_to_request(
        make_request(now=day_ago), user=user, items={lines[0].id}, shown=shown, now=day_ago
    )
    read(grant, at=grant.ends_at - timedelta(microseconds=1))
    assert {read(grant, at=grant.ends_at): "after_end"} == measured("P12")[1]


def test_an_entry_dated_back_into_the_window_is_named(make_request, user, lines, shown, read, measured, now):
    before = now - timedelta(days=1, minutes=1)
    over = services.agree_to_request(make_request(now=before), user=user, items={lines[0].id}, shown=shown, now=before)
    assert {read(over, at=before + SECOND): "after_end"} == measured("P12")[1]


def test_a_read_after_the_user_ended_the_grant_is_named(agreed, user, read, measured, now):
    services.revoke_grant(agreed, actor=user, now=now + SECOND)
    read(at=now + 5 * SECOND)  # one that had begun
    assert {read(at=now + 12 * SECOND): "after_end"} == measured("P12")[1]


@pytest.mark.tampering
def test_an_end_that_an_owner_takes_back_still_stands_in_the_log(agreed, user, read, measured, now):
    services.revoke_grant(agreed, actor=user, now=now + SECOND)
    change("UPDATE humanaccess_grant SET ended_at = NULL, ended_reason = ''")
    assert {read(at=now + 12 * SECOND): "after_end"} == measured("P12")[1]


@pytest.mark.tampering
def test_a_window_that_an_owner_makes_longer_is_named(agreed, read, measured, now):
    change("UPDATE humanaccess_grant SET ends_at = ends_at + interval '9 days'")
    assert {read(): "grant_not_as_logged"} == measured("P12")[1]


def test_a_grant_that_was_forged_is_named_with_each_read_under_it(forge_grant, read, lines, engineer, measured):
    """Without its entry; with it, but nobody's decision: neither the user's nor a second person's."""
    silent, told = forge_grant(logged=False), forge_grant()
    secure = forge_grant(ground=Ground.SECURITY)
    assert {
        read(silent): "grant_not_as_logged",
        read(told): "no_decision",
        read(secure, actor=actor_of(engineer)): "no_decision",
    } == measured("P12")[1]
    assert measured("P13")[1] == {str(silent.pk): "no_decision", str(told.pk): "no_decision"}


@pytest.mark.parametrize(("logged", "needed", "is_enough"), [(0, 1, False), (1, 1, True), (1, 2, False), (2, 2, True)])
def test_as_many_approvals_count_as_the_log_says_were_needed(
    forge_grant, read, engineer, approver, officer, measured, now, logged, needed, is_enough
):
    forged = forge_grant(ground=Ground.SECURITY)
    facts = {"approval_request": forged.approval_request, "subject": forged.subject, "verdict": "approved"}
    counts = {"case": forged.approval_request.reference, "approvals": 1, "needed": needed, "saw_refusal": False}
    counts["window_minutes"] = 60
    for number, person in enumerate((approver, officer)):
        with db.use_role("owner"):
            Decision.objects.create(decided_by=person.reference, decided_at=now, **facts)
        if number < logged:
            with db.use_role("staff"), db.atomic():
                who = {"actor": actor_of(person), "subject": forged.subject}
                append(events.ASK_APPROVED, now=now, payload=counts, **who)
    entry = read(forged, actor=actor_of(engineer))
    assert measured("P12")[1] == ({} if is_enough else {entry: "no_decision"})


def test_staff_who_open_a_page_of_somebody_else_and_people_as_machines_are_named(user, support, measured, now):
    def shown_to(actor):
        with db.use_role("staff"), db.atomic():
            payload = {"count": 1}
            return str(append(AUTOMATIONS_SHOWN, actor=actor, subject=user.reference, now=now, payload=payload))

    shown_to(actor_of(user))
    forged = step_entry(user.reference, now, actor=actor_of(support))
    assert {shown_to(actor_of(support)): "not_own_page", str(forged): "not_a_machine"} == measured("P12")[1]


def test_what_machines_read_for_is_counted_and_a_read_for_nothing_is_named(user, measured, now, forge):
    def step(version, **payload):
        facts = {"subject": user.reference, "actor": "machine:worker", "in_leaf": {"event_version": version}}
        return str(forge("rights.step.started", payload=payload, **facts))

    step(1)
    step_entry(user.reference, now, ReadPurpose.BILLING.value)
    nothing, other, old = step(2), step(2, purpose="curiosity"), step(1)
    figures, named = measured("P03")
    assert named == dict.fromkeys([nothing, other, old], "no_purpose")
    counted = {name: count for name, count in figures.items() if name.startswith("by_machines")}
    assert counted == {
        "by_machines_for_none": 3,
        "by_machines_for_billing": 1,
        "by_machines_for_right": 1,
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"acted": "4"}, None),
        ({"acted": "4", "sealed": b""}, "no_text"),
        ({"acted": "4", "items": []}, "other_items"),
        ({"acted": "4", "items": [str(uuid4())]}, "other_items"),
        ({}, "no_entry"),
        ({"acted": "3"}, "other_entry"),
    ],
)
def test_an_agreement_without_text_items_or_act_is_named(forge_agreement, agreed, measured, changes, wrong):
    grant = forge_agreement(**changes)
    assert measured("P13")[1] == ({str(grant.pk): wrong} if wrong else {})


def test_an_agreement_that_is_decided_after_its_grant_began_is_named(forge_agreement, measured, now):
    grant = forge_agreement(acted="4", decided_at=now + SECOND)
    assert measured("P13")[1] == {str(grant.pk): "decided_later"}


def test_an_agreement_of_somebody_who_was_erased_is_kept_without_its_text(agreed, measured, now):
    with db.use_role("worker"):
        with db.atomic():
            actor = machine("worker")
            append(SUBJECT_SHREDDED, actor=actor, subject=agreed.subject, now=now, payload={"ground": "deletion"})
        db.select_rows("SELECT humanaccess_erase(%s)", [agreed.subject])
    assert measured("P13") == ({"grants": 1, "exceptions": 0}, {})


def test_an_entry_that_no_json_reader_takes_blinds_no_measurement(agreed, support, forge, measured):
    """U+0000 is text in a leaf and not in PostgreSQL's JSON."""
    facts = {"subject": agreed.subject, "actor": str(actor_of(support))}
    entry = forge("humanaccess.item.read", payload={"grant": "\0"}, **facts)
    assert measured("P12")[1] == {str(entry): "no_grant"}


def test_a_note_names_the_first_exceptions_and_the_figures_count_all(read, lines, now):
    for _ in range(NAMED + 1):
        read(item=lines[2].id)
    (promise,) = (each for each in promises() if each.id == "P12")
    result = measure(promise, now + timedelta(minutes=1))
    assert result.figures["exceptions"] == NAMED + 1
    assert result.note.endswith("… and 1 more")
