"""Reading one item: every check on every read, the entry first; then the ends and the reviews."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.workloads.models import LogLine
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from humanaccess import selectors, services
from humanaccess.errors import (
    AccessClosedError,
    AccessDeniedError,
    LogUnwritableError,
    NothingToShowError,
    ReadRefusedError,
)
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.states import Finding
from vault.services import destroy_key


@pytest.fixture
def read():
    """Read as the page does: with the staff role, now, with a second factor."""

    def read(grant, item, reader, *, mfa=True, stepped_up=True, at=None):
        with db.use_role("staff"):
            return services.read_item(
                grant.pk, item_id=item, reader=reader, mfa=mfa, stepped_up=stepped_up, now=at or timezone.now()
            )

    return read


def test_a_read_shows_one_item_and_appends_its_entry_first(agreed, support, lines, read, events):
    result = read(agreed, lines[0].id, support)
    assert "canary-log-text" in str(result.values)
    assert result.item.item == lines[0].id
    with db.use_role("auditor"):
        entry = Entry.objects.get(pk=result.entry)
    assert (entry.event, entry.outcome, entry.case_ref) == (
        "humanaccess.item.read",
        "ok",
        agreed.approval_request.reference,
    )
    assert entry.subject == agreed.subject
    assert b"canary" not in bytes(entry.leaf)


def test_each_read_has_an_entry_of_its_own(agreed, support, lines, read, events):
    for _ in range(2):
        read(agreed, lines[0].id, support)
    assert events("humanaccess.item.read") == [("humanaccess.item.read", "ok")] * 2


def refused(read, events, rule, *args, **facts):
    """Check that this read is refused by this rule, and that the log has the refusal."""
    before = len(events("humanaccess.item.read"))
    with pytest.raises(ReadRefusedError) as error:
        read(*args, **facts)
    assert error.value.rule == rule
    assert events("humanaccess.read.refused")[-1] == ("humanaccess.read.refused", "refused")
    assert len(events("humanaccess.item.read")) == before


def test_every_rule_is_checked_on_every_read(agreed, support, engineer, user, make_staff, lines, read, events, now):
    item = lines[0].id
    read(agreed, item, support)
    refused(read, events, "mfa", agreed, item, support, mfa=False)
    refused(read, events, "step_up", agreed, item, support, stepped_up=False)
    refused(read, events, "not_reader", agreed, item, engineer)
    refused(read, events, "not_reader", agreed, item, make_staff("root", Role.ADMINISTRATOR, is_superuser=True))
    refused(read, events, "not_reader", agreed, item, user)
    refused(read, events, "scope", agreed, lines[2].id, support)
    refused(read, events, "window", agreed, item, support, at=now + timedelta(days=1))
    refused(read, events, "window", agreed, item, support, at=now - timedelta(hours=1))
    support.email = user.email.upper().replace("@", "+x@")
    support.save()
    refused(read, events, "own_data", agreed, item, support)
    support.email = "sam@example.org"
    support.save()
    with db.use_role("staff"):
        support.role_assignments.update(ended_at=now, ended_by="0" * 32)
    refused(read, events, "role", agreed, item, support)


def test_revocation_bites_at_the_next_read(agreed, support, user, lines, read, events, now):
    read(agreed, lines[0].id, support)
    services.revoke_grant(agreed, actor=user, now=now)
    refused(read, events, "ended", agreed, lines[0].id, support)
    assert events("humanaccess.grant.ended") == [("humanaccess.grant.ended", "ok")]
    with pytest.raises(AccessClosedError):
        services.revoke_grant(agreed, actor=user, now=now)


def test_an_unknown_grant_is_refused(office, support, lines):
    with db.use_role("staff"), pytest.raises(ReadRefusedError, match="no such access"):
        services.read_item(
            support.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )


def test_nothing_is_shown_when_the_log_cannot_be_written(agreed, support, lines, read, events):
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT ON audit_entry FROM office_staff")
    with pytest.raises(LogUnwritableError, match="nothing is shown"):
        read(agreed, lines[0].id, support)
    assert events("humanaccess.item.read") == []


def test_a_read_inside_a_transaction_is_refused(agreed, support, lines):
    with db.use_role("staff"), db.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )


def test_an_item_that_is_gone_is_reported_and_logged(agreed, support, lines, read, events):
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM workloads_logline WHERE id = %s", [lines[0].id])
    with pytest.raises(NothingToShowError):
        read(agreed, lines[0].id, support)
    assert events("humanaccess.read") == [("humanaccess.read.failed", "failed")]


def test_an_erased_person_shows_nothing(agreed, support, lines, read, events, now):
    destroy_key(agreed.subject, now=now)
    with pytest.raises(NothingToShowError):
        read(agreed, lines[0].id, support)


def test_the_superuser_has_no_way_past(office, make_staff, agreed, lines):
    make_staff("root", Role.ADMINISTRATOR, is_superuser=True)
    with db.use_role("staff"):
        assert list(LogLine.objects.all()) == []
        assert LogLine.objects.filter(pk=lines[0].id).first() is None


def test_the_user_is_told_of_the_first_read_they_had_not_agreed_to(approved, engineer, user, lines, read):
    for line in lines:
        read(approved, line.id, engineer)
    with db.row_security_for(user.reference):
        assert list(Letter.objects.values_list("kind", flat=True)) == ["humanaccess.looked"]


def test_the_reader_closes_and_the_user_is_told(agreed, support, engineer, user, events, now):
    with db.use_role("staff"):
        with pytest.raises(AccessDeniedError):
            services.close_grant(agreed, reader=engineer, now=now)
        services.close_grant(agreed, reader=support, now=now)
        assert Grant.objects.get().ended_reason == "closed"
    with db.row_security_for(user.reference):
        assert Letter.objects.filter(kind__endswith="ended").count() == 1


def test_staff_with_that_right_end_access_and_others_do_not(agreed, approver, engineer, make_user, now):
    with db.use_role("staff"):
        with pytest.raises(AccessDeniedError):
            services.revoke_grant(agreed, actor=engineer, now=now)
        services.revoke_grant(agreed, actor=approver, now=now)
        assert Grant.objects.get().ended_reason == "staff"
    with pytest.raises(AccessDeniedError):
        services.revoke_grant(agreed, actor=make_user("omar"), now=now)


def test_leaving_ends_grants_and_requests_at_once(agreed, make_request, support, lines, read, events):
    from accounts.identity.announcements import staff_left

    make_request()
    with db.use_role("staff"), db.atomic():
        staff_left(support.reference, actor=machine("test"), now=timezone.now())
    with db.use_role("staff"):
        assert Grant.objects.get().ended_reason == "event"
        assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {"agreed", "cancelled"}
    refused(read, events, "ended", agreed, lines[0].id, support)


def test_the_sweep_records_the_grants_whose_window_is_over(agreed, user, events, now):
    with db.use_role("worker"):
        assert services.expire_grants(now) == 0
        assert services.expire_grants(now + timedelta(days=1)) == 1
        assert services.expire_grants(now + timedelta(days=1)) == 0
    with db.row_security_for(user.reference):
        assert Grant.objects.get().ended_reason == "expired"


def test_reads_on_the_security_ground_are_reviewed_by_somebody_else(
    approved, engineer, approver, make_staff, lines, read, events, now
):
    read(approved, lines[0].id, engineer)
    reviewer = make_staff("rita", Role.APPROVER_SECURITY)
    engineer_too = make_staff("eve", Role.APPROVER_SECURITY, email="erin+2@example.org")
    later = now + timedelta(hours=5)
    with db.use_role("staff"):
        with pytest.raises(AccessClosedError, match="still open"):
            services.review_grant(approved, actor=reviewer, finding=Finding.IN_ORDER, now=now)
        for actor in (engineer, approver, engineer_too):
            with pytest.raises(AccessDeniedError):
                services.review_grant(approved, actor=actor, finding=Finding.IN_ORDER, now=later)
        review = services.review_grant(approved, actor=reviewer, finding=Finding.IN_ORDER, note="Wide.", now=later)
        assert review.reads == 1
        with pytest.raises(AccessClosedError, match="before"):
            services.review_grant(approved, actor=reviewer, finding=Finding.IN_ORDER, now=later)
    assert events("humanaccess.grant.reviewed") == [("humanaccess.grant.reviewed", "ok")]


def test_unreviewed_reads_block_new_requests_a_day_after_the_grant_ended(
    approved, engineer, approver, make_staff, make_request, lines, read, now
):
    read(approved, lines[0].id, engineer)
    over = approved.ends_at + timedelta(days=1)
    make_request(Ground.SECURITY, now=over - timedelta(seconds=1))
    with pytest.raises(AccessDeniedError, match="review"):
        make_request(Ground.SECURITY, now=over)
    with db.use_role("staff"):
        assert selectors.list_unreviewed(over).get() == approved
        reviewer = make_staff("rita", Role.APPROVER_SECURITY)
        services.review_grant(approved, actor=reviewer, finding=Finding.IN_ORDER, now=over)
    make_request(Ground.SECURITY, now=over)


def test_a_grant_that_was_never_used_needs_no_review(approved, make_request, now):
    make_request(Ground.SECURITY, now=approved.ends_at + timedelta(days=2))


def test_a_read_asks_the_database_eleven_times_however_much_is_granted(agreed, support, lines, read):
    read(agreed, lines[0].id, support)  # the subject's key is cached from now on
    with CaptureQueriesContext(connections["staff"]) as captured:
        read(agreed, lines[0].id, support)
    # The grant, its request and the item; begin, entry, commit; begin, the entry named, its authorisation, the row, commit.
    assert len(captured) == 11, [query["sql"] for query in captured]
