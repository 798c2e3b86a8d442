"""Sums by day as staff see them: of one person, after an entry, and never of fewer than five records."""

import re
import sys
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.connections.events import SUMS_SHOWN as CONNECTIONS_SHOWN
from accounts.connections.models import ConnectionsDailyTotal
from accounts.identity.roles import Role
from accounts.identity.selectors import count_sessions_by_day
from accounts.workloads.events import SUMS_SHOWN
from accounts.workloads.models import WorkloadsDailyTotal
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.models import Entry
from core import db
from tests.authorisations import step_entry
from tests.platform_rows import SHAPES, put_row, put_rows
from tests.signin import sign_in

PAGES = {"workloads": "/staff/workloads/dailytotal/", "connections": "/staff/connections/dailytotal/"}
DAYS = {"start": "2026-11-01", "end": "2026-11-30"}
FEW = "few"
STAFF = Actor("staff", "0" * 32)


@pytest.fixture
def sam(make_staff):
    return make_staff("sam", Role.SUPPORT)


@pytest.fixture
def staff_client(sam):
    return sign_in(Client(), sam, mfa=True)


def accesses():
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event__endswith=".sums.shown").values_list("subject", flat=True))


def read_sums(staff_client, person, app="workloads", **fields):
    """Return (records, amount) of each day of the page's tables, in the page's order."""
    answer = post(staff_client, person, app, **fields)
    page = answer.content.decode().replace("\N{EM DASH}", "")
    rows = re.findall(r'</time></td><td class="num">([^<]*)</td>(?:<td class="num">([^<]*)</td>)?</tr>', page)
    assert len(rows) == page.count("</td></tr>")
    return rows


def post(staff_client, person, app="workloads", **fields):
    answer = staff_client.post(PAGES[app], {"person": person.reference, **DAYS, **fields})
    assert answer.status_code == 200
    return answer


def charts_of(answer):
    """Return title → chart of the page."""
    return {chart["title"]: chart for _title, charts in answer.context["streams"] for chart in charts}


def staff_sums(entry, app="workloads"):
    with db.use_role("staff"), db.atomic(), db.connection().cursor() as cursor:
        db.set_local(entry=str(entry))
        cursor.execute(f"SELECT records, quantity FROM {app}_shown_sums('', '-infinity', 'infinity', 200, 0)")
        return cursor.fetchall()


def access_entry(subject, now, event=SUMS_SHOWN, actor=STAFF):
    with db.use_role("staff"), db.atomic():
        return append(event, actor=actor, subject=subject, now=now)


@pytest.mark.parametrize("app", PAGES)
def test_nobody_is_browsed_and_asking_for_nobody_shows_nothing(staff_client, user, now, app):
    for table in SHAPES:
        put_rows(table, user.reference, now, 6)
    for query in ({}, {"subject__exact": user.reference}, {"person": user.reference}, {"stream": "\0", "kind": "\0"}):
        page = staff_client.get(PAGES[app], query)
        assert page.status_code in {200, 400}
        assert f"{app} by day".encode() not in page.content  # the heading begins with a capital letter
        assert b"<table" not in page.content
    for nobody in ("", "nobody@example.org", "0" * 32):
        assert staff_client.post(PAGES[app], {"person": nobody}).status_code == 422
    assert accesses() == []


@pytest.mark.parametrize("written", ["Layla@Example.org", "layla@\uff45xample.org", '"layla"@example.org'])
def test_the_person_is_found_by_any_spelling_of_their_address(staff_client, user, now, written):
    put_rows("workloads_usagerecord", user.reference, now, 5)
    assert staff_client.post(PAGES["workloads"], {"person": written}).status_code == 200
    assert accesses() == [user.reference]


def test_sums_of_fewer_than_five_records_are_few(staff_client, user, now):
    put_rows("workloads_usagerecord", user.reference, now, 5, quantity="1.25")
    for day, count in enumerate((1, 4, 4, 10), start=1):
        put_rows("workloads_usagerecord", user.reference, now - timedelta(days=day), count, quantity="3.125")
    put_rows("workloads_metric", user.reference, now, 2, value=77.5)
    rows = read_sums(staff_client, user)
    assert ("5", "6.25") in rows
    assert ("10", "31.25") in rows
    assert rows.count((FEW, "")) == 4
    assert accesses() == [user.reference]
    with db.use_role("auditor"):
        assert Entry.objects.get(event="workloads.sums.shown").actor.startswith("staff:")


def test_no_total_lets_a_small_sum_be_worked_out(staff_client, user, now):
    # Somebody who knows that there are 21 records, 10 of them here, must not find the two.
    for day, count in enumerate((2, 7, 12)):
        put_rows("workloads_usagerecord", user.reference, now - timedelta(days=day), count)
    assert [records for records, _ in read_sums(staff_client, user)] == [FEW, FEW, "10"]
    # Nor, of two ones, that both are: 2 more than the rest is 1 and 1.
    for day, count in enumerate((1, 1, 8, 9)):
        put_rows("connections_run", user.reference, now - timedelta(days=day), count)
    assert [records for records, _ in read_sums(staff_client, user, "connections")] == [FEW, FEW, FEW, "5"]
    # Filters change nothing in it.
    day = now.date().isoformat()
    assert read_sums(staff_client, user, stream="usage", start=day, end=day)[0][0] == FEW
    day = (now.date() - timedelta(days=1)).isoformat()
    assert read_sums(staff_client, user, start=day, end=day) == [(FEW, "")]


def test_two_accesses_never_differ_by_fewer_than_five_records(staff_client, user, now):
    seen = []
    for _ in range(12):
        put_row("workloads_usagerecord", user.reference, now, quantity="0.5")
        seen.append(read_sums(staff_client, user)[0])
    assert seen == [(FEW, "")] * 4 + [("5", "2.5")] * 5 + [("10", "5")] * 3


def test_all_days_are_read_under_one_entry_and_what_does_not_fit_is_said(staff_client, user, now, monkeypatch):
    service = sys.modules["accounts.identity.services.show_to_staff"]
    monkeypatch.setattr(service, "BATCH", 2)
    for day, count in enumerate((5, 10, 15)):
        put_rows("workloads_command", user.reference, now - timedelta(days=day), count)
    assert [records for records, _ in read_sums(staff_client, user)] == ["5", "10", "15"]
    assert accesses() == [user.reference]
    monkeypatch.setattr(service, "MOST", 2)
    answer = post(staff_client, user)
    assert b"the oldest days are left out" in answer.content
    assert answer.content.count(b"</td></tr>") == 2


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-11-02", "2026-11-01", 422),
        ("2026-08-01", "2026-11-01", 422),
        ("2026-08-02", "2026-11-01", 200),
        ("2026-11-01", "2026-11-01", 200),
        ("", "0001-01-02", 200),
        ("9999-12-30", "9999-12-31", 200),
    ],
)
def test_days_are_a_range_of_three_months_at_most(staff_client, user, start, end, status):
    answer = staff_client.post(PAGES["workloads"], {"person": user.email, "start": start, "end": end})
    assert answer.status_code == status
    assert ("end" in answer.context["form"].errors, len(accesses())) == (status == 422, status == 200)


def test_the_last_thirty_days_are_offered_and_taken(staff_client, user):
    today = timezone.now().date()
    first = today - timedelta(days=29)
    page = staff_client.get(PAGES["workloads"]).content.decode()
    assert f'value="{first}"' in page
    assert f'value="{today}"' in page
    answer = staff_client.post(PAGES["workloads"], {"person": user.email})
    assert (answer.context["start"], answer.context["end"]) == (first, today)


def test_what_adds_up_has_a_total_and_what_does_not_has_none(staff_client, user, now):
    for day in (0, 1):
        at = now - timedelta(days=day)
        put_rows("workloads_usagerecord", user.reference, at, 5, quantity="1.25")
        put_rows("workloads_metric", user.reference, at, 5, name="cpu.load", unit="percent", value=40 + day)
        put_rows("workloads_metric", user.reference, at, 6, name="latency.p95", unit="ms", value=100)
        put_rows("workloads_logline", user.reference, at, 7)
    charts = charts_of(post(staff_client, user))
    usage, load, latency, errors = (charts[name] for name in ("compute.small", "cpu.load", "latency.p95", "errors"))
    assert (usage["heading"], usage["summary"]) == ("Total (hours)", "12.5 hours")
    assert (load["heading"], load["summary"], load["highest"]) == ("Average (%)", "average by day (%)", "41 %")
    assert [row["amount"] for row in load["rows"]] == ["40", "41"]
    # A percentile neither adds up nor has an average: how often it was measured is all there is to tell.
    assert (latency["heading"], latency["summary"]) == ("", "10 records")
    assert [row["amount"] for row in latency["rows"]] == ["", ""]
    assert (errors["heading"], errors["summary"]) == ("Size", "10 records")
    assert {row["amount"] for row in errors["rows"]} == {"under 64 KiB"}


def test_bars_stand_on_their_days_and_few_has_one_height(staff_client, user, now):
    for day, count in ((0, 20), (2, 10), (3, 4), (4, 4)):
        put_rows("connections_run", user.reference, now - timedelta(days=day), count)
    answer = post(staff_client, user, "connections", start="2026-11-19", end="2026-11-23")
    (chart,) = charts_of(answer).values()
    assert (chart["title"], chart["width"]) == ("succeeded", 50)
    assert [(bar["x"] // 10, bar["height"], bar["is_few"]) for bar in chart["bars"]] == [
        (0, 4, True),
        (1, 4, True),
        (2, 20, False),
        (4, 40, False),
    ]
    assert "19 Nov 2026 to 23 Nov 2026. The most on one day: 20." in chart["label"]
    assert answer.content.count(b'<rect class="few"') == 2


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR])
def test_who_helps_sees_sums_and_no_restricted_value(user, make_staff, now, role):
    for table in SHAPES:
        put_rows(table, user.reference, now, 5)
    staff_client = sign_in(Client(), make_staff("hal", role), mfa=True)
    for app, streams in (("workloads", 6), ("connections", 3)):
        page = staff_client.post(PAGES[app], {"person": user.email.upper(), **DAYS}).content.decode()
        assert page.count('class="num">5</td>') == streams
        for restricted in ("canary", "Invoices", "omega run", "3 mails"):
            assert restricted not in page


def test_the_person_sees_who_looked_at_their_sums(staff_client, user, make_user, now):
    read_sums(staff_client, user)
    read_sums(staff_client, user, "connections")
    page = sign_in(Client(), user).get("/settings/looked/").content.decode()
    assert page.count("<bdi>sam</bdi> · Totals by day:") == 2
    assert page.count("/settings/receipts/") == 2
    assert "Nobody has looked" not in page
    other = sign_in(Client(), make_user("omar")).get("/settings/looked/").content.decode()
    assert "Nobody has looked" in other


@pytest.mark.parametrize("app", PAGES)
def test_nothing_is_shown_where_the_log_cannot_be_written(sam, user, now, monkeypatch, app):
    put_rows("workloads_command", user.reference, now, 5)
    put_rows("connections_run", user.reference, now, 5)

    def fail(*_args, **_kwargs):
        raise DatabaseError("the log is away")

    monkeypatch.setattr(sys.modules["accounts.identity.services.show_to_staff"], "append", fail)
    staff_client = sign_in(Client(raise_request_exception=False), sam, mfa=True)
    answer = staff_client.post(PAGES[app], {"person": user.reference})
    assert answer.status_code == 500
    assert b'class="num">5' not in answer.content


def test_the_database_gives_staff_no_row_of_the_sums(office, user, now):
    put_rows("workloads_command", user.reference, now, 9)
    for model in (WorkloadsDailyTotal, ConnectionsDailyTotal):
        with db.use_role("staff"), pytest.raises(DatabaseError, match="permission denied"):
            model.objects.count()
    for role in ("default", "ingest", "auditor", "worker"):
        with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"), db.atomic():
            db.connection().cursor().execute("SELECT workloads_shown_sums('', '-infinity', 'infinity', 9, 0)")


def test_the_database_gives_sums_after_a_committed_entry_alone(office, user, make_user, now):
    for person, count in ((user, 10), (make_user("omar"), 5)):
        put_rows("workloads_command", person.reference, now, count)
        put_rows("connections_run", person.reference, now, count)
    assert staff_sums("0" * 32) == []
    assert staff_sums(step_entry(user.reference, now)) == []
    assert staff_sums(access_entry(user.reference, now, actor=Actor("user", user.reference))) == []
    entry = access_entry(user.reference, now)
    assert [records for records, _ in staff_sums(entry)] == [10]
    assert staff_sums(entry, "connections") == []
    assert staff_sums(access_entry(user.reference, now, CONNECTIONS_SHOWN)) == []
    assert [
        records for records, _ in staff_sums(access_entry(user.reference, now, CONNECTIONS_SHOWN), "connections")
    ] == [10]
    # Read in the transaction that writes the entry, and might undo it: nothing.
    with db.use_role("staff"), db.atomic(), db.connection().cursor() as cursor:
        own = append(SUMS_SHOWN, actor=STAFF, subject=user.reference, now=now)
        db.set_local(entry=str(own))
        cursor.execute("SELECT * FROM workloads_shown_sums('', '-infinity', 'infinity', 9, 0)")
        assert cursor.fetchall() == []


def test_an_old_entry_shows_nothing(office, user, now, monkeypatch):
    put_rows("workloads_command", user.reference, now, 9)
    entry = access_entry(user.reference, now)
    with db.use_role("owner"), db.connection().cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'workloads_shown_sums'")
        assert "audit_ticket_age" in cursor.fetchone()[0]
        cursor.execute(
            "CREATE OR REPLACE FUNCTION audit_ticket_age(ticket uuid) RETURNS double precision "
            "LANGUAGE sql AS 'SELECT 11::double precision'"
        )
    assert staff_sums(entry) == []


def test_erasing_takes_the_sums_along(office, user, now):
    items = put_rows("workloads_command", user.reference, now, 11)
    with db.use_role("owner"), db.connection().cursor() as cursor:
        for left, told in ((8, 10), (5, 5), (4, None)):
            while len(items) > left:
                cursor.execute("DELETE FROM workloads_command WHERE id = %s", [items.pop()])
            assert [records for records, _ in staff_sums(access_entry(user.reference, now))] == [told]
        cursor.execute("DELETE FROM workloads_command")
    assert staff_sums(access_entry(user.reference, now)) == []


def test_sessions_by_day_are_few_or_told_in_fives(office, user, make_user, sam, now):
    from allauth.usersessions.models import UserSession

    for count, told in ((1, None), (4, None), (5, 5), (9, 5)):
        with db.use_role("default"):
            for number in range(UserSession.objects.filter(user=user).count(), count):
                UserSession.objects.create(user=user, session_key=f"{number:040}", ip="192.0.2.7", user_agent="x")
            assert [found for _, found in count_sessions_by_day(user)] == [count]
        with db.use_role("staff"):
            assert [found for _, found in count_sessions_by_day(user)] == [told]
    page = sign_in(Client(), sam, mfa=True).get(f"/staff/identity/user/{user.pk}/").content.decode()
    assert "5 or more" in page
