"""The second person of the security ground is in force, and is not the first one's own making."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.services import give_role
from audit import sides
from humanaccess import services
from humanaccess.errors import NotAllowedError
from humanaccess.grounds import Ground
from humanaccess.models import Ask, Decision


@pytest.fixture
def ask(make_ask, engineer):
    """An ask that waits for a second person."""
    return make_ask(Ground.SECURITY)


def change_roles(**changes):
    with sides.acting("owner"):
        RoleAssignment.objects.update(**changes)


def open_by_hand(ask, decider, now):
    """Write the decision as the staff side's own SQL may, and have the database open the grant."""
    with sides.acting("staff"), sides.atomic():
        Decision.objects.create(
            ask=ask, subject=ask.subject, decided_by=decider.reference, verdict="approved", decided_at=now
        )
        Ask.objects.filter(pk=ask.pk).update(state="approved", closed_at=now)
        with sides.connection().cursor() as cursor:
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [ask.pk, now])
            return cursor.fetchone()[0]


def test_a_right_that_waits_decides_nothing_by_page_or_by_sql(ask, make_staff, now):
    root, sam = make_staff("root", Role.ADMINISTRATOR), make_staff("sami", Role.SUPPORT)
    with sides.acting("staff"):
        give_role(sam, Role.APPROVER_SECURITY, by=root, now=now)
        with pytest.raises(NotAllowedError, match="do not hold the right"):
            services.approve_ask(ask, actor=sam, now=now)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(ask, sam, now)


def test_two_whom_nobody_confirmed_do_not_decide_for_each_other_for_thirty_days(ask, approver, now):
    change_roles(confirmed_by="", effective_at=timezone.now() - timedelta(days=29))
    with sides.acting("staff"), pytest.raises(NotAllowedError, match="thirty days"):
        services.approve_ask(ask, actor=approver, now=now)
    with sides.acting("staff"), pytest.raises(NotAllowedError, match="thirty days"):
        services.decline_ask(ask, actor=approver, now=now)
    with pytest.raises(DatabaseError, match="second person"):
        open_by_hand(ask, approver, now)
    change_roles(effective_at=timezone.now() - timedelta(days=30, minutes=1))
    with sides.acting("staff"):
        assert services.approve_ask(ask, actor=approver, now=now).ask_id == ask.pk


def test_what_the_refused_sql_would_do_is_done_for_two_who_are_confirmed(ask, approver, now):
    assert open_by_hand(ask, approver, now)
