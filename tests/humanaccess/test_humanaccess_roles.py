"""A grant rests on the roles of its reader and of who approved it, and ends with either for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.services import end_role, give_role, leave_staff, reinstate_staff, suspend_staff
from accounts.inbox.models import Letter
from audit import sides
from humanaccess import selectors, services
from humanaccess.errors import AccessError, ReadRefusedError, WrongStateError
from humanaccess.grounds import Ground
from humanaccess.models import Ask, Decision, Grant


@pytest.fixture
def root(make_staff):
    """An administrator."""
    return make_staff("root", Role.ADMINISTRATOR)


@pytest.fixture
def lose(root):
    """Take a role away: `lose(person, Role.SUPPORT)`."""

    def end(person, role):
        with sides.acting("staff"):
            end_role(person.role_assignments.get(role=role, ended_at=None).pk, by=root, now=timezone.now())

    return end


def regain(person, role, root):
    with sides.acting("staff"):
        give_role(person, role, by=root, now=timezone.now())
        assert RoleAssignment.objects.get(user=person, role=role, ended_at=None).effective_at


def look(grant, item, reader):
    with sides.acting("staff"):
        return services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())


def told(user):
    with sides.as_subject(user.reference):
        return Letter.objects.filter(kind="humanaccess.ended").count()


def test_a_grant_ends_with_its_readers_role_and_stays_ended(agreed, support, root, user, lines, lose, events):
    look(agreed, lines[0].id, support)
    lose(support, Role.SUPPORT)
    with sides.acting("staff"):
        assert Grant.objects.get().ended_reason == "event"
    assert events("humanaccess.grant.ended") == [("humanaccess.grant.ended", "ok")]
    assert told(user) == 1
    regain(support, Role.SUPPORT, root)
    with pytest.raises(ReadRefusedError) as refused:
        look(agreed, lines[0].id, support)
    assert refused.value.rule == "ended"


@pytest.mark.parametrize("way", ["role", "suspended", "left"])
def test_a_grant_ends_with_the_role_of_who_approved_it(approved, engineer, approver, root, user, lines, lose, way):
    look(approved, lines[0].id, engineer)
    if way == "role":
        lose(approver, Role.APPROVER_SECURITY)
    else:
        with sides.acting("staff"):
            {"suspended": suspend_staff, "left": leave_staff}[way](approver, by=root, now=timezone.now())
    assert told(user) == 1
    if way == "role":
        regain(approver, Role.APPROVER_SECURITY, root)
    elif way == "suspended":
        with sides.acting("staff"):
            reinstate_staff(approver, by=root, now=timezone.now())
    with pytest.raises(ReadRefusedError) as refused:
        look(approved, lines[0].id, engineer)
    assert refused.value.rule == "ended"


def test_access_that_the_user_never_heard_of_ends_without_a_letter(approved, approver, user, lose):
    lose(approver, Role.APPROVER_SECURITY)
    assert told(user) == 0


def test_another_role_that_ends_leaves_the_grant_alone(agreed, make_ask, support, engineer, approver, lines, lose, now):
    ask = make_ask(Ground.SECURITY, items=lines[:1])
    with sides.acting("staff"):
        assert services.approve_ask(ask, actor=approver, now=now) is not None
    for person, role in ((support, Role.AUDITOR), (engineer, Role.APPROVER_SECURITY), (approver, Role.SUPPORT)):
        with sides.acting("staff"):
            RoleAssignment.objects.create(
                user=person, role=role, given_by="0" * 32, given_at=timezone.now(), confirmed_at=timezone.now()
            )
        lose(person, role)
    with sides.acting("staff"):
        assert Grant.objects.filter(ended_at=None).count() == 2


def test_what_waits_for_an_answer_ends_with_the_askers_role(make_ask, support, engineer, user, lines, shown, lose, now):
    ask, other = make_ask(), make_ask(Ground.SECURITY)
    lose(support, Role.SUPPORT)
    with sides.acting("staff"):
        assert Ask.objects.get(pk=ask.pk).state == "cancelled"
        assert Ask.objects.get(pk=other.pk).state == "asked"
    with pytest.raises(WrongStateError):
        services.agree_to_ask(ask, user=user, items={lines[0].id}, shown=shown, now=now)


def test_nothing_opens_for_an_asker_without_the_role(make_ask, support, engineer, approver, user, lines, shown, now):
    """Nor where the role went without anybody saying so."""
    ask, other = make_ask(), make_ask(Ground.SECURITY)
    with sides.acting("staff"):
        RoleAssignment.objects.filter(user__in=[support, engineer]).update(ended_at=now, ended_by="0" * 32)
    with pytest.raises(WrongStateError, match="may no longer look"):
        services.agree_to_ask(ask, user=user, items={lines[0].id}, shown=shown, now=now)
    with sides.acting("staff"):
        with pytest.raises(WrongStateError, match="may no longer look"):
            services.approve_ask(other, actor=approver, now=now)
        Decision.objects.create(
            ask=other, subject=user.reference, decided_by=approver.reference, verdict="approved", decided_at=now
        )
        Ask.objects.filter(pk=other.pk).update(state="approved", closed_at=now)
        with (
            pytest.raises(DatabaseError, match=r"no role for this ground|has not approved"),
            sides.atomic(),
            sides.connection().cursor() as cursor,
        ):
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [other.pk, now])


@pytest.mark.parametrize("whose", ["reader", "decider"])
def test_a_role_that_ends_while_a_grant_opens_leaves_no_grant_open(
    make_ask, engineer, approver, root, lose, whose, now
):
    person, role = (engineer, Role.SECURITY_ENGINEER) if whose == "reader" else (approver, Role.APPROVER_SECURITY)
    asks = [make_ask(Ground.SECURITY) for _ in range(3)]

    def approve(ask):
        try:
            with sides.acting("staff"):
                return services.approve_ask(ask, actor=approver, now=timezone.now())
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
        results = [pool.submit(approve, ask) for ask in asks[:2]]
        ending = pool.submit(end)
        results.append(pool.submit(approve, asks[2]))
        ending.result()
        for result in results:
            assert isinstance(result.result(), Grant | AccessError | None)
    with sides.acting("staff"):
        assert not Grant.objects.filter(ended_at=None).exists()


def test_the_end_of_a_decider_waits_for_a_grant_that_is_being_opened(make_ask, engineer, approver, lose, now):
    """The two cannot pass each other: who takes the role away sees the grant, or who opens it sees the end."""
    ask = make_ask(Ground.SECURITY)
    with ThreadPoolExecutor(1) as pool:
        with sides.acting("staff"), sides.atomic():
            assert services.approve_ask(ask, actor=approver, now=now) is not None
            ending = pool.submit(lambda: [lose(approver, Role.APPROVER_SECURITY), connections.close_all()])
            with pytest.raises(TimeoutError):
                ending.result(timeout=0.5)
        ending.result()
    with sides.acting("staff"):
        assert Grant.objects.get().ended_reason == "event"


@pytest.mark.parametrize("kept", [[], [Role.SUPPORT]])
def test_an_approval_counts_while_its_author_holds_the_right(
    make_ask, make_staff, user, approver, shown, lose, events, root, now, kept
):
    services.refuse_ask(make_ask(), user=user, shown=shown, now=now)
    first = make_staff("abe", Role.APPROVER_SECURITY, *kept)
    second, third = (make_staff(name, Role.APPROVER_SECURITY) for name in ("ben", "cleo"))
    ask = make_ask(Ground.SECURITY)
    with sides.acting("staff"):
        assert services.approve_ask(ask, actor=first, has_seen_refusal=True, now=now) is None
    lose(first, Role.APPROVER_SECURITY)
    with sides.acting("staff"):
        assert services.approve_ask(ask, actor=second, has_seen_refusal=True, now=now) is None
        assert selectors.count_approvals(ask) == (1, 2)
        assert Ask.objects.get(pk=ask.pk).state == "asked"
        assert services.approve_ask(ask, actor=third, has_seen_refusal=True, now=now) is not None
    assert events("humanaccess.ask.approved") == [("humanaccess.ask.approved", "ok")] * 3


def test_requests_of_an_officer_whose_role_ends_go_back_to_the_queue(make_user, officer, lose):
    from rights import services as rights
    from rights.models import RightsRequest
    from rights.states import Kind

    now = timezone.now() - timedelta(seconds=1)
    request = rights.receive_request(make_user("omar"), kind=Kind.ACCESS, identified=True, now=now)
    with sides.acting("staff"):
        rights.take_request(request.reference, actor=officer, now=now)
    lose(officer, Role.PRIVACY_OFFICER)
    with sides.acting("staff"):
        assert RightsRequest.objects.get(pk=request.pk).assignee is None
