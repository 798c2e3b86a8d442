"""The one search: what a person may open is found, what they may not is not, and people who are listed are logged."""

import pytest
from django.test import Client

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from rights import services
from rights.states import Kind
from tests.signin import sign_in

SEARCH = "/staff/search/"


@pytest.fixture
def request_of_layla(user, now):
    with db.use_role("default"):
        return services.receive_request(user, kind=Kind.ACCESS, identified=True, now=now)


def console(person):
    return sign_in(Client(), person, mfa=True, fresh=True)


@pytest.mark.parametrize("typed", ["RR-2026-000001", "rr-2026-1", " RR20261 "])
def test_a_case_is_opened_by_its_reference_however_it_is_written(make_staff, request_of_layla, typed):
    officer, support = make_staff("omar", Role.PRIVACY_OFFICER), make_staff("sam", Role.SUPPORT)
    assert request_of_layla.reference == "RR-2026-000001"
    assert console(officer).post(SEARCH, {"q": typed})["Location"] == "/staff/rights/rightsrequest/RR-2026-000001/"
    assert "Nothing found" in console(support).post(SEARCH, {"q": typed}).content.decode()


def test_people_are_found_by_those_who_may_and_each_is_logged(make_staff, user):
    support, auditor = make_staff("sam", Role.SUPPORT), make_staff("ari", Role.AUDITOR)
    assert console(support).post(SEARCH, {"q": user.email})["Location"] == f"/staff/identity/user/{user.pk}/"
    with db.use_role("auditor"):
        assert [entry.subject for entry in Entry.objects.filter(event="identity.person.shown")] == [user.reference]
    assert "Nothing found" in console(auditor).post(SEARCH, {"q": user.email}).content.decode()


def test_entries_timelines_and_pages_are_found_by_readers_of_the_log(make_staff, request_of_layla):
    auditor = console(make_staff("ari", Role.AUDITOR))
    with db.use_role("auditor"):
        entry = Entry.objects.filter(event="rights.request.received").get()
    assert auditor.post(SEARCH, {"q": str(entry.pk)})["Location"] == f"/staff/audit/entry/{entry.pk}/"
    assert auditor.post(SEARCH, {"q": entry.subject})["Location"] == f"/staff/log/subjects/{entry.subject}/"
    assert auditor.post(SEARCH, {"q": "reader tok"})["Location"] == "/staff/audit/readertoken/"


def test_an_address_is_never_in_a_url_and_an_empty_search_asks(make_staff, user):
    client = console(make_staff("sam", Role.SUPPORT))
    page = client.get(SEARCH, {"q": user.email}).content.decode()
    assert user.email not in page
    assert 'action="/staff/search/"' in page
    assert "Nothing found" not in client.post(SEARCH, {"q": "  "}).content.decode()
