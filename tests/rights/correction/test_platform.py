"""The platform is given what it is to correct, by its token and an entry each time, and answers with an outcome."""

import pytest
from django.db import DatabaseError, connections

from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import make_token
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from rights.models import Correction
from tests.rights.correction.conftest import RIGHT, WRONG

URL = "/api/v1/platform/orders"


@pytest.fixture
def call(client, now):
    """Call as the platform: `call()` fetches, `call(order, body)` answers."""
    with db.use_role("staff"):
        token = make_token("platform", scopes=["orders"], actor=machine("console"), now=now)[1]

    def do(order=None, body=None):
        headers = {"Authorization": f"Bearer {token}"}
        if order is None:
            return client.get(URL, headers=headers)
        return client.post(f"{URL}/{order}/receipts", body, content_type="application/json", headers=headers)

    return do


def handed_out():
    with db.use_role("auditor"):
        return Entry.objects.filter(event="workloads.order.handed_out").count()


def test_an_order_says_which_field_of_which_record_and_the_right_value_until_it_is_answered(
    call, begun, work, app, user
):
    work(begun)  # the address is in place before the platform first asks
    orders = {each["contents"]["field"]: each for each in call().json()["orders"]}
    assert orders["name"]["kind"] == "correct"
    assert orders["name"]["contents"] == {"category": "apps", "record": str(app), "field": "name", "value": RIGHT}
    assert orders["email"]["contents"] | {"record": None} == orders["email"]["contents"]
    assert orders["email"]["contents"]["value"] == "right@example.org"
    assert WRONG not in call().content.decode()
    assert handed_out() == 4
    receipt = {"subject": user.reference, "outcome": "corrected"}
    answered = call(orders["name"]["id"], receipt)
    assert (answered.status_code, answered.json()["outcome"]) == (200, "corrected")
    assert call(orders["name"]["id"], receipt).status_code == 200
    assert call(orders["name"]["id"], receipt | {"outcome": "not_held"}).status_code == 409
    assert {each["id"]: each["contents"] for each in call().json()["orders"]}[orders["name"]["id"]] is None


@pytest.mark.parametrize(
    "body", [{}, {"outcome": ""}, {"outcome": "erased"}, {"apps": []}, {"outcome": "corrected", "x": 1}]
)
def test_an_answer_without_an_outcome_of_its_kind_is_refused(call, begun, user, body):
    with db.use_role("staff"):
        order = PlatformOrder.objects.filter(case_ref=begun.reference).first()
    assert call(order.pk, {"subject": user.reference, **body}).status_code == 422


def test_what_was_only_filed_is_not_handed_out(call, filed):
    assert call().json()["orders"] == []
    with db.use_role("ingest"):
        assert not Correction.objects.only("id").exists()


@pytest.mark.parametrize("field", ["email", "username"])
def test_the_database_replaces_no_address_that_nobody_accepted(filed, user, now, field):
    from tests.authorisations import step_entry

    entry = step_entry(user.reference, now)
    with (
        db.use_role("worker"),
        pytest.raises(DatabaseError, match="not accepted"),
        db.authorised_by(user.reference, entry),
    ):
        db.select_value(
            "SELECT identity_correct(%s, %s, %s, %s)", [user.reference, field, getattr(user, field), "x@example.org"]
        )


def test_an_accepted_one_takes_the_entry_of_its_step(begun, user):
    with db.use_role("worker"), pytest.raises(DatabaseError, match="entry of its step"), db.atomic():
        db.select_value("SELECT identity_correct(%s, 'email', %s, 'x@example.org')", [user.reference, user.email])


def test_the_worker_accepts_nothing(filed):
    with db.use_role("worker"):
        assert Correction.objects.update(decision="accepted") == 0
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rights_correction WHERE decision = 'pending'")
        assert cursor.fetchone() == (2,)
