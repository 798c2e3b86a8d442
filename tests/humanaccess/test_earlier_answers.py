"""An approver sees what the user answered before, and how often the same colleague asked of late; no content."""

from datetime import timedelta

import pytest

from accounts.identity.roles import Role
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from humanaccess.selectors import count_earlier_requests, list_earlier_answers
from humanaccess.staff.sheets import earlier_sheet


@pytest.fixture
def answers(make_request, engineer, user, lines, shown, now):
    """References of requests that were refused, left unticked in part, and never answered, by the same engineer."""
    past = now - timedelta(days=10)
    silent = make_request(asker=engineer, items=lines[2:], now=past)
    with db.use_role("worker"):
        services.expire_requests(now)
    refused = make_request(asker=engineer, items=lines[:1])
    services.refuse_approval(refused, user=user, shown=shown, now=now)
    unticked = make_request(asker=engineer, items=lines)
    services.agree_to_request(unticked, user=user, items={lines[0].id}, shown=shown, now=now)
    return {"silent": silent.reference, "refused": refused.reference, "unticked": unticked.reference}


@pytest.fixture
def sheet(make_request, approver, answers, now):
    """Return what this person sees of the engineer's request on the security ground."""
    approval_request = make_request(Ground.SECURITY)

    def show(viewer):
        with db.use_role("staff"):
            return earlier_sheet(approval_request, list_earlier_answers(approval_request), viewer, now)

    return show


def test_each_earlier_answer_is_listed_with_what_it_touches(sheet, approver, answers):
    rows = sheet(approver)["rows"]
    found = {(row["request"].reference, row["answer"]) for row in rows}
    assert found == {
        (answers["refused"], "refused"),
        (answers["unticked"], "left unticked"),
        (answers["silent"], "never answered"),
    }
    for row in rows:
        assert row["item"].item in {item.item for item in row["touches"]}
        assert row["url"].endswith(f"{row['request'].reference}/")


def test_the_askers_other_requests_are_counted_by_outcome(make_request, approver, engineer, answers, sheet, user, now):
    make_request(Ground.SECURITY, now=now - timedelta(days=89))
    make_request(Ground.SECURITY, now=now - timedelta(days=91))
    found = sheet(approver)
    assert found["total"] == 4
    assert {str(label): count for label, count in found["outcomes"]} == {
        "agreed": 1,
        "refused": 1,
        "expired without an answer": 2,
    }


def test_who_may_not_open_a_request_gets_its_number_without_a_link(sheet, make_staff, engineer, answers):
    assert all(row["url"] for row in sheet(engineer)["rows"])
    assert not any(row["url"] for row in sheet(make_staff("sol", Role.SECURITY_ENGINEER))["rows"])


def test_both_pages_show_it_and_no_content(make_request, approver, user, answers, client_of):
    approval_request = make_request(Ground.SECURITY)
    client, url = client_of(approver), f"/staff/humanaccess/ask/{approval_request.reference}/"
    for address in (url, f"{url}approve/"):
        page = " ".join(client.get(address).content.decode().split())
        assert "What the user did not agree to before" in page
        assert "left unticked" in page
        assert f'href="/staff/humanaccess/ask/{answers["refused"]}/"' in page
        assert "filed 3 other approval requests about this person" in page
        assert (
            "upload failed" not in page.partition("What the user did not agree to before")[2].partition("</table>")[0]
        )


def test_a_request_that_nothing_precedes_says_so(make_request, approver, client_of):
    approval_request = make_request(Ground.SECURITY)
    page = client_of(approver).get(f"/staff/humanaccess/ask/{approval_request.reference}/approve/").content.decode()
    assert "filed no other approval request about this person" in page
    assert "did not agree to before" not in page


def test_requests_about_others_or_by_others_are_not_counted(make_request, make_user, make_staff, engineer, now):
    other = make_staff("sol", Role.SECURITY_ENGINEER)
    approval_request = make_request(Ground.SECURITY)
    make_request(Ground.SECURITY, asker=other)
    make_request(Ground.SECURITY, subject=make_user("noor"))
    with db.use_role("staff"):
        assert count_earlier_requests(approval_request, now) == {}
