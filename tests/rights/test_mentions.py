"""What machines found of other people: shown to officer and person, ticked before a delivery, left out, never cut."""

import json

import pytest

from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from audit.log.models import Entry
from cases.errors import NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import RightsError
from rights.models import Package, Step
from rights.states import ExclusionReason, RequestState, StepStatus
from tests.platform_rows import put_row
from tests.signin import sign_in

TEXT = "noor@example.org asked noor to call +49 30 901820"


@pytest.fixture
def reviewed(file_request, user, make_user, start, work, now):
    """Return a request in review in whose logs machines found something."""
    make_user("noor")
    put_row("workloads_logline", user.reference, now, sealed={"text": TEXT})
    request = start(file_request(user))
    work(request)
    return request


def step_of(request, name="logs"):
    with db.use_role("staff"):
        return Step.objects.get(request=request, holding=name)


def approve(request, officer, now, **how):
    with db.use_role("staff"):
        return services.approve_delivery(request.reference, actor=officer, now=now, **how)


def test_receipts_count_what_was_found_and_hold_nothing_of_it(reviewed):
    receipt = step_of(reviewed).receipt
    assert receipt["others"] == {"email": 1, "phone": 1, "user_name": 1}
    assert "noor" not in json.dumps(receipt)
    assert "others" not in step_of(reviewed, "identity.account").receipt


def test_nothing_is_cut_and_the_package_says_what_was_found_but_no_names(reviewed, officer, now, opened):
    archive = opened(approve(reviewed, officer, now, reviewed=True))
    assert json.loads(archive.read("data/logs.json"))[0]["text"] == TEXT
    assert json.loads(archive.read("manifest.json"))["others"] == {"logs": {"email": 1, "phone": 1}}
    page = archive.read("index.html").decode()
    assert "1 e-mail address, 1 telephone number." in page
    assert "name of a user" not in page


def test_a_delivery_asks_for_a_tick_and_the_log_says_so(reviewed, officer, now, fetch):
    with pytest.raises(RightsError, match="reviewed what machines found") as refusal:
        approve(reviewed, officer, now)
    assert refusal.value.field == "reviewed"
    assert fetch(reviewed).state == RequestState.REVIEW
    approve(reviewed, officer, now, reviewed=True)
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="rights.request.fulfilled")
    assert json.loads(bytes(entry.leaf))["payload"]["mentions"] == 2  # names of users apart


def test_without_mentions_no_tick_is_asked(file_request, user, officer, start, work, now, fetch):
    request = start(file_request(user))
    work(request)
    approve(request, officer, now)
    assert fetch(request).state == RequestState.FULFILLED


def exclude(request, officer, now, name="logs", reason=ExclusionReason.RIGHTS_OF_OTHERS):
    with db.use_role("staff"):
        return services.exclude_step(
            request.reference, step_of(request, name).pk, actor=officer, reason=reason, now=now
        )


def test_a_category_is_left_out_in_review_and_the_package_made_anew(
    reviewed, officer, now, work, opened, fetch, logged, user
):
    first = fetch(reviewed).package
    exclude(reviewed, officer, now)
    assert fetch(reviewed).state == RequestState.IN_PROGRESS
    put_row("workloads_command", user.reference, now)
    work(reviewed)

    again = fetch(reviewed)
    assert again.state == RequestState.REVIEW
    assert (again.package.pk, again.package.name == first.name) == (first.pk, False)
    assert step_of(reviewed).status == StepStatus.EXCLUDED
    archive = opened(approve(reviewed, officer, now))  # nothing was found in what is left
    assert "data/logs.json" not in archive.namelist()
    assert len(json.loads(archive.read("data/commands.json"))) == 1
    manifest = json.loads(archive.read("manifest.json"))
    assert [(gap["holding"], gap["reason"]) for gap in manifest["missing"]] == [("logs", "rights_of_others")]
    assert "it would affect the rights and freedoms of others" in archive.read("index.html").decode()
    assert logged(reviewed.reference).count("rights.step.left_out") == 1


def test_only_where_something_was_found_and_only_by_who_holds_it(reviewed, officer, make_staff, now):
    with pytest.raises(WrongStateError):
        exclude(reviewed, officer, now, name="apps")
    with pytest.raises(NotAllowedError):
        exclude(reviewed, make_staff("olga", Role.PRIVACY_OFFICER), now)
    with pytest.raises(RightsError, match="no reason"):
        exclude(reviewed, officer, now, reason=ExclusionReason.DISPUTE)
    with db.use_role("staff"), pytest.raises(WrongStateError):
        services.retry_step(reviewed.reference, step_of(reviewed).pk, actor=officer, now=now)
    approve(reviewed, officer, now, reviewed=True)
    with pytest.raises(WrongStateError):
        exclude(reviewed, officer, now)


def test_all_may_be_left_out(reviewed, officer, now, work, fetch):
    with db.use_role("staff"):
        Step.objects.filter(request=reviewed, verb="export").update(receipt={"count": 1, "others": {"email": 1}})
    for category in data_categories():
        if fetch(reviewed).state != RequestState.REVIEW:
            with db.use_role("staff"):
                Step.objects.filter(request=reviewed, holding=category.name).update(status=StepStatus.NEEDS_ATTENTION)
        exclude(reviewed, officer, now, name=category.name)
    work(reviewed)
    assert fetch(reviewed).state == RequestState.REVIEW
    with db.use_role("staff"):
        assert Package.objects.get().files == 4


def test_the_officer_sees_counts_and_ticks_on_the_page(reviewed, officer, client):
    sign_in(client, officer, mfa=True, fresh=True)
    page = f"/staff/rights/rightsrequest/{reviewed.reference}/"
    shown = client.get(page).content.decode()
    assert "found by machine: 1 e-mail address, 1 telephone number, 1 name of a user" in shown
    assert "Nothing was cut." in shown
    assert f"{page}steps/{step_of(reviewed).pk}/leave_out/" in shown
    assert f"{page}steps/{step_of(reviewed, 'apps').pk}/leave_out/" not in shown
    assert "Application logs: 1 e-mail address" in client.get(f"{page}approve/").content.decode()
    assert client.post(f"{page}approve/", {"preview": "1"}).status_code == 422
    answer = client.post(f"{page}approve/", {"reviewed": "on", "preview": "1"})
    assert "Your data is ready" in answer.content.decode()
    assert client.post(f"{page}approve/", {"reviewed": "on"}).status_code == 302


def test_the_person_is_told_what_it_means_without_names(reviewed, officer, user, client, now):
    approve(reviewed, officer, now, reviewed=True)
    sign_in(client, user)
    page = client.get(f"/settings/privacy/requests/{reviewed.reference}/").content.decode()
    assert "Application logs: 1 e-mail address, 1 telephone number" in page
    assert "name of a user" not in page
    assert f"verify.py {reviewed.reference}.zip --key" in page
