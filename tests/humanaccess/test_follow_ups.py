"""A review compares reads with the reason; a concern is followed up until an officer who did not read settles it."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import categories
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.errors import AccessClosedError, AccessDeniedError, InvalidError
from humanaccess.models import FollowUp, Review
from humanaccess.states import Finding, FollowUpKind
from tests.authorisations import step_entry

TODO, DONE = "Talk to Erin about the third line.", "We talked; the search was too wide."


@pytest.fixture
def used(approved, engineer, lines):
    """A grant on the security ground under which one item was read twice, given back."""
    with db.use_role("staff"):
        for _ in range(2):
            services.read_item(
                approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
            )
        services.close_grant(approved, reader=engineer, now=timezone.now())
    return approved


def review(grant, actor, **more):
    now = timezone.now()
    facts = {
        "finding": Finding.CONCERN,
        "follow_up": FollowUpKind.TALK,
        "todo": TODO,
        "due_on": now.date() + timedelta(days=3),
        **more,
    }
    with db.use_role("staff"):
        return services.review_grant(grant, actor=actor, now=now, **facts)


@pytest.fixture
def concern(used, officer):
    """The review that found a concern."""
    return review(used, officer)


def settle(grant, actor, outcome=DONE):
    with db.use_role("staff"):
        return services.settle_follow_up(grant.approval_request, actor=actor, now=timezone.now(), outcome=outcome)


def test_the_page_shows_the_reads_beside_the_reason(used, officer, client_of):
    page = client_of(officer).get(f"/staff/humanaccess/ask/{used.approval_request.reference}/review/")
    text = " ".join(page.content.decode().split())
    assert page.status_code == 200
    assert "these lines should say why" in text
    assert "ada" in text
    assert "read 2 times" in text
    assert text.count("never read") == 2


def test_a_concern_takes_what_is_to_follow(used, officer):
    for missing, value in (("follow_up", None), ("todo", "  "), ("due_on", None)):
        with pytest.raises(InvalidError) as error:
            review(used, officer, **{missing: value})
        assert (error.value.field, error.value.rule) == (missing, "required")
    today = timezone.now().date()
    for day in (today - timedelta(days=1), today + timedelta(days=91)):
        with pytest.raises(InvalidError, match="within 90 days"):
            review(used, officer, due_on=day)
    with pytest.raises(InvalidError, match="from a concern alone"):
        review(used, officer, finding=Finding.IN_ORDER)
    with db.use_role("staff"):
        assert not Review.objects.exists()


def test_the_form_names_the_field_that_is_missing(used, officer, client_of):
    url = f"/staff/humanaccess/ask/{used.approval_request.reference}/review/"
    page = client_of(officer).post(url, {"finding": "concern", "note": ""})
    assert page.status_code == 422
    assert "With a concern, say what is to follow" in page.content.decode()


def test_it_waits_for_an_officer_who_settles_it_with_words(concern, used, officer, approver, client_of, events):
    client, url = client_of(officer), f"/staff/humanaccess/ask/{used.approval_request.reference}/"
    first = client.get("/staff/").content.decode()
    assert "A concern about erin is to be followed up" in first
    assert TODO in client.get(f"{url}settle/").content.decode()
    assert client.post(f"{url}settle/", {"outcome": ""}).status_code == 422
    assert client.post(f"{url}settle/", {"outcome": DONE}).status_code == 302
    assert "followed up" not in client.get("/staff/").content.decode()
    page = client.get(url).content.decode()
    assert TODO in page
    assert DONE in page
    assert events("humanaccess.followup") == [
        ("humanaccess.followup.opened", "ok"),
        ("humanaccess.followup.settled", "ok"),
    ]


def test_no_word_of_it_is_in_the_log_or_stored_in_clear(concern, used, officer):
    settle(used, officer)
    with db.use_role("auditor"):
        leaves = b"".join(bytes(leaf) for leaf in Entry.objects.values_list("leaf", flat=True))
        rows = FollowUp.objects.values_list("sealed", "sealed_outcome").get()
    for text in (TODO.encode(), DONE.encode()):
        assert text not in leaves
        assert all(text not in bytes(row) for row in rows)


def test_the_reader_sees_none_of_it(concern, used, engineer, client_of):
    page = client_of(engineer).get(f"/staff/humanaccess/ask/{used.approval_request.reference}/").content.decode()
    assert "a concern" in page
    assert TODO not in page
    assert "Settle" not in page


def test_neither_reader_nor_others_settle_it(concern, used, engineer, approver, make_staff, events):
    twin = make_staff("erin2", Role.PRIVACY_OFFICER, email="ERIN+x@example.org")
    for actor in (engineer, approver, twin, make_staff("sami", Role.SUPPORT)):
        with pytest.raises(AccessDeniedError):
            settle(used, actor)
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")] * 4


def test_where_no_officer_is_left_another_reviewer_settles(concern, used, officer, approver, now):
    with db.use_role("staff"):
        officer.role_assignments.update(ended_at=now, ended_by="0" * 32)
    assert settle(used, approver).settled_by == approver.reference


def test_it_is_settled_once(concern, used, officer):
    settle(used, officer)
    with pytest.raises(AccessClosedError):
        settle(used, officer, "Something else.")


def test_nobody_reviews_their_own_reading_by_any_account(used, engineer, approver, make_staff):
    for name, email in (
        ("erin2", "ERIN+1@example.org"),
        ("erin3", "erin+other@example.org"),
        ("ada2", "ada+2@example.org"),
    ):
        twin = make_staff(name, Role.APPROVER_SECURITY, Role.PRIVACY_OFFICER, email=email)
        with pytest.raises(AccessDeniedError):
            review(used, twin, finding=Finding.IN_ORDER, follow_up=None, todo="", due_on=None)
    for actor in (engineer, approver):
        with pytest.raises(AccessDeniedError):
            review(used, actor)


def test_the_user_sees_that_it_was_reviewed_and_no_word(concern, used, user, officer, client_of):
    settle(used, officer)
    page = client_of(user).get("/settings/looked/").content.decode()
    assert "a concern was found" in page
    assert TODO not in page
    assert DONE not in page


def test_sql_neither_rewrites_nor_settles_for_the_reader(concern, used, engineer, officer, user):
    settled = {"settled_at": timezone.now(), "sealed_outcome": b"x"}
    with db.use_role("staff"):
        for changes in ({"settled_by": engineer.reference, **settled}, {"settled_by": user.reference, **settled}):
            with pytest.raises(DatabaseError, match="another than the reader"):
                FollowUp.objects.update(**changes)
        with pytest.raises(DatabaseError, match="permission denied"):
            FollowUp.objects.update(due_on=timezone.now().date())
        with pytest.raises(DatabaseError, match="permission denied"):
            FollowUp.objects.all().delete()
    settle(used, officer)
    with db.use_role("owner"):
        for changes in ({"settled_at": None, "settled_by": "", "sealed_outcome": None}, {"kind": "other"}):
            with pytest.raises(DatabaseError, match="settled once"):
                FollowUp.objects.update(**changes)


def test_sql_reviews_for_no_reader_and_opens_a_follow_up_of_no_other_review(used, engineer, approver, officer, user):
    facts = {"grant": used, "subject": used.subject, "finding": "in_order", "reads": 0, "reviewed_at": timezone.now()}
    with db.use_role("staff"):
        for reviewer in (engineer, approver, user):
            with pytest.raises(DatabaseError, match="row-level security"):
                Review.objects.create(reviewed_by=reviewer.reference, **facts)
        found = Review.objects.create(reviewed_by=officer.reference, **facts)
        with pytest.raises(DatabaseError, match="row-level security"):
            FollowUp.objects.create(
                review=found, subject=used.subject, kind="talk", due_on=timezone.now().date(), sealed=b"x"
            )


def test_the_other_roles_see_no_follow_up_or_change_none(concern):
    for role in ("default", "ingest"):
        with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
            FollowUp.objects.count()
    for role in ("worker", "auditor"):
        with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
            FollowUp.objects.update(settled_by="x")


def test_a_package_has_the_follow_up_with_its_texts(concern, used, user, officer, now):
    settle(used, officer)
    category = next(found for found in categories.data_categories() if found.name == "humanaccess.asks")
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        [row] = category.export(user.reference, entry)
    found = row["access"]["review"]["follow_up"]
    assert (found["kind"], found["text"], found["outcome"]) == ("talk", TODO, DONE)
    assert found["settled_by"] == officer.reference


def test_a_form_posted_where_no_access_was_given_is_refused(make_request, officer, client_of):
    client, url = client_of(officer), f"/staff/humanaccess/ask/{make_request().reference}/"
    assert client.post(f"{url}review/", {}).status_code == 422
    assert client.post(f"{url}settle/", {}).status_code == 422
    assert client.post(f"{url}settle/", {"outcome": "Done."}).status_code == 409
