"""The second person of the security ground is in force, and is not the first one's own making."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.services import give_role
from core import db
from humanaccess import services
from humanaccess.errors import AccessDeniedError
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision


@pytest.fixture
def approval_request(make_request, engineer):
    """An approval request that waits for a second person."""
    return make_request(Ground.SECURITY)


def change_roles(**changes):
    with db.use_role("owner"):
        RoleAssignment.objects.update(**changes)


def open_by_hand(approval_request, decider, now):
    """Write the decision as the staff role's own SQL may, and have the database open the grant."""
    with db.use_role("staff"), db.atomic():
        Decision.objects.create(
            approval_request=approval_request,
            subject=approval_request.subject,
            decided_by=decider.reference,
            verdict="approved",
            decided_at=now,
        )
        ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="approved", closed_at=now)
        with db.connection().cursor() as cursor:
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])
            return cursor.fetchone()[0]


def test_a_right_that_waits_decides_nothing_by_page_or_by_sql(approval_request, make_staff, now):
    root, sam = make_staff("root", Role.ADMINISTRATOR), make_staff("sami", Role.SUPPORT)
    with db.use_role("staff"):
        give_role(sam, Role.APPROVER_SECURITY, actor=root, now=now)
        with pytest.raises(AccessDeniedError, match="do not hold the right"):
            services.approve_request(approval_request, actor=sam, now=now)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(approval_request, sam, now)


def test_two_whom_nobody_confirmed_do_not_decide_for_each_other_for_thirty_days(approval_request, approver, now):
    change_roles(confirmed_by="", effective_at=timezone.now() - timedelta(days=29))
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="thirty days"):
        services.approve_request(approval_request, actor=approver, now=now)
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="thirty days"):
        services.decline_request(approval_request, actor=approver, now=now)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(approval_request, approver, now)
    change_roles(effective_at=timezone.now() - timedelta(days=30, minutes=1))
    with db.use_role("staff"):
        assert (
            services.approve_request(approval_request, actor=approver, now=now).approval_request_id
            == approval_request.pk
        )


def test_what_the_refused_sql_would_do_is_done_for_two_who_are_confirmed(approval_request, approver, now):
    assert open_by_hand(approval_request, approver, now)
