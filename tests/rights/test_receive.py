"""Receiving a request."""

import threading

import pytest
from django.db import connections

from accounts.inbox.models import Letter
from core import db
from rights import services
from rights.deadlines.calculate import DeadlineError
from rights.errors import AlreadyOpenError, NotIdentifiedError
from rights.models import RightsRequest
from rights.states import Kind, RequestState


def test_request_gets_reference_deadline_derivation_letter_and_entry(file_request, user, now, logged):
    request = file_request(user)

    assert request.reference == "RR-2026-000001"
    assert request.state == RequestState.RECEIVED
    assert request.due_on.isoformat() == "2026-12-23"
    assert request.identified_at == now
    assert [explanation["code"] for explanation in request.derivation["sentences"]] == [
        "received",
        "period.months",
        "weekends_only",
        "due",
    ]
    assert logged(request.reference) == ["rights.request.received", "inbox.letter.written"]
    with db.row_security_for(user.reference):
        letter = Letter.objects.get(subject=user.reference)
    assert letter.kind == "rights.received"
    assert request.reference in letter.subject_line


def test_references_count_up_within_the_year(file_request, make_user):
    found = [file_request(make_user(name)).reference for name in ("layla", "omid", "sara")]

    assert found == ["RR-2026-000001", "RR-2026-000002", "RR-2026-000003"]


def test_a_country_brings_its_holidays(file_request, user):
    request = file_request(user, country="DE")

    assert request.derivation["zone"] == "Europe/Berlin"
    assert request.country == "DE"


def test_a_second_open_request_is_refused_and_the_first_named(file_request, user, logged):
    first = file_request(user)

    with pytest.raises(AlreadyOpenError, match=first.reference):
        file_request(user)

    with db.use_role("staff"):
        assert RightsRequest.objects.count() == 1
    assert logged("RR-2026-000002") == []


def test_a_person_without_step_up_is_refused(office, user, now):
    with pytest.raises(NotIdentifiedError) as refusal:
        services.receive_request(user, kind=Kind.ACCESS, identified=False, now=now)

    assert refusal.value.field == "identified"


def test_a_country_foreign_to_the_regime_is_refused(file_request, user):
    with pytest.raises(DeadlineError):
        file_request(user, regime="uk", country="DE")


def test_two_clicks_at_once_file_one_request(file_request, user):
    found: list[object] = []
    gate = threading.Barrier(4)

    def click():
        gate.wait()
        try:
            found.append(file_request(user).reference)
        except AlreadyOpenError as refusal:
            found.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert [item for item in found if isinstance(item, str)] == ["RR-2026-000001"]
    assert {item.reference for item in found if isinstance(item, AlreadyOpenError)} == {"RR-2026-000001"}


def test_pages_of_one_user_do_not_see_the_rows_of_another(file_request, user, make_user):
    request = file_request(user)
    other = make_user("noor")

    with db.use_role("default"):
        assert RightsRequest.objects.count() == 0
        with db.row_security_for(other.reference):
            assert RightsRequest.objects.count() == 0
        with db.row_security_for(user.reference):
            assert RightsRequest.objects.get().pk == request.pk
