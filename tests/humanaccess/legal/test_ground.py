"""Access on the ground of law: for a process whose scope is agreed, decided by another, reviewed each time."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError, connections
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from accounts.personaldata.item_providers import item_providers
from core import db
from humanaccess import services
from humanaccess.access_gate_sql import CATEGORIES
from humanaccess.errors import AccessClosedError, AccessDeniedError, InvalidError, ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.legal.models import LegalProcess
from humanaccess.legal.services import close_process
from humanaccess.models import ApprovalRequest, Decision, Grant
from humanaccess.policies import may_decide
from humanaccess.promises import _no_other_human_reads as p12
from humanaccess.states import Finding


def read(grant, reader, item, now=None):
    with db.use_role("staff"):
        return services.read_item(
            grant.pk, item_id=item.id, reader=reader, mfa=True, stepped_up=True, now=now or timezone.now()
        )


def open_by_hand(request, decider, now, **changes):
    """Write a decision as the staff role's own SQL may, and have the database open the grant."""
    with db.use_role("staff"), db.atomic():
        if decider:
            Decision.objects.create(
                approval_request=request,
                subject=request.subject,
                decided_by=decider.reference,
                verdict="approved",
                decided_at=now,
            )
        ApprovalRequest.objects.filter(pk=request.pk).update(state="approved", closed_at=now, **changes)
        return db.select_value("SELECT humanaccess_open_grant(%s, %s)", [request.pk, now])


@pytest.mark.parametrize("role", [Role.APPROVER_LEGAL, Role.LEGAL_COUNSEL])
def test_an_office_of_three_works_the_ground(
    receive, agree, request_for, counsel, officer, make_staff, lines, role, now
):
    decider = make_staff("third", role)
    request = request_for(agree(receive()))
    with db.use_role("staff"):
        grant = services.approve_request(request, actor=decider, now=now)
    assert read(grant, counsel, lines[0]).values
    with db.use_role("staff"):
        services.close_grant(grant, reader=counsel, now=timezone.now())
        for wrong in (decider, counsel):
            with pytest.raises(AccessDeniedError):
                services.review_grant(grant, actor=wrong, finding=Finding.IN_ORDER, now=timezone.now())
        services.review_grant(grant, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())


def test_nobody_opens_what_nobody_can_review(receive, agree, request_for, make_staff, officer, now):
    other = make_staff("cora", Role.LEGAL_COUNSEL)
    request = request_for(agree(receive()))
    RoleAssignment.objects.using("owner").filter(user=officer.pk).delete()
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="Nobody would be left"):
        services.approve_request(request, actor=other, now=now)
    with pytest.raises(DatabaseError, match="left to review"):
        open_by_hand(request, other, now)


def test_a_request_names_a_process_of_the_same_person_with_an_agreed_scope(
    receive, agree, request_for, make_user, make_request, engineer
):
    process = receive()
    with pytest.raises(AccessDeniedError, match="scope is agreed"):
        request_for(process)
    with pytest.raises(AccessDeniedError, match="scope is agreed"):
        request_for(None)
    with pytest.raises(AccessDeniedError, match="scope is agreed"):
        request_for(agree(receive(subject=make_user("noor"))))
    with pytest.raises(AccessDeniedError, match="scope is agreed"):
        make_request(Ground.SECURITY, process=agree(process).reference)
    assert request_for(process).process_id == process.pk


def test_only_counsel_asks_and_only_another_decides(receive, agree, request_for, counsel, engineer, approver, now):
    process = agree(receive())
    with pytest.raises(AccessDeniedError):
        request_for(process, asker=engineer)
    request = request_for(process)
    for wrong in (counsel, engineer, approver):
        with db.use_role("staff"), pytest.raises(AccessDeniedError):
            services.approve_request(request, actor=wrong, now=now)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(request, approver, now)
    with pytest.raises(DatabaseError):
        open_by_hand(request, counsel, now)


def test_a_second_account_of_counsel_decides_nothing(receive, agree, request_for, make_staff, counsel, user, now):
    twin = make_staff("lena2", Role.LEGAL_COUNSEL, email=counsel.email.replace("@", "+two@"))
    request = request_for(agree(receive()))
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="own request"):
        services.approve_request(request, actor=twin, now=now)
    with db.use_role("staff"), pytest.raises(AccessDeniedError):
        may_decide(twin, request, counsel, user, now)


def test_raw_sql_opens_no_grant_without_decision_and_process(receive, agree, request_for, approver_legal, counsel, now):
    process = receive()
    agree(process)
    request = request_for(process)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(request, None, now)
    with db.use_role("owner"):
        LegalProcess.objects.filter(pk=process.pk).update(state="challenged")
    with pytest.raises(DatabaseError, match="agreed scope"):
        open_by_hand(request, approver_legal, now)
    with db.use_role("staff"), pytest.raises(DatabaseError), db.atomic():
        ApprovalRequest.objects.filter(pk=request.pk).update(process=None)
    with db.row_security_for(request.subject), pytest.raises(DatabaseError), db.atomic():
        db.select_value("SELECT humanaccess_open_grant(%s, %s)", [request.pk, now])
    for role in ("default", "worker"):
        with db.use_role(role), pytest.raises(DatabaseError), db.atomic():
            ApprovalRequest.objects.create(
                reference="HA-2026-999999", ground="legal", asker=counsel.reference, subject=request.subject,
                process=process, window=timedelta(hours=1), asked_at=now, expires_at=now + timedelta(hours=1),
                sealed=b"x",
            )  # fmt: skip
    with db.use_role("staff"), pytest.raises(DatabaseError, match="of_process"), db.atomic():
        ApprovalRequest.objects.create(
            reference="HA-2026-999998", ground="legal", asker=counsel.reference, subject=request.subject,
            window=timedelta(hours=1), asked_at=now, expires_at=now + timedelta(hours=1), sealed=b"x",
        )  # fmt: skip
    assert not Grant.objects.exists()


def test_a_process_that_is_closed_ends_access_and_lets_no_more_be_asked(opened, counsel, lines, request_for, now):
    process = opened.approval_request.process
    assert read(opened, counsel, lines[0]).values
    with db.use_role("staff"):
        close_process(process.reference, actor=counsel, now=timezone.now())
    with pytest.raises(ReadRefusedError):
        read(opened, counsel, lines[1])
    with pytest.raises(AccessDeniedError):
        request_for(process)


def test_counsel_who_loses_the_role_reads_no_more(opened, counsel, make_staff, lines, now):
    from accounts.identity.models import RoleAssignment
    from accounts.identity.services import end_role

    root = make_staff("root", Role.ADMINISTRATOR)
    with db.use_role("staff"):
        end_role(RoleAssignment.objects.get(user=counsel).pk, actor=root, now=timezone.now())
    with pytest.raises(ReadRefusedError):
        read(opened, counsel, lines[0])


def test_what_was_refused_before_takes_one_approver_who_saw_it(
    receive, agree, request_for, make_request, approver_legal, user, shown, now
):
    services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    request = request_for(agree(receive()))
    with db.use_role("staff"):
        with pytest.raises(InvalidError):
            services.approve_request(request, actor=approver_legal, now=now)
        assert services.approve_request(request, actor=approver_legal, has_seen_refusal=True, now=now)
        with pytest.raises(AccessClosedError):
            services.decline_request(request, actor=approver_legal, now=now)


def test_counsel_lists_for_a_process_and_the_entry_names_it(receive, agree, counsel, user, now):
    from uuid import UUID

    where = {"app": UUID(int=7), "start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    facts = {"asker": counsel, "subject": user, "kind": "workloads.logline", "where": where, "now": now}
    process = receive()
    for case in (None, process.reference, "LP-2026-999999"):
        with db.use_role("staff"), pytest.raises(AccessDeniedError, match="scope is agreed"):
            services.list_items(**facts, case=case)
    agree(process)
    with db.use_role("staff"):
        services.list_items(**facts, case=process.reference)
    from audit.log.models import Entry

    with db.use_role("auditor"):
        assert Entry.objects.get(event="humanaccess.items.listed").case_ref == process.reference


def test_p12_knows_the_decision_and_the_process(opened, counsel, lines, now):
    read(opened, counsel, lines[0])
    kept = p12(timezone.now())
    assert (kept.figures["exceptions"], kept.figures["reads"]) == (0, 1)
    with db.use_role("owner"), db.atomic():
        db.connection().cursor().execute("ALTER TABLE humanaccess_decision DISABLE TRIGGER USER")
        Decision.objects.all().delete()
    broken = p12(timezone.now())
    assert broken.figures["exceptions"] == 1


def test_p12_names_a_read_for_a_process_that_the_log_does_not_say_was_agreed(
    opened, counsel, lines, make_user, receive
):
    other = receive(subject=make_user("noor"))
    read(opened, counsel, lines[0])
    with db.use_role("owner"), db.atomic():
        cursor = db.connection().cursor()
        cursor.execute("ALTER TABLE humanaccess_ask DISABLE TRIGGER USER")
        cursor.execute("UPDATE humanaccess_ask SET process_id = %s", [other.pk])
    assert "no_process" in p12(timezone.now()).note


def test_every_kind_of_item_has_the_data_category_that_a_scope_names():
    category_of = {model: each.name for each in data_categories() for model in each.models}
    assert {each.kind: category_of[each.model._meta.label] for each in item_providers()} == CATEGORIES


@pytest.mark.parametrize("changes", [{"categories": ["commands"]}, {"days": (-30, -20)}], ids=["kind", "day"])
def test_nothing_is_asked_for_or_opened_outside_the_scope(receive, agree, request_for, approver_legal, now, changes):
    facts = dict(changes)
    if days := facts.pop("days", None):
        facts = dict(
            zip(("period_from", "period_until"), (now.date() + timedelta(days=day) for day in days), strict=True)
        )
    narrow = agree(receive(), **facts)
    with pytest.raises(InvalidError, match="does not cover"):
        request_for(narrow)
    wide = request_for(agree(receive()))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE humanaccess_ask DISABLE TRIGGER USER")
        cursor.execute("UPDATE humanaccess_ask SET process_id = %s WHERE id = %s", [narrow.pk, wide.pk])
    with pytest.raises(DatabaseError, match="does not cover"):
        open_by_hand(wide, approver_legal, now)
