"""The catalogue finds by time, app, kind and run, a thousand items page by page, and tells nothing of what they say."""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.errors import AccessDeniedError, InvalidError
from humanaccess.grounds import MAX_ITEMS
from tests.humanaccess.conftest import REASON
from tests.humanaccess.test_new_request import NEW, ticked, values_of
from tests.platform_rows import put_row, put_rows

APP, OTHER = UUID(int=7), UUID(int=8)
KINDS = ["workloads.metric", "workloads.logline", "inbox.letter"]


def entries():
    with db.use_role("auditor"):
        return Entry.objects.filter(event="humanaccess.items.listed").count()


@pytest.fixture
def find(user, support, now):
    """List the user's items: `find(kinds, ...)`; `where` is the last day unless it says otherwise."""

    def do(kinds, *, subject=user, after=None, most=1000, **where):
        where = {"start": now - timedelta(days=1), "end": now + timedelta(minutes=1), **where}
        where = {name: value for name, value in where.items() if value is not None}
        with db.use_role("staff"):
            return services.search_items(
                asker=support, subject=subject, kinds=kinds, where=where, now=timezone.now(), after=after, most=most
            )

    return do


@pytest.fixture
def many(user, now):
    """Two hundred records of three kinds at forty moments, so that pages end between records of one moment."""
    found = set()
    for minute in range(40):
        at = now - timedelta(hours=2) + timedelta(minutes=minute)
        found |= {put_row("workloads_metric", user.reference, at, app=APP) for _each in range(2)}
        found |= {put_row("workloads_logline", user.reference, at, app=APP) for _each in range(2)}
        found.add(put_row("inbox_letter", user.reference, at))
    return found


@pytest.mark.parametrize("most", [7, 50, 199, 200, 201])
def test_pages_hold_every_item_once_in_the_order_of_time(find, many, most):
    seen, after = [], None
    while True:
        page = find(KINDS, app=APP, after=after, most=most)
        assert len(page.items) <= most
        seen += page.items
        if page.end is None:
            break
        assert len(page.items) == most
        after = page.end
    assert {item.id for item in seen} == many
    assert len(seen) == len(many) == 200
    assert [item.at for item in seen] == sorted(item.at for item in seen)


def test_each_page_is_an_entry_for_each_of_its_kinds(find, many):
    page = find(KINDS, app=APP, most=10)
    assert entries() == 3
    find(KINDS, app=APP, most=10, after=page.end)
    assert entries() == 6


def test_a_kind_is_listed_under_its_own_entry_alone(find, user, now, monkeypatch):
    from accounts.personaldata.item_providers import ItemProvider

    put_row("workloads_metric", user.reference, now)
    seen, name_items = [], ItemProvider.name_items

    def watched(provider, reference, **where):
        entry = db.select_value("SELECT current_setting('office.entry')")
        [(kind,)] = db.select_rows(
            "SELECT convert_from(leaf, 'UTF8')::jsonb #>> '{payload,kind}' FROM audit_entry WHERE id = %s", [entry]
        )
        seen.append((provider.kind, kind))
        return name_items(provider, reference, **where)

    monkeypatch.setattr(ItemProvider, "name_items", watched)
    find(KINDS, app=APP)
    assert seen == [(kind, kind) for kind in sorted(KINDS)]


def test_a_run_finds_what_lies_around_it(find, user, now):
    at = now - timedelta(hours=3)
    run = put_row("connections_run", user.reference, at)
    near = {put_row("workloads_metric", user.reference, at + timedelta(minutes=n), app=APP) for n in (-14, 0, 14)}
    for minutes in (-16, 16):
        put_row("workloads_metric", user.reference, at + timedelta(minutes=minutes), app=APP)
    found = find(["workloads.metric"], run=run, start=None, end=None)
    assert {item.id for item in found.items} == near
    narrow = find(["workloads.metric"], run=run, start=at, end=None)
    assert len(narrow.items) == 2
    assert {item.id for item in find(["connections.run"], run=run, start=None, end=None).items} == {run}


def test_nobody_elses_run_and_none_at_all_are_one_answer(find, user, make_user, now):
    foreign = put_row("connections_run", make_user("omar").reference, now)
    found = []
    for run in (foreign, uuid4()):
        before = entries()
        with CaptureQueriesContext(connections["staff"]) as queries, pytest.raises(InvalidError) as refused:
            find(["workloads.metric"], run=run, start=None, end=None)
        found.append((str(refused.value), refused.value.field, len(queries), entries() - before))
    assert found[0] == found[1]
    assert found[0][3] == 2  # an attempt too is in the log


def test_somebody_elses_app_and_none_at_all_list_the_same_nothing(find, user, make_user, now):
    other = make_user("omar")
    put_row("workloads_metric", other.reference, now, app=OTHER)
    counts = set()
    for app in (OTHER, uuid4()):
        with CaptureQueriesContext(connections["staff"]) as queries:
            assert find(["workloads.metric", "workloads.logline"], app=app).items == []
        counts.add(len(queries))
    assert len(counts) == 1


@pytest.mark.parametrize(
    ("kinds", "where", "sentence"),
    [
        (["secrets"], {}, "no such kind"),
        ([], {}, "at least one kind"),
        (["workloads.metric"], {"start": None}, "from when until when"),
        (["workloads.metric"], {"days": 400}, "at most 366 days"),
        (["workloads.logline"], {}, "Name the app"),
    ],
)
def test_too_little_or_too_much_is_refused_with_a_sentence(find, now, kinds, where, sentence):
    if days := where.pop("days", None):
        where = {"start": now - timedelta(days=days)}
    with pytest.raises(InvalidError, match=sentence):
        find(kinds, **where)


def test_the_database_lists_a_thousand_at_most_and_of_one_person(find, user, make_user, now):
    put_rows("workloads_metric", user.reference, now - timedelta(hours=1), 12, app=APP)
    with db.use_role("staff"), db.atomic(), db.connection().cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM workloads_name_metrics(%s, NULL, %s, %s, %s, 100000)",
            [user.reference, now - timedelta(days=1), now, UUID(int=0)],
        )
        assert cursor.fetchone() == (0,)  # no entry names it
    assert len(find(["workloads.metric"], most=10).items) == 10
    assert find(["workloads.metric"], subject=make_user("omar")).items == []


def test_who_may_not_request_lists_nothing(user, make_staff, now):
    from accounts.identity.roles import Role

    with db.use_role("staff"), pytest.raises(AccessDeniedError):
        services.search_items(
            asker=make_staff("aud", Role.AUDITOR), subject=user, kinds=KINDS, where={}, now=timezone.now()
        )
    assert entries() == 0


@pytest.fixture
def form(search, many):
    return search | {"kind": KINDS}


def test_the_form_goes_on_page_by_page_and_keeps_what_was_ticked(form, support, client_of):
    client = client_of(support)
    first = client.post(NEW, form)
    tokens, (page,) = values_of(first, "offered"), values_of(first, "page")
    assert len(tokens) == 100
    assert "canary" not in first.content.decode()
    state = form | {"offered": tokens, "items": tokens[:2]}
    second = client.post(NEW, state | {"step": "more", "page": page})
    assert second.status_code == 200
    assert len(values_of(second, "items")) == 102  # the next hundred, and the two that were ticked
    assert len(ticked(second)) == 2
    assert not values_of(second, "page")
    more = values_of(second, "items")
    kept = state | {"items": [*tokens[:2], more[0]], "offered": more}
    check = client.post(NEW, kept | {"step": "check", "reason": REASON, "hours": "4", "ground": "agreement"})
    assert len(values_of(check, "items")) == 3


def test_a_request_still_names_fifty_at_most(form, support, client_of):
    client = client_of(support)
    tokens = values_of(client.post(NEW, form), "offered")
    state = form | {"offered": tokens, "items": tokens[: MAX_ITEMS + 1], "reason": REASON, "hours": "4"}
    refused = client.post(NEW, state | {"step": "check"})
    assert refused.status_code == 422
    assert f"at most {MAX_ITEMS} items" in refused.content.decode()


@pytest.mark.parametrize("how", ["made up", "another search", "another person", "another asker", "empty"])
def test_a_page_that_was_not_offered_is_refused_and_lists_nothing(form, support, engineer, make_user, client_of, how):
    page = values_of(client_of(support).post(NEW, form), "page")[0]
    client, change = client_of(support), {}
    if how == "made up":
        page = signing.dumps(["x"], salt="humanaccess.page")
    elif how == "empty":
        page = ""
    elif how == "another search":
        change = {"app": str(OTHER)}
    elif how == "another person":
        change = {"person": make_user("omar").email}
    else:
        client, change = client_of(engineer), {"ground": "agreement"}
    before = entries()
    answer = client.post(NEW, form | {"step": "more", "page": page} | change)
    assert answer.status_code == 422
    assert "belongs to another search" in html.unescape(answer.content.decode())
    assert entries() == before


def test_no_listing_is_a_file_or_in_an_address(form, support, client_of):
    page = client_of(support).post(NEW, form)
    assert "Content-Disposition" not in page
    assert "no-store" in page["Cache-Control"]
    assert not re.findall(r'(?:href|action)="[^"]*page=', page.content.decode())
