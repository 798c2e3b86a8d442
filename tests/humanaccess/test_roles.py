"""A grant rests on the roles of its reader and of who approved it, and ends with either for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError, connections
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.services import end_role, give_role, leave_staff, reinstate_staff, suspend_staff
from accounts.inbox.models import Letter
from core import db
from humanaccess import selectors, services
from humanaccess.errors import AccessClosedError, AccessError, ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision, Grant


@pytest.fixture
def root(make_staff):
    """An administrator."""
    return make_staff("root", Role.ADMINISTRATOR)


@pytest.fixture
def lose(root):
    """Take a role away: `lose(person, Role.SUPPORT)`."""

    def end(person, role):
        with db.use_role("staff"):
            end_role(person.role_assignments.get(role=role, ended_at=None).pk, actor=root, now=timezone.now())

    return end


def regain(person, role, root):
    with db.use_role("staff"):
        give_role(person, role, actor=root, now=timezone.now())
        assert RoleAssignment.objects.get(user=person, role=role, ended_at=None).effective_at


def read(grant, item, reader):
    with db.use_role("staff"):
        return services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())


def told(user):
    with db.row_security_for(user.reference):
        return Letter.objects.filter(kind__endswith="ended").count()


def test_a_grant_ends_with_its_readers_role_and_stays_ended(agreed, support, root, user, lines, lose, events):
    read(agreed, lines[0].id, support)
    lose(support, Role.SUPPORT)
    with db.use_role("staff"):
        assert Grant.objects.get().ended_reason == "event"
    assert events("humanaccess.grant.ended") == [("humanaccess.grant.ended", "ok")]
    assert told(user) == 1
    regain(support, Role.SUPPORT, root)
    with pytest.raises(ReadRefusedError) as refused:
        read(agreed, lines[0].id, support)
    assert refused.value.rule == "ended"


@pytest.mark.parametrize("how", ["role", "suspended", "left"])
def test_a_grant_ends_with_the_role_of_who_approved_it(approved, engineer, approver, root, user, lines, lose, how):
    read(approved, lines[0].id, engineer)
    if how == "role":
        lose(approver, Role.APPROVER_SECURITY)
    else:
        with db.use_role("staff"):
            {"suspended": suspend_staff, "left": leave_staff}[how](approver, actor=root, now=timezone.now())
    assert told(user) == 1
    if how == "role":
        regain(approver, Role.APPROVER_SECURITY, root)
    elif how == "suspended":
        with db.use_role("staff"):
            reinstate_staff(approver, actor=root, now=timezone.now())
    with pytest.raises(ReadRefusedError) as refused:
        read(approved, lines[0].id, engineer)
    assert refused.value.rule == "ended"


def test_access_that_the_user_never_heard_of_ends_without_a_letter(approved, approver, user, lose):
    lose(approver, Role.APPROVER_SECURITY)
    assert told(user) == 0


def test_another_role_that_ends_leaves_the_grant_alone(
    agreed, make_request, support, engineer, approver, lines, lose, now
):
    approval_request = make_request(Ground.SECURITY, items=lines[:1])
    with db.use_role("staff"):
        assert services.approve_request(approval_request, actor=approver, now=now) is not None
    for person, role in ((support, Role.AUDITOR), (engineer, Role.APPROVER_SECURITY), (approver, Role.SUPPORT)):
        with db.use_role("staff"):
            RoleAssignment.objects.create(
                user=person, role=role, given_by="0" * 32, given_at=timezone.now(), confirmed_at=timezone.now()
            )
        lose(person, role)
    with db.use_role("staff"):
        assert Grant.objects.filter(ended_at=None).count() == 2


def test_what_waits_for_an_answer_ends_with_the_askers_role(
    make_request, support, engineer, user, lines, shown, lose, now
):
    approval_request, other = make_request(), make_request(Ground.SECURITY)
    lose(support, Role.SUPPORT)
    with db.use_role("staff"):
        assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "cancelled"
        assert ApprovalRequest.objects.get(pk=other.pk).state == "asked"
    with pytest.raises(AccessClosedError):
        services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)


def test_nothing_opens_for_an_asker_without_the_role(
    make_request, support, engineer, approver, user, lines, shown, now
):
    """Nor where the role went without anybody saying so."""
    approval_request, other = make_request(), make_request(Ground.SECURITY)
    with db.use_role("staff"):
        RoleAssignment.objects.filter(user__in=[support, engineer]).update(ended_at=now, ended_by="0" * 32)
    with pytest.raises(AccessClosedError, match="may no longer look"):
        services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)
    with db.use_role("staff"):
        with pytest.raises(AccessClosedError, match="may no longer look"):
            services.approve_request(other, actor=approver, now=now)
        Decision.objects.create(
            approval_request=other,
            subject=user.reference,
            decided_by=approver.reference,
            verdict="approved",
            decided_at=now,
        )
        ApprovalRequest.objects.filter(pk=other.pk).update(state="approved", closed_at=now)
        with (
            pytest.raises(DatabaseError, match=r"no role for this ground|has not approved"),
            db.atomic(),
            db.connection().cursor() as cursor,
        ):
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [other.pk, now])


@pytest.mark.parametrize("whose", ["reader", "decider"])
def test_a_role_that_ends_while_a_grant_opens_leaves_no_grant_open(
    make_request, engineer, approver, root, lose, whose, now
):
    person, role = (engineer, Role.SECURITY_ENGINEER) if whose == "reader" else (approver, Role.APPROVER_SECURITY)
    approval_requests = [make_request(Ground.SECURITY) for _ in range(3)]

    def approve(approval_request):
        try:
            with db.use_role("staff"):
                return services.approve_request(approval_request, actor=approver, now=timezone.now())
        except AccessError as error:
            return error
        finally:
            connections.close_all()

    def end():
        try:
            lose(person, role)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(approve, approval_request) for approval_request in approval_requests[:2]]
        ending = pool.submit(end)
        results.append(pool.submit(approve, approval_requests[2]))
        ending.result()
        for result in results:
            assert isinstance(result.result(), Grant | AccessError | None)
    with db.use_role("staff"):
        assert not Grant.objects.filter(ended_at=None).exists()


def test_the_end_of_a_decider_waits_for_a_grant_that_is_being_opened(make_request, engineer, approver, lose, now):
    """The two cannot pass each other: who takes the role away sees the grant, or who opens it sees the end."""
    approval_request = make_request(Ground.SECURITY)
    with ThreadPoolExecutor(1) as pool:
        with db.use_role("staff"), db.atomic():
            assert services.approve_request(approval_request, actor=approver, now=now) is not None
            ending = pool.submit(lambda: [lose(approver, Role.APPROVER_SECURITY), connections.close_all()])
            with pytest.raises(TimeoutError):
                ending.result(timeout=0.5)
        ending.result()
    with db.use_role("staff"):
        assert Grant.objects.get().ended_reason == "event"


@pytest.mark.parametrize("kept", [[], [Role.SUPPORT]])
def test_an_approval_counts_while_its_author_holds_the_right(
    make_request, make_staff, user, approver, shown, lose, events, root, now, kept
):
    services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    first = make_staff("abe", Role.APPROVER_SECURITY, *kept)
    second, third = (make_staff(name, Role.APPROVER_SECURITY) for name in ("ben", "cleo"))
    approval_request = make_request(Ground.SECURITY)
    with db.use_role("staff"):
        assert services.approve_request(approval_request, actor=first, has_seen_refusal=True, now=now) is None
    lose(first, Role.APPROVER_SECURITY)
    with db.use_role("staff"):
        assert services.approve_request(approval_request, actor=second, has_seen_refusal=True, now=now) is None
        assert selectors.count_approvals(approval_request) == (1, 2)
        assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "asked"
        assert services.approve_request(approval_request, actor=third, has_seen_refusal=True, now=now) is not None
    assert events("humanaccess.ask.approved") == [("humanaccess.ask.approved", "ok")] * 3


def test_requests_of_an_officer_whose_role_ends_go_back_to_the_queue(make_user, officer, lose):
    from rights import services as rights
    from rights.models import RightsRequest
    from rights.states import Kind

    now = timezone.now() - timedelta(seconds=1)
    request = rights.receive_request(make_user("omar"), kind=Kind.ACCESS, identified=True, now=now)
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=officer, now=now)
    lose(officer, Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        assert RightsRequest.objects.get(pk=request.pk).assignee is None
