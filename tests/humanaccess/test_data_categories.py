"""A person's package holds the approval requests about them: reason, exact text, who decided, what came of it."""

from datetime import timedelta

from accounts.identity.roles import Role
from accounts.personaldata import categories
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from humanaccess.models import Grant
from humanaccess.states import Finding
from tests.authorisations import step_entry
from tests.humanaccess.conftest import REASON


def export(person, now):
    category = next(found for found in categories.data_categories() if found.name == "humanaccess.asks")
    entry = step_entry(person.reference, now)
    with db.use_role("worker"):
        rows = list(category.export(person.reference, entry))
        assert category.count(person.reference) == len(rows)
    for row in rows:
        assert set(row) == set(category.fields)
    return rows


def test_an_agreement_is_exported_with_the_text_that_was_shown(agreed, user, support, shown, now):
    [row] = export(user, now)
    assert (row["ground"], row["state"], row["reason"]) == ("agreement", "agreed", f"{REASON} (1)")
    assert [item["answer"] for item in row["named_items"]] == ["agreed", "agreed", "refused"]
    # The label is rendered as on the pages, in the person's language, not as it is stored.
    assert row["named_items"][0]["label"] == "Log line of app 00000000, time 0, error"
    [decision] = row["decisions"]
    assert (decision["verdict"], decision["decided_by"], decision["text"]) == ("agreed", user.reference, shown.text)
    assert row["access"]["reader"] == support.reference
    assert row["access"]["review"] is None


def test_access_for_security_is_exported_with_its_decision_and_review(
    make_request, user, engineer, approver, make_staff, now
):
    approval_request = make_request(Ground.SECURITY)
    with db.use_role("staff"):
        services.approve_request(approval_request, actor=approver, note="It is the incident of Monday.", now=now)
        grant = Grant.objects.select_related("approval_request").get()
        services.close_grant(grant, reader=engineer, now=now + timedelta(seconds=1))
        reviewer = make_staff("rita", Role.APPROVER_SECURITY)
        services.review_grant(grant, actor=reviewer, finding=Finding.IN_ORDER, now=now + timedelta(hours=1))
    [row] = export(user, now)
    assert row["decisions"][0]["text"] == "It is the incident of Monday."
    assert (row["access"]["ended_reason"], row["access"]["review"]["finding"]) == ("closed", "in_order")


def test_nothing_of_anybody_else_is_in_it(agreed, make_user, now):
    other = make_user("noor")
    category = next(found for found in categories.data_categories() if found.name == "humanaccess.asks")
    with db.use_role("worker"):
        assert category.count(other.reference) == 0


def test_no_personal_model_is_owed():
    from tests.architecture import test_fields

    assert not hasattr(test_fields, "OWED")
