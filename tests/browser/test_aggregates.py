"""Anonymous figures in a browser: a query is run by the form, its answer is a table with bars."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from humanaccess.aggregates import weeks_of
from tests.platform_rows import put_rows

pytestmark = pytest.mark.browser


def test_a_query_is_run_and_its_answer_is_shown(
    enter, live_server, watched, check_page, keep_screen, make_user, make_staff
):
    week = weeks_of(90, timezone.now())[0]
    at = timezone.now().replace(year=week.year, month=week.month, day=week.day) + timedelta(hours=1)
    for number in range(17):
        person = make_user(f"person{number}").reference
        put_rows("connections_run", person, at, 4)
        put_rows("workloads_logline", person, at, 3, level="info")
        if number < 12:
            put_rows("workloads_logline", person, at, 2, level="warning")
        if number < 2:
            put_rows("workloads_logline", person, at, 1, level="critical")
        if 2 < number < 12:
            put_rows("workloads_logline", person, at, 2, level="error")
    enter(make_staff("lena", Role.LEGAL_COUNSEL), mfa=True)
    watched.goto(f"{live_server.url}/staff/humanaccess/aggregate/")
    check_page("aggregates-empty")
    watched.click("text=Errors and other log lines, by level")
    assert watched.get_by_label("Query").input_value() == "log_lines"
    watched.get_by_label("Week").select_option(week.isoformat())
    check_page("aggregate-form")
    watched.click("button:text('Run')")
    watched.wait_for_selector("text=at least 15")
    assert watched.locator("text=fewer than 11, or withheld").count() == 2
    assert watched.locator("progress").count() == 2
    check_page("staff-aggregate")
    keep_screen("staff-aggregate")
    watched.goto(f"{live_server.url}/staff/humanaccess/aggregate/")
    check_page("staff-aggregates")
    keep_screen("staff-aggregates")
