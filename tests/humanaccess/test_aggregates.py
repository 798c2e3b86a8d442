"""Aggregates: what is asked, who may, what is stored and logged, and that subtracting answers gives nothing."""

from collections import defaultdict
from datetime import UTC, date, timedelta
from importlib import import_module
from itertools import permutations

import pytest
from django.db import DatabaseError, connections

from accounts.identity.actors import actor_of
from accounts.identity.roles import Role
from audit.log.append import append
from audit.log.models import Entry
from core import db
from core.promises import PromiseState, measure, promises
from humanaccess import events as named
from humanaccess.aggregates import FEWEST, QUERIES, weeks_of
from humanaccess.errors import AccessDeniedError, InvalidError, LogUnwritableError
from humanaccess.models import Aggregate
from humanaccess.services import run_aggregate
from rights import services as rights
from rights.states import Kind

LIST = "/staff/humanaccess/aggregate/"
RUN = f"{LIST}new_run/"


def owner(statement, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture
def week(now):
    """The newest closed week."""
    return weeks_of(90, now)[0]


@pytest.fixture
def put_sum(office):
    """Put in sums of one person and day: `put_sum("runs", "p1", day, "failed", 3)`."""

    def put(stream, person, day, kind, records, unit="", quantity=0):
        app = "connections" if stream in {"runs", "automations"} else "workloads"
        owner(
            f"INSERT INTO {app}_dailytotal (subject, stream, day, kind, unit, records, quantity) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            person, stream, day, kind, unit, records, quantity,
        )  # fmt: skip

    return put


@pytest.fixture
def runs(put_sum, week):
    """Runs of twenty people in two weeks; seven of them failed in the newest, thirteen in the one before."""
    for number in range(20):
        put_sum("runs", f"p{number}", week + timedelta(days=number % 7), "succeeded", 7)
        put_sum("runs", f"p{number}", week - timedelta(days=1), "succeeded", 3)
    for number in range(13):
        put_sum("runs", f"p{number}", week - timedelta(days=number % 7 + 1), "failed", 2)
        if number < 7:
            put_sum("runs", f"p{number}", week, "failed", 1)
    put_sum("runs", "p0", week + timedelta(days=7), "succeeded", 1000)


@pytest.fixture
def run(support, now):
    """Run a query as support: `run("runs", week)`."""

    def as_support(query, week, actor=support):
        with db.use_role("staff"):
            return run_aggregate(query=query, week=week, actor=actor, now=now)

    return as_support


def kept(now):
    (promise,) = [each for each in promises() if each.id == "P14"]
    return measure(promise, now)


def payloads():
    return [payload for (payload,) in owner(
        "SELECT convert_from(leaf, 'UTF8')::jsonb #>> '{payload}' FROM audit_entry "
        "WHERE event = 'humanaccess.aggregate.run' ORDER BY id"
    )]  # fmt: skip


def test_a_week_is_answered_withheld_and_rounded(runs, run, week):
    before = run("runs", week - timedelta(days=7))
    assert before.cells == [
        {"kind": "failed", "unit": "", "persons": 11, "amount": 25},
        {"kind": "succeeded", "unit": "", "persons": 20, "amount": 60},
    ]
    withheld = {"unit": "", "persons": None, "amount": None}
    assert run("runs", week).cells == [{"kind": "failed", **withheld}, {"kind": "succeeded", **withheld}]
    assert run("commands", week).cells == []


def test_who_had_it_restricted_is_left_out(put_sum, run, week, user, officer, now):
    for person in [user.reference, *(f"p{number}" for number in range(10))]:
        put_sum("runs", person, week, "failed", 2)
        put_sum("automations", person, week, "made", 2)
    with db.use_role("default"):
        asked = {"kind": Kind.RESTRICTION, "details": {"categories": ["runs"], "ground": "claims"}}
        request = rights.receive_request(user, identified=True, now=now, **asked)
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=officer, now=now)
        rights.grant_request(request.reference, actor=officer, now=now)
    assert [cell["persons"] for name in ("automations", "runs") for cell in run(name, week).cells] == [11, None]


def test_it_is_computed_once_and_each_run_has_its_entry(runs, run, put_sum, week, support, engineer):
    first = run("runs", week - timedelta(days=7))
    put_sum("runs", "late", week - timedelta(days=3), "failed", 50)
    again = run("runs", week - timedelta(days=7), engineer)
    assert (again.pk, again.cells, again.computed_at) == (first.pk, first.cells, first.computed_at)
    with db.use_role("auditor"):
        found = Entry.objects.filter(event="humanaccess.aggregate.run").order_by("id")
        told = list(found.values_list("actor", "subject", "outcome"))
    assert told == [(str(actor_of(each)), None, "ok") for each in (support, engineer)]
    assert len(set(payloads())) == 1


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_answers(run, week, query):
    assert run(query, week).cells == []


def test_what_is_not_bounded_is_refused_with_a_sentence_and_no_entry(run, week, now, events):
    today = now.astimezone(UTC).date()
    for bad in (
        week + timedelta(days=1),
        week + timedelta(days=7),
        today,
        date(2001, 1, 1),
        week - timedelta(days=105),
    ):
        with pytest.raises(InvalidError, match="Choose a week, Monday to Sunday") as refusal:
            run("log_lines", bad)
        assert refusal.value.field == "week"
    with pytest.raises(InvalidError, match="no such query"):
        run("everything", week)
    assert events("humanaccess.aggregate") == []
    assert weeks_of(728, now)[-1] >= today - timedelta(days=728)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.APPROVER_LEGAL])
def test_who_has_no_right_is_refused_and_that_is_logged(run, week, make_staff, role, events):
    with pytest.raises(AccessDeniedError):
        run("runs", week, make_staff("ria", role))
    assert events() == [("humanaccess.act.refused", "refused")]
    assert not Aggregate.objects.using("owner").exists()


def test_without_an_entry_nothing_is_computed(run, week, monkeypatch):
    def broken(*_args, **_facts):
        raise DatabaseError

    monkeypatch.setattr(import_module("humanaccess.services.run_aggregate"), "append", broken)
    with pytest.raises(LogUnwritableError):
        run("runs", week)
    assert not Aggregate.objects.using("owner").exists()


def test_the_database_demands_the_entry_of_this_very_run(runs, support, week, now):
    """And no other way leads to a sum: the staff role sees none, and writes no answer."""
    entry = None

    def compute(query, of_week):
        with db.atomic():
            db.set_local(entry=str(entry))
            db.select_rows("SELECT humanaccess_run_aggregate(%s, %s)", [query, of_week])

    before, after = week - timedelta(days=7), week + timedelta(days=7)
    with db.use_role("staff"):
        with db.atomic():
            payload = {"query": "runs", "week": week.isoformat()}
            entry = append(named.AGGREGATE_RUN, actor=actor_of(support), subject=None, now=now, payload=payload)
            with pytest.raises(DatabaseError, match="No entry"):
                compute("runs", week)  # it is not committed yet
        for query, of_week in (("commands", week), ("runs", before)):
            with pytest.raises(DatabaseError, match="No entry"):
                compute(query, of_week)
        for query, of_week in (("runs", after), ("runs", week + timedelta(days=1)), ("all", week)):
            with pytest.raises(DatabaseError, match="closed week"):
                compute(query, of_week)
        for statement in (
            "SELECT * FROM connections_dailytotal",
            "SELECT largest_share FROM humanaccess_aggregate",
            "INSERT INTO humanaccess_aggregate SELECT * FROM humanaccess_aggregate",
            "SELECT humanaccess_suppress('{}', '{}', '{}', '{}')",
        ):
            with pytest.raises(DatabaseError, match="permission denied"):
                db.select_rows(statement)
        compute("runs", week)
    with pytest.raises(DatabaseError, match="refused"):
        owner("UPDATE humanaccess_aggregate SET cells = '[]'")


def seed(put_sum, week):
    """Put in sums of forty people in three weeks: cells of few, of many, and mostly of one."""
    for number in range(40):
        for back in range(3):
            day = week - timedelta(days=7 * back - number % 7)
            person = f"p{number}"
            put_sum("usage", person, day, "compute.small", 1, "hour", 1 + number % 3)
            put_sum("usage", person, day, "storage.block", 1, "gib_hour", 5000 if number == back else 1)
            put_sum("runs", person, day, "succeeded", 5)
            put_sum("logs", person, day, "info", 20)
            if number % 3 == back:
                put_sum("usage", person, day, "compute.large", 1, "hour", 2)
                put_sum("logs", person, day, "error", 3)
                put_sum("commands", person, day, "", 1)
            if number % 9 == back:
                put_sum("runs", person, day, "failed", 1)
                put_sum("logs", person, day, "critical", 1)
                put_sum("apps", person, day, "aws", 1)
                put_sum("automations", person, day, "", 1)


def contributions():
    """Return each record by query, week, kind, unit and day → person; the key stands for the record."""
    found = {}
    streams = {"usage": "usage", "logs": "log_lines", "runs": "runs", "commands": "commands", "apps": "apps",
               "automations": "automations"}  # fmt: skip
    for app in ("workloads", "connections"):
        for row in owner(f"SELECT id, stream, day, kind, unit, subject FROM {app}_dailytotal"):
            pk, stream, day, kind, unit, person = row
            monday = day - timedelta(days=day.weekday())
            found[app, pk] = (streams[stream], monday, kind, unit), person
    return found


def test_no_pair_of_answers_leaves_a_set_under_eleven(put_sum, run, week):
    """Subtract every cell, every answer and every whole that is known from elsewhere from every other one."""
    seed(put_sum, week)
    records = contributions()
    of_cell, of_unit, published = defaultdict(set), defaultdict(set), {}
    for record, ((query, monday, kind, unit), _person) in records.items():
        of_cell[query, monday, kind, unit].add(record)
        of_unit[query, monday, unit].add(record)
    answered = 0
    for query in QUERIES:
        for back in range(3):
            answer = run(query, week - timedelta(days=7 * back))
            for cell in answer.cells:
                answered += 1
                if cell["persons"] is not None:
                    key = (query, answer.week, cell["kind"], cell["unit"])
                    published[key] = of_cell[key]
    assert answered == len(of_cell)
    assert 0 < len(published) < answered
    sets = list(published.values())
    for (query, monday, unit), whole in of_unit.items():
        cells = [found for key, found in published.items() if (key[0], key[1], key[3]) == (query, monday, unit)]
        if cells:  # where nothing is published, the whole is not from here
            sets += [whole, set().union(*cells)]
    for larger, smaller in permutations(sets, 2):
        left = larger - smaller if larger > smaller else set()
        people = {records[record][1] for record in left or larger}
        assert len(people) >= FEWEST, (larger, smaller)


def test_the_promise_is_kept_and_a_breach_is_found(runs, run, week, now):
    later = now + timedelta(minutes=5)
    run("runs", week)
    run("runs", week - timedelta(days=7))
    result = kept(later)
    assert result.state == PromiseState.KEPT
    seen = {"answers": 2, "published": 2, "withheld": 2, "fewest_people": FEWEST, "largest_share": 10}
    assert result.figures == dict.fromkeys(result.figures, 0) | seen
    lone = '[{"kind": "a", "unit": "", "persons": 20, "amount": 20}, {"kind": "b", "unit": "", "persons": null}]'
    for query, cells, share, fault in (
        ("usage", '[{"kind": "a", "unit": "", "persons": 10, "amount": 20}]', 20, "small_cells"),
        ("apps", "[]", 60, "mostly_of_one_person"),
        ("commands", lone, 20, "withheld_alone"),
    ):
        owner(
            "INSERT INTO humanaccess_aggregate VALUES (gen_random_uuid(), %s, %s, %s, %s, now())",
            query, week, cells, share,
        )  # fmt: skip
        result = kept(later)
        assert result.state == PromiseState.BROKEN
        assert result.figures[fault] == 1
    assert result.figures["without_a_run"] == 3


def test_the_promise_names_a_run_without_its_answer(support, week, now):
    payload = {"query": "runs", "week": week.isoformat()}
    with db.use_role("staff"), db.atomic():
        append(named.AGGREGATE_RUN, actor=actor_of(support), subject=None, now=now, payload=payload)
    assert kept(now).figures["without_an_answer"] == 0  # it is being computed
    assert kept(now + timedelta(minutes=5)).figures["without_an_answer"] == 1


# -- pages


def test_a_query_is_run_shown_and_downloaded(runs, week, support, client_of):
    client, before = client_of(support), week - timedelta(days=7)
    assert "Nobody has run it yet." in client.get(LIST).content.decode()
    answer = client.post(RUN, {"query": "runs", "week": before.isoformat()})
    page = client.get(answer.headers["Location"]).content.decode()
    assert "at least 20" in page
    assert "<progress" in page
    assert answer.headers["Location"] in client.get(LIST).content.decode()
    csv = client.get(f"{answer.headers['Location']}csv/")
    assert csv.content.decode().splitlines() == [
        "\ufeffquery,week_of,kind,unit,people_at_least,amount_about",
        f"runs,{before},failed,,11,25",
        f"runs,{before},succeeded,,20,60",
    ]
    client.post(RUN, {"query": "runs", "week": week.isoformat()})
    withheld = Aggregate.objects.using("owner").get(week=week)
    page = client.get(f"{LIST}{withheld.pk}/").content.decode()
    assert page.count("fewer than 11, or withheld") == 2
    assert "at least" not in page.partition("<tbody>")[2]


def test_a_week_that_is_not_offered_is_refused_and_nothing_is_lost(week, support, client_of, now):
    client = client_of(support)
    for bad in ("2001-01-01", "x", "", (week + timedelta(days=7)).isoformat()):
        answer = client.post(RUN, {"query": "runs", "week": bad})
        assert answer.status_code == 422
        assert '<option value="runs" selected>' in answer.content.decode()
    assert "Choose a week of the list" in answer.content.decode()
    old = weeks_of(728, now)[-1].isoformat()
    answer = client.post(RUN, {"query": "log_lines", "week": old})
    assert answer.status_code == 422
    assert "for this query not before" in answer.content.decode()
    assert f'<option value="{old}" selected>' in answer.content.decode()


def test_auditors_see_answers_and_run_nothing(runs, run, week, make_staff, client_of):
    pk = run("runs", week).pk
    client = client_of(make_staff("ari", Role.AUDITOR))
    assert client.get(f"{LIST}{pk}/").status_code == 200
    assert "new_run" not in client.get(LIST).content.decode()
    assert client.post(RUN, {"query": "runs", "week": week.isoformat()}).status_code == 403
