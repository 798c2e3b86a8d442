"""One access on agreement in ten is reviewed, and one run of a query: by chance, once, recorded, never beforehand."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import Error as DatabaseError, connections
from django.utils import timezone

from accounts.identity.roles import Role
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.aggregates import weeks_of
from humanaccess.errors import AccessClosedError, AccessDeniedError
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision, Grant, RequestedItem, Sample
from humanaccess.selectors import count_unreviewed, list_drawn_runs, list_unreviewed
from humanaccess.states import Finding

DRAW = "SELECT humanaccess_draw_sample(%s, %s)"


def draw(key, kind="access", role="worker"):
    with db.use_role(role):
        return db.select_value(DRAW, [key, kind])


def read(grant, reader, item):
    with db.use_role("staff"):
        services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())


@pytest.fixture
def used(agreed, support, lines):
    """A grant on agreement that was read under and given back."""
    read(agreed, support, lines[0].id)
    with db.use_role("staff"):
        services.close_grant(agreed, reader=support, now=timezone.now())
    return agreed


def sweep():
    with db.use_role("worker"):
        return services.draw_samples(timezone.now())


def mark(key, **changes):
    """Have chance have decided otherwise, as the owner with the trigger off could."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE humanaccess_sample DISABLE TRIGGER humanaccess_keep")
        Sample.objects.using("owner").filter(pk=key).update(**changes)
        cursor.execute("ALTER TABLE humanaccess_sample ENABLE ALWAYS TRIGGER humanaccess_keep")


@pytest.fixture
def drawn(used):
    """The same grant, drawn to be reviewed."""
    sweep()
    mark(used.pk, drawn=True)
    return used


def test_what_is_over_is_drawn_once_and_logged(used, events):
    assert sweep() == 1
    assert sweep() == 0
    with db.use_role("auditor"):
        sample = Sample.objects.get()
        [leaf] = Entry.objects.filter(event="humanaccess.access.sampled").values_list("leaf", flat=True)
    assert (sample.pk, sample.kind) == (used.pk, "access")
    assert f'"drawn":{str(sample.drawn).lower()}'.encode() in bytes(leaf)
    assert draw(used.pk) is None


def test_nothing_is_drawn_while_access_is_open_or_where_nothing_was_read(agreed, support, lines, now):
    assert sweep() == 0
    with pytest.raises(DatabaseError, match="is over"):
        draw(agreed.pk)
    read(agreed, support, lines[0].id)
    assert sweep() == 0
    with pytest.raises(DatabaseError, match="is over"):
        draw(agreed.pk)


def test_an_access_without_a_read_is_never_drawn(agreed, support):
    with db.use_role("staff"):
        services.close_grant(agreed, reader=support, now=timezone.now())
    assert sweep() == 0
    with pytest.raises(DatabaseError, match="is over"):
        draw(agreed.pk)


def test_an_access_that_is_reviewed_anyway_is_never_drawn(approved, engineer, lines):
    read(approved, engineer, lines[0].id)
    with db.use_role("staff"):
        services.close_grant(approved, reader=engineer, now=timezone.now())
    assert sweep() == 0
    with pytest.raises(DatabaseError, match="is over"):
        draw(approved.pk)


@pytest.mark.parametrize("end", ["expiry", "user", "officer", "role"])
def test_every_end_is_drawn(agreed, support, officer, user, lines, end):
    read(agreed, support, lines[0].id)
    now = timezone.now()
    if end == "expiry":
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE humanaccess_grant DISABLE TRIGGER humanaccess_keep")
            Grant.objects.using("owner").update(starts_at=now - timedelta(days=2), ends_at=now - timedelta(seconds=1))
            cursor.execute("ALTER TABLE humanaccess_grant ENABLE ALWAYS TRIGGER humanaccess_keep")
    elif end == "user":
        services.revoke_grant(agreed, actor=user, now=now)
    elif end == "officer":
        with db.use_role("staff"):
            services.revoke_grant(agreed, actor=officer, now=now)
    else:
        with db.use_role("staff"), db.atomic():
            services.end_grants_of_staff(support.reference, actor=machine("test"), now=now, role=Role.SUPPORT)
    assert sweep() == 1


def test_chance_draws_about_one_in_ten(office, monkeypatch):
    """Of two thousand draws by the function's own expression 140 to 260 are drawn: outside once in 10⁻⁹."""
    expression = "('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint % 10 = 0"
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'humanaccess_draw_sample'")
        assert "".join(expression.split()) in "".join(cursor.fetchone()[0].split())
        cursor.execute(
            f"SELECT count(*) FILTER (WHERE {expression}) FROM generate_series(1, 2000)".replace("%", "%%"), []
        )
        (count,) = cursor.fetchone()
    assert 120 <= count <= 280


def test_a_seed_of_the_session_decides_nothing(used):
    with db.use_role("worker"), connections["worker"].cursor() as cursor:
        found = set()
        for _ in range(60):
            with db.atomic():
                cursor.execute("SELECT setseed(0.5)")
                cursor.execute(DRAW, [used.pk, "access"])
                found.add(cursor.fetchone()[0])
                db.connection().set_rollback(True)
    assert found == {True, False}


def test_only_the_worker_draws_and_nobody_writes_a_sample(used):
    for role in ("default", "staff", "ingest", "auditor"):
        with pytest.raises(DatabaseError, match="permission denied"):
            draw(used.pk, role=role)
    for role in ("default", "staff", "worker", "ingest", "auditor"):
        with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
            Sample.objects.create(pk=uuid4(), kind="access", drawn=False, drawn_at=timezone.now())
    sweep()
    with db.use_role("owner"):
        for changes in ({"drawn": True}, {"drawn": False}, {"finding": "in_order"}):
            with pytest.raises(DatabaseError, match="What was drawn stays"):
                Sample.objects.update(**changes)
        with pytest.raises(DatabaseError, match="What was drawn stays"):
            Sample.objects.all().delete()
    with db.use_role("staff"), pytest.raises(DatabaseError, match="permission denied"):
        Sample.objects.update(drawn=False)


def test_what_was_drawn_waits_for_the_officer_and_is_reviewed(drawn, officer, client_of):
    client = client_of(officer)
    reference = drawn.approval_request.reference
    assert reference in client.get("/staff/").content.decode()
    assert reference in client.get("/staff/humanaccess/ask/?tab=review").content.decode()
    done = client.post(f"/staff/humanaccess/ask/{reference}/review/", {"finding": "in_order", "note": ""})
    assert done.status_code == 302
    with db.use_role("staff"):
        assert not list_unreviewed(timezone.now()).exists()


def test_what_was_not_drawn_is_not_reviewed(used, officer):
    sweep()
    mark(used.pk, drawn=False)
    with db.use_role("staff"):
        assert not list_unreviewed(timezone.now()).exists()
        with pytest.raises(AccessClosedError, match="not drawn"):
            services.review_grant(used, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())


def is_blocked(reader, after):
    with db.use_role("staff"):
        return count_unreviewed(reader, timezone.now() + after) > 0


def test_a_drawn_access_blocks_its_reader_a_day_after_the_draw(drawn, support, officer):
    assert not is_blocked(support, timedelta(hours=23))
    assert is_blocked(support, timedelta(hours=25))
    with db.use_role("staff"):
        services.review_grant(drawn, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())
    assert not is_blocked(support, timedelta(hours=25))


def test_what_was_drawn_late_blocks_from_the_draw_on(used, support):
    sweep()
    mark(used.pk, drawn=True, drawn_at=timezone.now() + timedelta(days=10))
    assert not is_blocked(support, timedelta(days=10, hours=23))
    assert is_blocked(support, timedelta(days=11, hours=1))


def test_where_the_reader_is_the_only_officer_another_reviewer_reviews(
    make_request, officer, approver, user, lines, shown, now
):
    grant = services.agree_to_request(make_request(asker=officer), user=user, items={lines[0].id}, shown=shown, now=now)
    read(grant, officer, lines[0].id)
    with db.use_role("staff"):
        services.close_grant(grant, reader=officer, now=timezone.now())
    sweep()
    mark(grant.pk, drawn=True)
    with db.use_role("staff"):
        with pytest.raises(AccessDeniedError):
            services.review_grant(grant, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())
        services.review_grant(grant, actor=approver, finding=Finding.IN_ORDER, now=timezone.now())


def test_agreement_opens_nothing_that_nobody_can_review(make_request, officer, user, lines, shown, now, events):
    """The only reviewer is the reader: refused by the service, and by the database whatever the service says."""
    approval_request = make_request(asker=officer)
    with pytest.raises(AccessDeniedError, match="left to review"):
        services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")]
    with db.use_role("default"), pytest.raises(DatabaseError, match="left to review"):
        agree_by_hand(approval_request, lines[0].id, now)


def agree_by_hand(approval_request, item, now):
    """Write the user's agreement as SQL of their own pages' role may, and have the database open the grant."""
    with db.row_security_for(approval_request.subject):
        RequestedItem.objects.filter(item=item).update(answer="agreed")
        ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="agreed", closed_at=now)
        Decision.objects.create(
            approval_request=approval_request,
            subject=approval_request.subject,
            decided_by=approval_request.subject,
            verdict="agreed",
            sealed=b"x",
            shown_at=now,
            text_version="4",
            decided_at=now,
        )
        db.select_value("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])


@pytest.fixture
def run(support, now):
    """A run of a query that was drawn; its entry's id."""
    with db.use_role("staff"):
        services.run_aggregate(query="runs", week=weeks_of(90, now)[0], actor=support, now=timezone.now())
    sweep()
    with db.use_role("staff"):
        key = Entry.objects.get(event="humanaccess.aggregate.run").pk
    mark(key, drawn=True)
    with db.use_role("staff"):
        return list_drawn_runs().get()


def test_a_drawn_run_is_reviewed_by_an_auditor_on_their_page(run, make_staff, client_of, events):
    auditor = make_staff("otto", Role.AUDITOR)
    client = client_of(auditor)
    url = f"/staff/humanaccess/aggregate/runs/{run.pk}/review/"
    assert url in client.get("/staff/").content.decode()
    assert "waits for an auditor" not in client.get("/staff/humanaccess/aggregate/").content.decode()
    page = client.get(url).content.decode()
    assert "sam ran" in page
    assert client.post(url, {"finding": "concern"}).status_code == 302
    assert url not in client.get("/staff/").content.decode()
    assert events("humanaccess.aggregate") == [
        ("humanaccess.aggregate.run", "ok"),
        ("humanaccess.aggregate.sampled", "ok"),
        ("humanaccess.aggregate.reviewed", "ok"),
    ]
    assert client.post(url, {"finding": "in_order"}).status_code == 409


def test_only_an_auditor_who_did_not_run_it_reviews_a_run(run, support, officer, make_staff):
    twin = make_staff("sam2", Role.AUDITOR, email="sam+2@example.org")
    with db.use_role("staff"):
        for actor in (support, officer, twin):
            with pytest.raises(AccessDeniedError):
                services.review_run(run, actor=actor, finding=Finding.IN_ORDER, now=timezone.now())


def test_sql_puts_no_finding_on_a_run_in_the_name_of_another(run, support, officer, make_staff):
    auditor = make_staff("otto", Role.AUDITOR)
    with db.use_role("staff"):
        for person in (support, officer):
            with pytest.raises(DatabaseError, match="reviews a run once"):
                Sample.objects.update(finding="in_order", reviewed_by=person.reference, reviewed_at=timezone.now())
        services.review_run(run, actor=auditor, finding=Finding.CONCERN, now=timezone.now())
        with pytest.raises(DatabaseError, match="reviews a run once"):
            Sample.objects.update(finding="in_order")


def test_nothing_but_a_run_is_drawn_as_one(agreed, now):
    with db.use_role("staff"):
        entry = Entry.objects.filter(event="humanaccess.ask.agreed").get().pk
    for key, kind in ((entry, "run"), (uuid4(), "run"), (uuid4(), "access"), (agreed.pk, "other")):
        with pytest.raises(DatabaseError, match="is over"):
            draw(key, kind)


def test_an_office_of_three_works_agreement_and_security(
    make_staff, make_request, officer, user, lines, shown, client_of
):
    """Somebody who asks, somebody who approves and is a privacy officer, and an administrator, who reviews the rest."""
    now = timezone.now()
    with db.use_role("staff"):
        officer.role_assignments.update(ended_at=now, ended_by="0" * 32)
    asker = make_staff("eli", Role.SECURITY_ENGINEER, Role.SUPPORT)
    decider = make_staff("dora", Role.APPROVER_SECURITY, Role.PRIVACY_OFFICER)
    admin = make_staff("adam", Role.ADMINISTRATOR)
    by_agreement = services.agree_to_request(
        make_request(asker=asker, items=lines[:1]), user=user, items={lines[0].id}, shown=shown, now=now
    )
    second = make_request(Ground.SECURITY, asker=asker, items=lines[1:])
    with db.use_role("staff"):
        for_security = services.approve_request(second, actor=decider, now=now)
    for grant, line in ((by_agreement, lines[0]), (for_security, lines[1])):
        read(grant, asker, line.id)
        with db.use_role("staff"):
            services.close_grant(grant, reader=asker, now=timezone.now())
    sweep()
    mark(by_agreement.pk, drawn=True)
    urls = {
        grant: f"/staff/humanaccess/ask/{grant.approval_request.reference}/" for grant in (by_agreement, for_security)
    }
    done = {"finding": "in_order", "note": ""}
    officers, admins = client_of(decider), client_of(admin)
    assert officers.post(f"{urls[by_agreement]}review/", done).status_code == 302
    assert officers.post(f"{urls[for_security]}review/", done).status_code == 403
    assert admins.get(urls[by_agreement]).status_code == 404
    queue = admins.get("/staff/humanaccess/ask/").content.decode()
    assert urls[for_security] in queue
    assert urls[by_agreement] not in queue
    assert urls[for_security] in admins.get("/staff/").content.decode()
    assert admins.post(f"{urls[for_security]}review/", done).status_code == 302
