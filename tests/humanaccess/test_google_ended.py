"""The end of access to Google data ends grants on what automations hold; others show nothing of that any more."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from accounts.connections.models import Revocation, WipeReason
from accounts.inbox.models import Letter
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import services
from humanaccess.errors import NothingToShowError, ReadRefusedError
from humanaccess.grounds import Ground
from humanaccess.models import Grant
from tests.google_access import end_access
from tests.humanaccess.legal.conftest import agree, approver_legal, counsel, receipt, receive, request_for
from tests.platform_rows import put_row
from tests.stolen.conftest import steal

__all__ = ["agree", "approver_legal", "counsel", "receipt", "receive", "request_for", "steal"]
KINDS = ("automation", "run", "transfer")


@pytest.fixture
def items(user, now):
    """One item of each kind that automations hold."""
    ids = {kind: put_row(f"connections_{kind}", user.reference, now - timedelta(hours=1)) for kind in KINDS}
    return [NamedItem(f"connections.{kind}", item, {}) for kind, item in ids.items()]


@pytest.fixture
def granted(make_request, user, approver, shown, now):
    """A grant on named items: `granted(items)` for agreement to all of them, or to those of `ids`."""

    def grant(items, ground=Ground.AGREEMENT, ids=None, at=now):
        request = make_request(ground, items=items, now=at)
        if ground == Ground.AGREEMENT:
            ids = ids or {one.id for one in items}
            return services.agree_to_request(request, user=user, items=ids, shown=shown, now=at)
        with db.use_role("staff"):
            return services.approve_request(request, actor=approver, now=at)

    return grant


def read(grant, item, reader):
    with db.use_role("staff"):
        facts = {"item_id": item.id, "reader": reader, "mfa": True, "stepped_up": True, "now": timezone.now()}
        return services.read_item(grant.pk, **facts)


def end_of(grant):
    with db.use_role("staff"):
        return Grant.objects.get(pk=grant.pk).ended_reason


@pytest.mark.parametrize("by", ["self", "worker"])
@pytest.mark.parametrize("ground", [Ground.AGREEMENT, Ground.SECURITY])
def test_a_grant_on_what_automations_hold_ends_is_logged_and_told(
    granted, items, user, support, engineer, now, events, by, ground
):
    grant, reader = granted(items, ground), support if ground == Ground.AGREEMENT else engineer
    for item in items:
        assert read(grant, item, reader).values
    end_access(user, now, by=by)
    for item in items:
        with pytest.raises(ReadRefusedError) as refused:
            read(grant, item, reader)
        assert refused.value.rule == "ended"
    assert end_of(grant) == "event"
    assert events("humanaccess.grant.ended") == [("humanaccess.grant.ended", "ok")]
    with db.row_security_for(user.reference):
        assert Letter.objects.filter(kind__endswith="ended").count() == 1


def test_a_grant_that_holds_more_lives_on_for_that_alone(granted, items, lines, user, support, now):
    grant = granted([items[0], lines[0]])
    assert read(grant, items[0], support).values
    end_access(user, now)
    assert end_of(grant) == ""
    with pytest.raises(NothingToShowError):
        read(grant, items[0], support)
    assert read(grant, lines[0], support).values


def test_what_was_not_agreed_to_keeps_no_grant_alive(granted, items, lines, user, now):
    grant = granted([items[0], lines[0]], ids={items[0].id})
    end_access(user, now)
    assert end_of(grant) == "event"


def test_what_is_granted_after_the_end_is_read(granted, items, user, support, now):
    end_access(user, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_revocation SET wiped_at = wiped_at - interval '1 minute'")
    grant = granted(items, at=timezone.now())
    assert read(grant, items[1], support).values


def test_another_account_that_was_chosen_at_google_ends_nothing(granted, items, user, support, now):
    grant = granted(items)
    with db.row_security_for(user.reference):
        other = Revocation.objects.create(
            subject=user.reference, reason=WipeReason.OTHER_ACCOUNT, scopes=[], asked_at=now
        )
    with db.use_role("worker"):
        services.end_grants_on_google_data(user.reference, ended=other.pk, actor=None, now=now)
    assert read(grant, items[0], support).values


def test_what_a_law_requires_is_read_on(receive, agree, request_for, approver_legal, items, user, counsel, now):
    request = request_for(agree(receive(), categories=["automations"]), items=items[:1])
    with db.use_role("staff"):
        grant = services.approve_request(request, actor=approver_legal, now=now)
    end_access(user, now)
    assert read(grant, items[0], counsel).values


@pytest.mark.parametrize("role", ["office_self", "office_worker"])
def test_by_sql_nothing_ends_but_after_an_end_of_access_and_on_own_pages_only_ones_own(
    steal, granted, items, user, make_user, now, role
):
    grant, thief = granted(items), steal(role)
    end = "SELECT humanaccess_end_on_google_data(%s, now())"
    thief.claim(subject=user.reference)
    assert thief.run(end, user.reference) == []
    with db.row_security_for(user.reference):
        Revocation.objects.create(subject=user.reference, reason=WipeReason.USER, scopes=[], asked_at=now)
    if role == "office_self":
        thief.claim(subject=make_user("omar").reference)
        assert thief.run(end, user.reference) == []
        thief.claim(subject=user.reference)
    assert thief.run(end, user.reference) == [(grant.pk,)]
    assert thief.run(end, user.reference) == []
